import { describe, expect, it, vi } from 'vitest';
import { recoveredBy } from '../../lib/analysis/chaos/recovered-by.ts';
import type { Chaos } from '../../lib/analysis/chaos/result.ts';
import { columnsOf } from '../../lib/analysis/columns/columns.ts';
import { times } from '../lib/make.ts';
import { broken, EPOCH, type Fault, judgeBroken, measuredOf, type Setup } from './chaos.ts';
import { jitter, lognormal } from './draw.ts';

// On a busy machine the first of them takes its time.
vi.setConfig({ testTimeout: 60_000 });

const QUICK = { inject: 18_137, restore: 38_211, end: 60_000 };
/** Half a second and eight seconds to answer. */
const SHORT = { ttft: jitter(60, 0.3), gap: jitter(20, 0.3), tokens: 22 };
const LONG = { ttft: jitter(150, 0.3), gap: jitter(100, 0.3), tokens: 80 };
const LOADS = [
  [5, 'long', { ...LONG, times: { inject: 30_137, restore: 70_211, end: 95_000 } }],
  [20, 'short', { ...SHORT, times: QUICK }],
] as const;
const BRIEF = { inject: 15_137, restore: 27_211, end: 32_000 };
const SEEDS = 20;
/** All of 13 runs say as much as 19 of 20: wrong in less than 21 % of all at 95 % (0.79^13 < 0.05). */
const ALL_OF = times(13, (k) => k + 1);

const well = undefined;
const DEAD: Fault = { kind: 'dead' };
const GONE: Fault = { kind: 'partition' };
const SLOW: Fault = { kind: 'slow', ttft: 3, gap: 3 };

type Case = [name: string, setup: Partial<Setup>, over: 'undone' | 'by itself', words: RegExp];
const FAULTS: Case[] = [
  [
    'a dead backend that the router goes around',
    { backends: [DEAD, well, well, well], knows: true },
    'by itself',
    /b1 answers no more/,
  ],
  [
    'two of four dead, likewise',
    { backends: [DEAD, DEAD, well, well], knows: true },
    'by itself',
    /b[12], b[12] answer no more/,
  ],
  [
    'a dead backend that the router goes on asking',
    { backends: [DEAD, well, well, well] },
    'undone',
    /^connections are refused/,
  ],
  ['a partition of one of four', { backends: [GONE, well, well, well] }, 'undone', /requests hang/],
  ['a partition of all', { backends: [GONE], patience: 60_000 }, 'undone', /no answers: requests hang$/],
  [
    'a slow GPU, one of four',
    { backends: [SLOW, well, well, well] },
    'undone',
    /(as long|as slowly) for \d+ % of requests/,
  ],
  ['a slow GPU, all', { backends: [SLOW] }, 'undone', /^everything takes (2\.9|3\.\d) times as long$/],
  ['NVLink', { backends: [{ kind: 'slow', ttft: 1, gap: 1.7 }] }, 'undone', /^tokens come 1\.[78] times as slowly$/],
  ['a toxic latency', { backends: [{ kind: 'later', ms: 300 }] }, 'undone', /^answers begin (29|30|31)\d ms later$/],
  [
    'a toxic reset of half of the requests',
    { backends: [{ kind: 'resets', share: 0.5 }] },
    'undone',
    /^connections are reset$/,
  ],
  ['503 for all', { backends: [{ kind: 'status', status: 503 }] }, 'undone', /^the server answers 503$/],
];

/** Both moments are within a second, or two intervals, of the truth. */
function right({ detection, recovery, interval, looksLike, verdict }: Chaos, [, , over, words]: Case): boolean {
  const most = Math.max(1000, 2 * interval);
  return (
    verdict === 'PASS' &&
    detection !== null &&
    detection.after <= most &&
    recovery !== null &&
    recovery.unaided === (over === 'by itself') &&
    recovery.after <= most &&
    words.test(looksLike ?? '')
  );
}

const run = (setup: Partial<Setup>, seed: number) =>
  broken({ rate: 5, times: QUICK, backends: [well], ...SHORT, ...setup }, seed);

describe.each(LOADS)('at %d req/s, %s answers', (rate, _, answer) => {
  it.each(FAULTS)('%s is seen, and its end, in 19 of 20 runs', (...one) => {
    const wrong = times(SEEDS, (seed) => judgeBroken(run({ ...answer, rate, ...one[1] }, seed + 1))).filter(
      (chaos) => !right(chaos, one),
    );
    expect(wrong.length, JSON.stringify(wrong[0])).toBeLessThanOrEqual(1);
  });

  it('twice the load is seen', () => {
    const found = times(SEEDS, (seed) => judgeBroken(run({ ...answer, rate, spike: 2 }, seed + 1)));
    expect(new Set(found.map((c) => c.looksLike))).toEqual(new Set(['twice the load']));
    expect(found.filter((c) => c.verdict !== 'PASS' || (c.detection?.after ?? Infinity) > 1000)).toEqual([]);
  });
});

