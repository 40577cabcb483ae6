/** Builds dist/ where a source has changed; returns the path of the bundled command. @throws Error with one line. */
export declare function ensureBundles(): Promise<string>;
