/** What k6 adds to ES2023, as far as we use it. */
declare const __ENV: Readonly<Record<string, string | undefined>>;
declare const __VU: number;
declare const __ITER: number;
/** Reads a file at init. */
declare function open(path: string): string;
declare function require(module: string): unknown;
declare const console: {
  log(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
};
/** Set by build.mjs. */
declare const LLMLOAD_VERSION: string;
declare const crypto: { getRandomValues<T extends Uint8Array>(array: T): T };