describe('a fault that does nothing is not shown', () => {
  it.each<[string, Partial<Setup>]>([
    ['by four backends', { backends: [well, well, well, well] }],
    ['flat lognormal times, σ 0.8', { ttft: lognormal(100, 0.8), gap: lognormal(20, 0.8) }],
    ['a queue that comes and goes', { ttft: lognormal(60, 0.8), slots: 4 }],
    ['one in fifty fails at any time', { errors: 0.02 }],
  ])('%s', (_, setup) => {
    const found = times(120, (seed) => judgeBroken(run({ ...setup, times: BRIEF }, seed + 1)));
    expect(found.filter((c) => c.shown)).toEqual([]);
    expect(found.filter((c) => c.verdict !== 'NOT_MEASURED')).toEqual([]);
    expect(found[0]?.why).toBe('fault not shown: nothing changed while it lasted');
  });
});

describe('the course', () => {
  it('a queue that a spike has left behind is part of it', () => {
    for (const seed of ALL_OF) {
      const one = run({ rate: 20, slots: 14, spike: 1.7 }, seed);
      const { recovery, interval, looksLike } = judgeBroken(one);
      expect(one.drained).toBeGreaterThan(QUICK.restore + 2000);
      const late = (recovery?.at ?? 0) - EPOCH - one.drained;
      expect(Math.abs(late), `${one.drained} ${JSON.stringify(recovery)}`).toBeLessThanOrEqual(
        Math.max(1000, 2 * interval),
      );
      expect(looksLike).toMatch(/^1\.7 times the load; /);
    }
  });

  it('what is over by itself before it is undone was not helped', () => {
    for (const seed of ALL_OF) {
      const { recovery, why } = judgeBroken(run({ backends: [{ kind: 'status', status: 503 }], heals: 27_000 }, seed));
      expect(recovery?.unaided).toBe(true);
      expect(Math.abs((recovery?.at ?? 0) - EPOCH - 27_000)).toBeLessThanOrEqual(1000);
      expect(why).toMatch(
        /^withstood: seen after 0\.\d s \(errors\), recovered by itself (8\.\d|9\.0) s after it was made; \d+ % failed/,
      );
    }
  });

  it('one that stays fails', () => {
    for (const seed of ALL_OF) {
      const { recovery, verdict, why } = judgeBroken(run({ backends: [SLOW], heals: Infinity }, seed));
      expect({ recovery, verdict }).toEqual({ recovery: null, verdict: 'FAIL' });
      expect(why).toMatch(/not recovered within 2[12]\.\d s$/);
    }
  });

  it('a server that was bad before tells nothing', () => {
    for (const seed of ALL_OF) {
      expect(judgeBroken(run({ backends: [SLOW], begins: 11_000 }, seed)).verdict).toBe('INCONCLUSIVE');
      const failing = judgeBroken(run({ errors: 0.5 }, seed));
      expect(failing.why).toMatch(/^not well before the fault: \d+ % failed already$/);
    }
  });

  it('the blast radius is the backend, not the others', () => {
    for (const seed of ALL_OF) {
      const { backends, models } = judgeBroken(run({ rate: 20, backends: [SLOW, well, well, well] }, seed));
      expect(backends.filter((b) => b.suffers).map((b) => b.name)).toEqual(['b1']);
      expect(models.map((m) => m.suffers)).toEqual([true]);
    }
  });
});

describe('recovery so far', () => {
  const cut = (setup: Partial<Setup>, until: number) => {
    const { lines, steps, faults } = run({ rate: 20, ...setup }, 1);
    const ended = lines.filter((l) => (l.t as number) + (l.end as number) < EPOCH + until);
    const columns = columnsOf(ended);
    return recoveredBy(columns, measuredOf({ columns, steps }), faults);
  };

  it('is known a few seconds after it came', () => {
    const setup = { backends: [SLOW, well, well, well] };
    expect(cut(setup, QUICK.restore + 100)).toBeUndefined();
    expect(cut(setup, QUICK.restore + 8000)?.after).toBeLessThanOrEqual(1000);
  });

  it('is not known while a request that began since has no end', () => {
    const setup: Partial<Setup> = { backends: [GONE, well, well, well], heals: Infinity, patience: 15_000 };
    expect(cut(setup, QUICK.restore + 12_000)).toBeUndefined();
  });
});
