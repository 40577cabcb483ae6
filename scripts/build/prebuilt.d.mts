export declare const packageOf: (platform: string) => string;
export declare const binaryOf: (platform: string) => string;
/** Of a file, hexadecimal. */
export declare const sha256: (file: string) => string;
/** The path of the k6 that came by npm, or why there is none: empty in a clone. @throws {BuildError} where it is a wrong one */
export declare function prebuiltK6(platform?: string): { k6: string } | { missing: string };
