/** Laws of the statistics as a whole: on generated records, through the analysis that every result comes from. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../lib/analysis/analyze.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { binomialCdf, certified, requestsToCertify } from '../../lib/analysis/stats/certify.ts';
import type { Step } from '../../lib/load/plan.ts';
import { createRandom, shuffle } from '../../lib/random.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { missing } from '../sim/draw.ts';
import { flat } from '../sim/servers.ts';
import { Simulation, open as sweep } from '../sim/simulation.ts';
import { failure, line, open, times } from './make.ts';

const STEPS: Step[] = [1, 2].map((rate) =>
  open({ name: `step_${rate}`, scenario: `step_${rate}`, load: { kind: 'open', rate } }),
);
const TERMS = parseSlo('ttft.p50<300,ttft.p99<500,itl.p99<80,e2e.p90<2000,errors<10%,in_slo>50%');

const found = (lines: RecordLine[], confidence?: number): Analysis =>
  analyze(columnsOf(lines), {
    steps: STEPS,
    terms: TERMS,
    models: ['a', 'b'],
    wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
    ...(confidence !== undefined && { confidence }),
  });

/** A record of some request in one of the two steps; the first of each is at 0, where its window begins. */
const record = fc
  .record({
    step: fc.constantFrom('step_1', 'step_2'),
    t: fc.nat(9999),
    model: fc.constantFrom('a', 'b'),
    ok: fc.integer({ min: 0, max: 9 }),
    ttft: fc.integer({ min: 1, max: 600 }),
    gaps: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 12 }),
    tokensPerFrame: fc.constantFrom(1, 2),
  })
  .map(({ step, t, model, ok, ttft, gaps, tokensPerFrame }): RecordLine => {
    const place = { scenario: step, step: step.slice(5), model };
    if (ok === 0) return failure(t, place);
    const e2e = gaps.reduce((a, b) => a + b, ttft);
    const frames = gaps.length + 1;
    const out = frames * tokensPerFrame;
    return line(t, { ...place, answered: model, ttft, ttfo: ttft, e2e, end: e2e, gaps, frames, out });
  });
const records = fc
  .array(record, { maxLength: 80 })
  .map((list) => [line(0, { model: 'a', scenario: 'step_1' }), line(0, { model: 'b', scenario: 'step_2' }), ...list]);

/** Of the audit without its sentences. The example of a failure is the first, whichever that is. */
const figures = ({ steps, slo, audit }: Analysis): string =>
  JSON.stringify({ steps, slo, audit: audit.map(({ check, ok, value }) => ({ check, ok, value })) });
/** The same, but for the last digits: sums in another order differ in them. */
const nearly = (analysis: Analysis): unknown =>
  JSON.parse(figures(analysis), (_, v) => (typeof v === 'number' ? expect.closeTo(v, 6) : v));

