import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote, repeatCommand, repeatWords, typed } from '../../scripts/commands/repeat.ts';

describe('quote', () => {
  test('plain words stay as they are', () => {
    for (const word of ['a', 'BASE_URL=http://h:8000/v1', 'MIX=llama3:8b:0.5,b:0.5', '--out'])
      expect(quote(word)).toBe(word);
  });

  test('a shell reads every word back as it was', () => {
    const words = fc.sample(
      fc.string({ unit: 'grapheme', minLength: 0, maxLength: 20 }).filter((word) => !word.includes('\0')),
      { numRuns: 300, seed: 1 },
    );
    const script = `printf '%s\\0' ${words.map(quote).join(' ')}`;
    const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(read).toEqual(words);
  });
});

test('paths are as one would type them here', () => {
  expect(typed('/a/b/bin/k6', '/a/b')).toBe('bin/k6');
  expect(typed('/a/b/bin/k6', '/a/c')).toBe('/a/b/bin/k6');
});

describe('repeatCommand', () => {
  test('settings with -e, in the order of the table, quoted', () => {
    const given = { SEED: '7', SLO: 'ttft.p99<800ms', BASE_URL: 'localhost:8000', PROMPT_TEXT: "it's" };
    expect(repeatCommand('bin/k6', 'dist/ramp.js', given)).toBe(
      "bin/k6 run dist/ramp.js -e BASE_URL=localhost:8000 -e 'PROMPT_TEXT=it'\\''s' -e 'SLO=ttft.p99<800ms' -e SEED=7",
    );
  });

  test('secrets come from the environment of whoever repeats it', () => {
    const given = { API_KEY: 'sk-1', HEADERS: 'X-Key: sk-2', BASE_URL: 'http://u:sk-3@h', MODEL: 'm' };
    const command = repeatCommand('bin/k6', 'dist/ramp.js', given, ['--out', 'json=x']);
    expect(command).toBe(
      'BASE_URL="$BASE_URL" API_KEY="$API_KEY" HEADERS="$HEADERS" bin/k6 run dist/ramp.js -e MODEL=m --out json=x',
    );
    expect(command).not.toContain('sk-');
  });

  test('neither do those that were given to k6 itself', () => {
    const more = ['-e', 'API_KEY=sk-1', '--env=HEADERS=a: sk-2', '-e', 'RATE=5', '--out', 'json=x', '-e'];
    expect(repeatCommand('bin/k6', 'dist/ramp.js', { API_KEY: 'sk-3' }, more)).toBe(
      'API_KEY="$API_KEY" HEADERS="$HEADERS" bin/k6 run dist/ramp.js -e RATE=5 --out json=x -e',
    );
  });

  test('word by word it is the same', () => {
    const given = { API_KEY: 'sk-1', PROMPT_TEXT: "it's" };
    expect(repeatWords('bin/k6', 'dist/ramp.js', given)).toEqual([
      'API_KEY="$API_KEY"',
      'bin/k6',
      'run',
      'dist/ramp.js',
      '-e',
      "PROMPT_TEXT=it's",
    ]);
  });
});
