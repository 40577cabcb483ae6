/** The path of bin/k6, whether it is there or not; and of the same for k6 2.x. */
export declare const K6: string;
export declare const K6_V2: string;
/** bin/k6 cannot be built; one line that says why and what to do. */
export declare class BuildError extends Error {}
/**
 * The path of k6: LLMLOAD_K6, else the one that npm brought, else bin/k6, built first where it is missing or its sources
 * have changed. @throws {BuildError}
 */
export declare function ensureK6(): Promise<string>;
/** @param k6 K6 or K6_V2: built where it is missing or its sources have changed. @throws {BuildError} */
export declare function builtK6(k6: string): Promise<string>;
/** Compiles k6 into a file, for the platform that `env` names in GOOS and GOARCH. @throws {BuildError} */
export declare function goBuild(file: string, env: NodeJS.ProcessEnv, flags?: readonly string[]): Promise<void>;
/** Go's environment for the build. @throws {BuildError} where Go is missing or too old. */
export declare function goEnvironment(): Promise<NodeJS.ProcessEnv>;
