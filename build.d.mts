import type { BuildOptions } from 'esbuild';

/** Options for code that runs inside k6. */
export declare const forK6: BuildOptions;
/** Bundles every scenarios/*.ts; returns their names. */
export declare function bundleScenarios(outdir?: string): Promise<string[]>;
export declare function bundleCommand(outdir?: string): Promise<void>;
/** dist/library: JavaScript and declarations, from lib/index.ts on. @throws Error with tsc's lines. */
export declare function buildLibrary(): Promise<void>;
