import { SharedArray } from 'k6/data';
import { isLength } from './settings/lengths.ts';
import { SettingsError } from './settings/parse.ts';
import type { CommonSettings } from './settings/settings.ts';
import type { Stored } from './workload/work.ts';

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

/** Numbers that are made once for all VUs. @param name of these very numbers: other ones need another */
export const storedNumbers = (name: string, make: () => number[]): ArrayLike<number> =>
  new SharedArray(`llmload: ${name}`, make);

/**
 * What the files that settings name hold, kept once for all VUs; blank lines are none. A relative path counts from the
 * folder the command was started in (where the environment says so), else from the bundle.
 * @throws SettingsError for a file that cannot be read, or whose lines are none of what they should be
 */
export function storedFiles({
  promptsFile,
  inputTokens,
  outputTokens,
}: Pick<CommonSettings, 'promptsFile' | 'inputTokens' | 'outputTokens'>): Stored {
  const lengths = (name: string, from: CommonSettings['inputTokens']) =>
    typeof from === 'object' && from.kind === 'file' ? storedLengths(name, from.path) : undefined;
  return {
    prompts: promptsFile === undefined ? undefined : storedPrompts(promptsFile),
    input: lengths('INPUT_TOKENS', inputTokens),
    output: lengths('OUTPUT_TOKENS', outputTokens),
  };
}

/** Objects, because reading a long bare string out of a SharedArray costs ten times as much. */
function storedPrompts(file: string): { length: number; [i: number]: { text: string } } {
  const path = fullPath(file);
  const refuse = refusing('PROMPTS_FILE', file, 'a text file, one prompt a line');
  const prompts = new SharedArray(`llmload: prompts ${path}`, () => lines(path, refuse).map(({ text }) => ({ text })));
  if (prompts.length === 0) throw refuse('holds no prompt');
  return prompts;
}

function storedLengths(name: string, file: string): ArrayLike<number> {
  const path = fullPath(file);
  const refuse = refusing(name, `file:${file}`, 'a text file, one whole number of tokens a line');
  const lengths = new SharedArray(`llmload: lengths ${path}`, () =>
    lines(path, refuse).map(({ text, number }) => {
      if (!isLength(text.trim())) throw refuse(`line ${number}, "${text.slice(0, 40)}", is no length of 1 or more`);
      return Number(text);
    }),
  );
  if (lengths.length === 0) throw refuse('holds no length');
  return lengths;
}

const fullPath = (file: string): string => (file.startsWith('/') || !__ENV.PWD ? file : `${__ENV.PWD}/${file}`);

type Refuse = (wrong: string) => SettingsError;
const refusing =
  (name: string, value: string, allowed: string): Refuse =>
  (wrong) =>
    new SettingsError(name, value, wrong, allowed);

/** Those that are not blank, with their numbers. */
function lines(path: string, refuse: Refuse): { text: string; number: number }[] {
  let text: string;
  try {
    text = open(path);
  } catch (e) {
    throw refuse(`cannot be read (${e instanceof Error ? e.message : e})`);
  }
  return text
    .split(/\r?\n/)
    .map((line, i) => ({ text: line, number: i + 1 }))
    .filter((line) => line.text.trim());
}
