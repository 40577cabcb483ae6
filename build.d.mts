import type { BuildOptions } from 'esbuild';

/** Options for code that runs inside k6. */
export declare const forK6: BuildOptions;
/** Folder of dist → the driver that its bundles bring with them. */
export declare const BRINGING: Readonly<Record<string, 'sse' | 'tcp'>>;
/** What makes a bundle bring a driver; put after forK6. */
export declare function bringing(driver: 'sse' | 'tcp'): BuildOptions;
/** dist/sse and dist/cloud. */
export declare function bundleBringing(outdir?: string): Promise<void>;
/** Bundles every scenarios/*.ts; returns their names. */
export declare function bundleScenarios(outdir?: string): Promise<string[]>;
export declare function bundleCommand(outdir?: string): Promise<void>;
/** dist/library: JavaScript and declarations, from lib/index.ts on. @throws Error with tsc's lines. */
export declare function buildLibrary(): Promise<void>;
