import { SharedArray } from 'k6/data';
import { isLength } from './settings/lengths.ts';
import { SettingsError } from './settings/parse.ts';
import type { CommonSettings } from './settings/settings.ts';
import { lines, PROMPTS_ALLOWED, type Refuse, readPrompts } from './workload/prompts-file.ts';
import type { Stored } from './workload/work.ts';

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
function storedPrompts(file: string): Stored['prompts'] {
  const path = fullPath(file);
  const refuse = refusing('PROMPTS_FILE', file, PROMPTS_ALLOWED);
  const prompts = new SharedArray(`llmload: prompts ${path}`, () => readPrompts(textOf(path, refuse), refuse));
  if (prompts.length === 0) throw refuse('holds no prompt');
  return prompts;
}

/** @throws SettingsError */
export function storedLengths(name: string, file: string): ArrayLike<number> {
  const path = fullPath(file);
  const refuse = refusing(name, `file:${file}`, 'a text file, one whole number a line');
  const lengths = new SharedArray(`llmload: lengths ${path}`, () =>
    lines(textOf(path, refuse)).map(({ text, number }) => {
      if (!isLength(text.trim())) throw refuse(`line ${number}, "${text.slice(0, 40)}", is no length of 1 or more`);
      return Number(text);
    }),
  );
  if (lengths.length === 0) throw refuse('holds no length');
  return lengths;
}

/** Where a file that a setting names is; see storedFiles. */
export const fullPath = (file: string): string =>
  /^([a-z]:)?[\\/]/i.test(file) || !__ENV.PWD ? file : `${__ENV.PWD}/${file}`;

const refusing =
  (name: string, value: string, allowed: string): Refuse =>
  (wrong) =>
    new SettingsError(name, value, wrong, allowed);

function textOf(path: string, refuse: Refuse): string {
  try {
    return open(path);
  } catch (e) {
    throw refuse(`cannot be read (${e instanceof Error ? e.message : e})`);
  }
}