describe('records of several instances', () => {
  it('give the same figures in any order', () => {
    fc.assert(
      fc.property(records, fc.nat(), (lines, seed) => {
        const order = shuffle(lines, createRandom(seed));
        expect(JSON.parse(figures(found(order)))).toEqual(nearly(found(lines)));
        expect(JSON.parse(figures(found(order, 0.99)))).toEqual(nearly(found(lines, 0.99)));
      }),
      { numRuns: 30 },
    );
  });

  it('give the percentiles of all their requests together', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 3 }), (files) => {
        const all = files.flat().filter((l) => l.scenario === 'step_1' && l.outcome === 'ok');
        const [merged] = found(files.flat()).steps;
        const sorted = (values: number[]) => values.sort((a, b) => a - b);
        const at = (values: number[], q: number) => {
          const rank = Number((q * (values.length - 1)).toFixed(9));
          const low = values[Math.floor(rank)] as number;
          return expect.closeTo(low + ((values[Math.ceil(rank)] as number) - low) * (rank % 1), 6);
        };
        const ttft = sorted(all.map((l) => l.ttft as number));
        expect(merged?.metrics.ttft).toMatchObject({ n: ttft.length, p50: at(ttft, 0.5), p99: at(ttft, 0.99) });
        const gaps = sorted(all.flatMap((l) => l.gaps ?? []));
        expect(merged?.metrics.itl).toMatchObject({ n: gaps.length, p50: at(gaps, 0.5), p99: at(gaps, 0.99) });
      }),
    );
  });

  it('add up: requests, answers, failures and tokens', () => {
    fc.assert(
      fc.property(records, records, (a, b) => {
        const [both, left, right] = [[...a, ...b], a, b].map((lines) => found(lines).steps);
        both?.forEach((step, i) => {
          for (const key of [
            'requests',
            'ok',
            'inputTokens',
            'outputTokens',
            'frames',
            'throughput',
            'inFlight',
          ] as const)
            expect(step[key]).toBeCloseTo((left?.[i]?.[key] ?? 0) + (right?.[i]?.[key] ?? 0), 6);
          expect(step.outcomes.http_error ?? 0).toBe(
            (left?.[i]?.outcomes.http_error ?? 0) + (right?.[i]?.outcomes.http_error ?? 0),
          );
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('error-adjusted percentiles', () => {
  const SHARES = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ] as const;
  it('are never below those of the answers, and only rise with another failure', () => {
    const infinite = (value: number | null | undefined) => value ?? Number.POSITIVE_INFINITY;
    fc.assert(
      fc.property(records, fc.nat(9999), (lines, t) => {
        const [before] = found(lines).steps;
        const [after] = found([...lines, failure(t)]).steps;
        for (const metric of ['ttft', 'e2e'] as const)
          for (const [stat, q] of SHARES) {
            const plain = before?.metrics[metric]?.[stat] as number;
            const adjusted = infinite(before?.adjusted?.[metric]?.[stat]);
            expect(adjusted).toBeGreaterThanOrEqual(plain - 1e-9);
            const asked = (before?.requests ?? 0) + (before?.dropped ?? 0);
            if (q * (asked - 1) > (before?.ok ?? 0) - 1 + 1e-6) expect(adjusted).toBe(Number.POSITIVE_INFINITY);
            expect(infinite(after?.adjusted?.[metric]?.[stat])).toBeGreaterThanOrEqual(adjusted - 1e-9);
          }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a certified verdict', () => {
  const PERCENTILES = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const;
  /** n requests of which so many have a TTFT over 100 ms, judged. */
  const verdict = (stat: string, n: number, misses: number, confidence: number) => {
    const lines = times(n, (i) => line(i, { ttft: i < misses ? 101 : 99, gaps: null }));
    const { slo } = analyze(columnsOf(lines), {
      steps: STEPS.slice(0, 1),
      terms: parseSlo(`ttft.${stat}<=100`),
      confidence,
      wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
    });
    return slo[0]?.verdict;
  };
  const confidences = fc.constantFrom(0.9, 0.95, 0.99, 0.999);

  it('is never PASS below the floor, however well all went', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PERCENTILES),
        confidences,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p, c, at) => {
          const [stat, q] = p;
          const floor = requestsToCertify(q, 0, c);
          const n = 1 + Math.floor(at * (floor - 2));
          expect(verdict(stat, n, 0, c)).toBe('INCONCLUSIVE');
          expect(verdict(stat, floor, 0, c)).toBe('PASS');
        },
      ),
      { numRuns: 30 },
    );
  });

  it('passes from as many requests on as its misses take, and never with more misses than the percentile has room for', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PERCENTILES), confidences, fc.nat(5), fc.nat(20), (p, c, misses, off) => {
        const [stat, q] = p;
        const enough = requestsToCertify(q, misses, c);
        expect(verdict(stat, enough + off, misses, c)).toBe('PASS');
        expect(verdict(stat, Math.max(1, enough - 1 - off), misses, c)).not.toBe('PASS');
        expect(misses / enough).toBeLessThan(1 - q);
      }),
      { numRuns: 30 },
    );
  });

  const share = fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.999);
  const counts = fc
    .tuple(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([n, part]) => ({ n, misses: Math.floor(part ** 4 * n) }));

  it('is FAIL by the other tail of the binomial, and never what PASS is too', () => {
    fc.assert(
      fc.property(share, counts, confidences, (q, { n, misses }, c) => {
        // At least so many miss: at most the others are within the limit.
        const atLeast = binomialCdf(n - misses, n, q);
        const atMost = binomialCdf(misses, n, 1 - q);
        fc.pre(Math.abs(atLeast - (1 - c)) > 1e-9);
        const verdict = certified(q, n, misses, c);
        expect(verdict === 'FAIL').toBe(atLeast <= 1 - c);
        expect(verdict === 'PASS').toBe(atMost <= 1 - c);
        expect(atLeast <= 1 - c && atMost <= 1 - c).toBe(false);
      }),
    );
  });

  it('gives way only to INCONCLUSIVE when more confidence is asked for', () => {
    fc.assert(
      fc.property(share, counts, (q, { n, misses }) => {
        const [less, more] = [certified(q, n, misses, 0.95), certified(q, n, misses, 0.99)];
        expect([less, 'INCONCLUSIVE']).toContain(more);
      }),
    );
  });

  it('certifies a server with 1.5 % true misses at p99 in at most 1 of 100 runs, one with 0.3 % in most', () => {
    const passes = (trueShare: number) => {
      const model = flat({ ttft: missing(500, trueShare), tokenTime: 4, tokens: 8 });
      return times(100, (seed) => {
        const { columns, steps } = new Simulation(model, seed).run([sweep(40, 60)]);
        const { slo } = analyze(columns, {
          steps,
          terms: parseSlo('ttft.p99<=500'),
          confidence: 0.99,
          wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
        });
        return slo[0]?.verdict;
      }).filter((v) => v === 'PASS').length;
    };
    expect(passes(0.015)).toBeLessThanOrEqual(1);
    expect(passes(0.003)).toBeGreaterThanOrEqual(80);
  });
});
