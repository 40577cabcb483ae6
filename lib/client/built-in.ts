import type { Soon } from '../soon.ts';
import type { Driver } from './client.ts';
import type { Seen } from './outcome.ts';

/** A driver over an extension that a bundle imports. */
export interface BuiltIn {
  name: 'sse' | 'tcp';
  driver: Driver<Soon<Seen>>;
}

/**
 * dist/*.js have none: a k6 without the extension could not load them. In dist/sse and dist/cloud build.mjs puts sse.ts or
 * tcp.ts in the place of this file.
 */
export const builtIn: BuiltIn | null = null;
