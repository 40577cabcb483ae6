import { describe, expect, test } from 'vitest';
import { forFirstVuOnly } from '../../scripts/build/first-vu.mjs';

/** A bundle as esbuild writes it: a module for every VU, one for the first, one for every VU again. */
const bundle = (judging: string) => `// lib/random.ts
import exec from "k6/execution";
var two = 2;

// lib/analysis/judge.ts
${judging}

// scenarios/blast.ts
var found = [judge, judges];
export {
  found,
  exec
};
`;
const JUDGE = `var judges = { judge, later };
var LIMIT = two + 1;
var Verdict = class {
};
async function later(x) {
  return x;
}
function judge(x) {
  return x < LIMIT;
}`;

/** What a VU of this number finds in \`found\`. */
const foundBy = (vu: number, code: string): unknown[] =>
  new Function('__VU', code.replace(/^import .*$/m, '').replace(/^export \{[^}]*\};/m, 'return found;'))(vu);

describe('forFirstVuOnly', () => {
  const code = forFirstVuOnly(bundle(JUDGE));

  test('the first VU has all that the module defines', () => {
    const [judge] = foundBy(0, code) as [(x: number) => boolean];
    expect([judge(2), judge(3)]).toEqual([true, false]);
  });

  test('the others have none of it', () => {
    expect(foundBy(1, code)).toEqual([undefined, undefined]);
  });

  test('a function stands before what comes above it in its module', () => {
    const [judge, judges] = foundBy(0, code);
    expect(judges).toMatchObject({ judge });
  });

  test('every line keeps its number, or stack traces would lie', () => {
    const [before, after] = [bundle(JUDGE), code].map((text) => text.split('\n'));
    expect(after).toHaveLength(before?.length ?? 0);
    expect(after?.indexOf('  return x < LIMIT;')).toBe(before?.indexOf('  return x < LIMIT;'));
  });

  test('modules that are not on the list stay as they are', () => {
    const every = bundle(JUDGE).replace('lib/analysis/judge.ts', 'lib/load/judge.ts');
    expect(forFirstVuOnly(every)).toBe(every);
  });

  test.each([['import { sleep } from "k6";'], ['const own = 1;'], ['var { own } = two;']])(
    'a module that says %s cannot be passed over',
    (line) =>
      expect(() => forFirstVuOnly(bundle(line))).toThrow(`lib/analysis/judge.ts is not only the first VU's: ${line}`),
  );

  test('a number that every VU needs is not taken away from them in silence', () =>
    expect(() => forFirstVuOnly(bundle(JUDGE).replace('[judge,', '[LIMIT, judge,').replace('two + 1', '3'))).toThrow(
      'lib/analysis/judge.ts: every VU needs LIMIT, which the first alone would have',
    ));
});
