import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levels } from '../../lib/load/closed.ts';
import type { Step } from '../../lib/load/plan.ts';
import { type Column, fold, msText, rateText, shareText, table } from '../../lib/report/table.ts';
import { textReport } from '../../lib/report/text.ts';
import type { StepResult } from '../../lib/results.ts';
import { failure, line, times } from './make.ts';
import { EXPECTED, LINES, PLAN, resultsOf } from './results.ts';

const linesOf = (text: string) => text.split('\n');
const widest = (text: string) => Math.max(...linesOf(text).map((l) => l.length));

describe('the report', () => {
  it('of an open loop with two models, an SLO and a failure', () => {
    const text = textReport(resultsOf(LINES, PLAN, 'ttft.p99<200,errors<0.5%', EXPECTED));
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text).toMatchInlineSnapshot(`
      "llmload constant · llama-3.1-8b-instruct, llama-3.1-70b-instruct at http://127.0.0.1:8000 · openai-chat · driver native
      run 0a1b2c3d-0000-4000-a000-000000000000 · seed 7 · 0 warm-up requests, left out of all figures · open loop (arrivals do
          not wait for answers)

                           in                       output  ─── TTFT ms ────  ─ ITL ms ─  TPOT  ─────── E2E ms ───────    in
      step             flight requests errors req/s  tok/s   p50   p95   p99   p50   p99    ms   p50   p90   p99   max   SLO
      step_2              1.8       19  15.0%  1.90   17.9   110   117   118   100   100  98.9  1000  1000  1000  1000 85.0%
        llama-3.1-8b-…              10  10.0%  1.00   9.90   110   117   118   100   100  98.9  1000  1000  1000  1000 90.0%
        llama-3.1-70b…               9  11.1%  0.90   8.00   110   116   117   100   100  98.9  1000  1000  1000  1000 88.9%

      asked                  → answered               requests
      llama-3.1-8b-instruct  → llama-3.1-8b-instruct         9
      llama-3.1-8b-instruct  → other                         1
      llama-3.1-70b-instruct → llama-3.1-70b-instruct        8
      routing FAIL: 1 of 18 answers name another model than was asked

      failures, one example of each
        http_error × 1: HTTP 500: broken (llama-3.1-70b-instruct, id-2500)
        wrong_model × 1: asked one, answered by other (llama-3.1-8b-instruct, id-4000)

      SLO, observed  step      measured misses     of allowed verdict
      ttft.p99<200   step_2      118 ms      0     17       0 PASS         to certify at 99 %: 459 requests, no more misses
      errors<0.5%    step_2       15.0%      3     20       0 FAIL         true rate below 42 % at 99 % confidence

      checked: nothing buffered · 1.00 frames a token · tokens counted by the server ·
          measured 10.0 s, answers that ended after it: 1
      note: 2 of 19 requests opened a connection (11 %)
      doubt: step_2: 1 of 20 planned requests were never sent (5.0 %): all VUs were waiting; they count as failed. More VUS,
          or less RATE
      "
    `);
  });

  it('of random arrivals names them, and tells how true the client was to their schedule', () => {
    const step = { ...PLAN.steps[0], load: { kind: 'open', rate: 5 }, requests: 50 } as Step;
    const lines = times(49, (i) => line(200 * i, { scenario: 'step_2', i, due: 200 * i - 5, lag: i % 7 ? 5 : 12 }));
    const results = resultsOf(lines, { ...PLAN, steps: [step] });
    results.run.settings.ARRIVAL = { kind: 'poisson' };
    const text = textReport(results).replaceAll(/\s+/g, ' ');
    expect(text).toContain('open loop, poisson (arrivals do not wait for answers)');
    expect(text).toContain('checked: 84 % started within 10 ms of their plan ·');
  });

  it('of levels in a closed loop has the knee first', () => {
    const plan = levels({ levels: [1, 2], duration: 10_000, requests: undefined, warmup: 0, timeout: 1 });
    const lines = [1, 2].flatMap((c) =>
      times(10 * c, (i) => line(20_000 * c + (1000 * i) / c, { scenario: `step_${c}`, step: String(c) })),
    );
    const text = textReport(resultsOf(lines, plan));
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text).toMatchInlineSnapshot(`
      "llmload constant · m at http://127.0.0.1:8000 · openai-chat · driver native
      run 0a1b2c3d-0000-4000-a000-000000000000 · seed 7 · 0 warm-up requests, left out of all figures · closed loop (the next
          request waits for an answer)

                                            ─────────── E2E ms ───────────  ── TTFT ms ───
        conc     req      ok   err   req/s     p50     p90     p99     max     p50     p99
           1      10      10     0    1.00    1000    1000    1000    1000     100     100
           2      20      20     0    1.90    1000    1000    1000    1000     100     100

                   in                       output  ─── TTFT ms ────  ─ ITL ms ─  TPOT  ─────── E2E ms ───────    in
      step     flight requests errors req/s  tok/s   p50   p95   p99   p50   p99    ms   p50   p90   p99   max   SLO
      step_1      1.0       10     0%  1.00   10.0   100   100   100   100   100   100  1000  1000  1000  1000     –
      step_2      1.9       20     0%  1.90   19.4   100   100   100   100   100   100  1000  1000  1000  1000     –

      checked: in flight as asked · nothing buffered · 1.00 frames a token · tokens counted by the server ·
          measured 2 × 10.0 s, answers that ended after it: 1
      note: 0 of 30 requests opened a connection (0.0 %)
      "
    `);
  });

  it('says when nothing was measured', () => {
    const text = textReport(resultsOf([], PLAN, 'chat'));
    expect(text).toContain('\nnothing was measured\n');
    expect(text).toMatch(/ttft\.p99<1000ms +step_2 +– +– +0 +– NOT_MEASURED no request was measured/);
  });

  it('stays within 120 columns with long names, long waits and many requests', () => {
    const slow = { ttft: 59_999.9, e2e: 119_999, end: 119_999, gaps: Array(9).fill(6666.6), scenario: 'step_2' };
    const lines = times(300, (i) =>
      i % 100
        ? line(i * 10, { ...slow, model: i % 2 ? 'a-model-name-that-is-much-too-long-to-show' : 'another-one-that-is' })
        : failure(i, { scenario: 'step_2', error: 'word '.repeat(80), model: 'another-one-that-is' }),
    );
    const results = resultsOf(lines, PLAN, 'chat,e2e.p99.9<200s,itl.p99.9<10s,goodput>1,throughput>1000');
    const [step] = results.steps;
    Object.assign(step as StepResult, {
      inFlight: 4096.1,
      requests: 12_345_678,
      achieved: 12_345,
      throughput: 654_321,
    });
    const text = textReport(results);
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text).toContain('120s');
  });

  it('counts what is left out, and names the kind of loop', () => {
    const text = textReport(
      resultsOf([line(0, { scenario: 'step_2', warm: true }), line(2000, { scenario: 'step_2' })], PLAN),
    );
    expect(text).toContain('1 warm-up requests, left out of all figures');
    expect(text).toContain('open loop');
  });
});

