import { SharedArray } from 'k6/data';
import { SettingsError } from './settings/parse.ts';
import type { CommonSettings } from './settings/settings.ts';

/** Values that all VUs must share. One drawn at init differs in every VU; one drawn inside a SharedArray does not. */

export function seedOf(settings: Pick<CommonSettings, 'seed' | 'runId'>): {
  seed: number;
  runId: string;
  /** ISO time at which the process began: a later init, such as handleSummary's, is told the first one's. */
  started: string;
} {
  const drawn = new SharedArray('llmload: seed and run id', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
    const runId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    return [{ seed: new DataView(bytes.buffer).getUint32(0), runId, started: new Date().toISOString() }];
  })[0] as { seed: number; runId: string; started: string };
  return { seed: settings.seed ?? drawn.seed, runId: settings.runId ?? drawn.runId, started: drawn.started };
}

/**
 * The lines of PROMPTS_FILE that are not blank, held once for all VUs; undefined without a file. A relative path counts
 * from the folder the command was started in (where the environment says so), else from the bundle.
 * @throws SettingsError for a file that cannot be read or holds no prompt
 */
export function storedPrompts(file: string | undefined): { length: number; [i: number]: { text: string } } | undefined {
  if (file === undefined) return undefined;
  const path = file.startsWith('/') || !__ENV.PWD ? file : `${__ENV.PWD}/${file}`;
  // Objects, because reading a long bare string out of a SharedArray costs ten times as much.
  const lines = new SharedArray(`llmload: prompts ${path}`, () =>
    read(file, path)
      .split(/\r?\n/)
      .filter((line) => line.trim())
      .map((text) => ({ text })),
  );
  if (lines.length === 0) throw unusable(file, 'holds no prompt');
  return lines;
}

function read(file: string, path: string): string {
  try {
    return open(path);
  } catch (e) {
    throw unusable(file, `cannot be read (${e instanceof Error ? e.message : e})`);
  }
}

const unusable = (file: string, wrong: string): SettingsError =>
  new SettingsError('PROMPTS_FILE', file, wrong, 'a text file, one prompt a line');
