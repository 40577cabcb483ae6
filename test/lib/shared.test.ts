import { beforeEach, describe, expect, it, vi } from 'vitest';
import { files } from '../fakes/k6-globals.ts';

let shared: typeof import('../../lib/shared.ts');
const inFolder = (pwd: string | undefined) => Object.assign(globalThis, { __ENV: pwd ? { PWD: pwd } : {} });

beforeEach(async () => {
  vi.resetModules();
  inFolder(undefined);
  for (const path of Object.keys(files)) delete files[path];
  shared = await import('../../lib/shared.ts');
});

describe('seed and run id', () => {
  const none = { seed: undefined, runId: undefined };

  it('are drawn once for all VUs', () => {
    const drawn = shared.seedOf(none);
    expect(shared.seedOf(none)).toEqual(drawn);
    expect(drawn.runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(drawn.seed).toBe(Math.trunc(drawn.seed) >>> 0);
  });

  it('are another pair in another run', async () => {
    const drawn = shared.seedOf(none);
    vi.resetModules();
    const { seedOf } = await import('../../lib/shared.ts');
    expect(seedOf(none)).not.toEqual(drawn);
  });

  it('are what the user set, 0 too', () =>
    expect(shared.seedOf({ seed: 0, runId: 'fixed' })).toMatchObject({ seed: 0, runId: 'fixed' }));
});

const none = { promptsFile: undefined, inputTokens: undefined, outputTokens: 128 };
const promptsOf = (promptsFile: string) => shared.storedFiles({ ...none, promptsFile }).prompts;

describe('the lines of PROMPTS_FILE', () => {
  it('are those that are not blank', () => {
    files['/p.txt'] = 'one\r\n\n  \ntwo \n';
    expect(promptsOf('/p.txt')).toEqual([{ text: 'one' }, { text: 'two ' }]);
  });

  it('are found from the folder the command was started in', () => {
    files['/home/me/p.txt'] = 'mine';
    files['q.txt'] = 'beside the bundle';
    inFolder('/home/me');
    expect(promptsOf('p.txt')).toEqual([{ text: 'mine' }]);
    inFolder(undefined);
    expect(promptsOf('q.txt')).toEqual([{ text: 'beside the bundle' }]);
  });

  it('are none without a file, and refused where there is no prompt', () => {
    expect(shared.storedFiles(none)).toEqual({});
    files['/empty.txt'] = '\n \n';
    expect(() => promptsOf('/empty.txt')).toThrow(
      'PROMPTS_FILE="/empty.txt": holds no prompt; allowed: a text file, one prompt a line',
    );
    expect(() => promptsOf('/none.txt')).toThrow('PROMPTS_FILE="/none.txt": cannot be read (no file /none.txt)');
  });
});

describe('the lengths of a file', () => {
  const lengthsOf = (path: string) =>
    shared.storedFiles({ ...none, inputTokens: { kind: 'file', path }, outputTokens: { kind: 'file', path } });

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
    expect(() => shared.storedFiles({ ...none, outputTokens: { kind: 'file', path: '/none.txt' } })).toThrow(
      'OUTPUT_TOKENS="file:/none.txt": cannot be read (no file /none.txt)',
    );
  });
});
