import { beforeEach, describe, expect, it, vi } from 'vitest';
import { files } from '../fakes/k6-globals.ts';

let stored: typeof import('../../lib/stored.ts');
const inFolder = (pwd: string | undefined) => Object.assign(globalThis, { __ENV: pwd ? { PWD: pwd } : {} });

beforeEach(async () => {
  vi.resetModules();
  inFolder(undefined);
  for (const path of Object.keys(files)) delete files[path];
  stored = await import('../../lib/stored.ts');
});

const none = { promptsFile: undefined, inputTokens: undefined, outputTokens: 128 };
const promptsOf = (promptsFile: string) => stored.storedFiles({ ...none, promptsFile }).prompts;

describe('PROMPTS_FILE', () => {
  it('is found from the folder the command was started in', () => {
    files['/home/me/p.txt'] = 'mine';
    files['q.txt'] = 'beside the bundle';
    inFolder('/home/me');
    expect(promptsOf('p.txt')).toEqual([{ questions: ['mine'] }]);
    inFolder(undefined);
    expect(promptsOf('q.txt')).toEqual([{ questions: ['beside the bundle'] }]);
  });

  it('is none without a name, and refused where it holds no prompt', () => {
    expect(stored.storedFiles(none)).toEqual({});
    files['/empty.txt'] = '\n \n';
    expect(() => promptsOf('/empty.txt')).toThrow(
      'PROMPTS_FILE="/empty.txt": holds no prompt; allowed: text, one prompt a line; or JSON, one a line or in an array: ',
    );
    expect(() => promptsOf('/none.txt')).toThrow('PROMPTS_FILE="/none.txt": cannot be read (no file /none.txt)');
  });
});

describe('the lengths of a file', () => {
  const lengthsOf = (path: string) =>
    stored.storedFiles({ ...none, inputTokens: { kind: 'file', path }, outputTokens: { kind: 'file', path } });

  it('are numbers, one a line', () => {
    files['/l.txt'] = '12\r\n\n 7 \n4096';
    expect(lengthsOf('/l.txt')).toMatchObject({ input: [12, 7, 4096], output: [12, 7, 4096] });
  });

  it('are refused with their line where one is none', () => {
    files['/bad.txt'] = '12\n\n7.5\n';
    expect(() => lengthsOf('/bad.txt')).toThrow(
      'INPUT_TOKENS="file:/bad.txt": line 3, "7.5", is no length of 1 or more; allowed: a text file, one whole number a line',
    );
    files['/empty.txt'] = '\n';
    expect(() => lengthsOf('/empty.txt')).toThrow('INPUT_TOKENS="file:/empty.txt": holds no length');
    expect(() => stored.storedFiles({ ...none, outputTokens: { kind: 'file', path: '/none.txt' } })).toThrow(
      'OUTPUT_TOKENS="file:/none.txt": cannot be read (no file /none.txt)',
    );
  });
});
