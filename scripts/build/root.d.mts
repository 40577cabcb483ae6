/** The folder of the package, and its version. */
export declare const root: string;
export declare const version: string;
