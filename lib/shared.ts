import { SharedArray } from 'k6/data';
import type { CommonSettings } from './settings/settings.ts';

/** Values that all VUs must share. One drawn at init differs in every VU; one drawn inside a SharedArray does not. */

export function seedOf(settings: Pick<CommonSettings, 'seed' | 'runId'>): {
  seed: number;
  runId: string;
  /** ISO time at which the process began: a later init, such as handleSummary's, is told the first one's. */
  started: string;
} {
  const drawn = onceForAll('seed and run id', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
    const runId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    return { seed: new DataView(bytes.buffer).getUint32(0), runId, started: new Date().toISOString() };
  });
  return { seed: settings.seed ?? drawn.seed, runId: settings.runId ?? drawn.runId, started: drawn.started };
}

/** A value that the first VU makes for all of them: JSON of it, so `undefined`, functions and infinities are lost. */
export const onceForAll = <T>(name: string, make: () => T): T =>
  new SharedArray(`llmload: ${name}`, () => [make()])[0] as T;

/** Numbers that are made once for all VUs. @param name of these very numbers: other ones need another */
export const storedNumbers = (name: string, make: () => number[]): ArrayLike<number> =>
  new SharedArray(`llmload: ${name}`, make);