describe('a table', () => {
  const columns: Column<[string, number]>[] = [
    { head: 'name', width: 6, left: true, cell: (r) => r[0] },
    { group: 'both', head: 'n', width: 3, cell: (r) => String(r[1]) },
    { group: 'both', head: 'twice', width: 3, cell: (r) => String(2 * r[1]) },
  ];

  it('has numbers to the right, names to the left and a head over groups', () =>
    expect(
      table(columns, [
        ['a', 5],
        ['long name', 1234],
      ]),
    ).toEqual(['           ─ both ──', 'name         n twice', 'a            5    10', 'long name 1234  2468']));

  it('has its columns in line, whatever is in them', () => {
    const row = fc.tuple(fc.string({ unit: fc.constantFrom('x', 'y'), minLength: 1 }), fc.nat());
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const [, head, ...body] = table(columns, rows);
        expect(new Set(body.map((l) => l.length))).toEqual(new Set([head?.length]));
        for (const [i, l] of body.entries()) {
          expect(l.startsWith(rows[i]?.[0] ?? '')).toBe(true);
          expect(l.endsWith(` ${2 * (rows[i]?.[1] ?? 0)}`)).toBe(true);
        }
      }),
    );
  });
});

describe('fold', () => {
  it('breaks at spaces and indents the rest', () =>
    expect(fold('  one two three', 9)).toEqual(['  one two', '      three']));

  it('leaves a short line and a long word as they are', () => {
    expect(fold('short')).toEqual(['short']);
    expect(fold('http://a-very-long-address', 9)).toEqual(['http://a-very-long-address']);
    expect(fold('')).toEqual(['']);
  });

  it('loses no word and no line is too long', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const lines = fold(words.join(' '), 20);
        expect(lines.join(' ').split(/\s+/)).toEqual(words);
        for (const l of lines) expect(l.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('figures', () => {
  it.each([
    [0.4242, '0.42'],
    [12.345, '12.3'],
    [99.94, '99.9'],
    [1234.5, '1235'],
    [0, '0.00'],
    [null, '∞'],
    [undefined, '–'],
    [Number.NaN, '–'],
  ])('%s ms is %s', (value, text) => expect(msText(value)).toBe(text));

  it.each([
    [1.234, '1.23'],
    [12.34, '12.3'],
    [1234.5, '1235'],
    [undefined, '–'],
  ])('a rate of %s is %s', (value, text) => expect(rateText(value)).toBe(text));

  it.each([
    [0, '0%'],
    [1, '100%'],
    [0.000001, '<0.01%'],
    [0.0005, '0.05%'],
    [0.5, '50.0%'],
    [0.9991, '99.91%'],
    [0.999999, '99.99%'],
    [undefined, '–'],
  ])('a share of %s is %s', (value, text) => expect(shareText(value)).toBe(text));

  it('of shares take six characters at most, and only all is 100%', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        expect(shareText(share).length).toBeLessThanOrEqual(6);
        expect(shareText(share) === '100%').toBe(share === 1);
        expect(/^0(\.0+)?%/.test(shareText(share))).toBe(share === 0);
      }),
    );
  });
});
