/** The path of bin/k6, whether it is there or not. */
export declare const K6: string;
/** bin/k6 cannot be built; one line that says why and what to do. */
export declare class BuildError extends Error {}
export declare function k6IsCurrent(): boolean;
/** The path of k6: the one that npm brought, else bin/k6, built first where it is missing or its sources have changed. @throws {BuildError} */
export declare function ensureK6(): Promise<string>;
/** Compiles k6 into a file, for the platform that `env` names in GOOS and GOARCH. @throws {BuildError} */
export declare function goBuild(file: string, env: NodeJS.ProcessEnv): Promise<void>;
/** Go's environment for the build. @throws {BuildError} where Go is missing or too old. */
export declare function goEnvironment(): Promise<NodeJS.ProcessEnv>;
