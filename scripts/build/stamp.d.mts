/** Every file under these paths, sorted; what `skip` names is left out. */
export declare function filesUnder(paths: readonly string[], skip?: (path: string) => boolean): string[];
/** Changes when a byte of a file does. */
export declare function hashOfContents(files: readonly string[], ...more: unknown[]): string;
/** Changes when a file is written, appears or goes. */
export declare function hashOfTimes(files: readonly string[], ...more: unknown[]): string;
export declare function readStamp(file: string): string | undefined;
export declare function writeStamp(file: string, stamp: string): void;
