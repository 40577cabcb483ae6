import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../mock/batch/presets.ts';
import type { BatchSettings } from '../../mock/batch/settings.ts';
import { linesOf } from './columns.ts';
import { uniform } from './draw.ts';
import { type Asked, engine } from './engine.ts';
import { type Alike, expected } from './engine-theory.ts';
import { measureLast } from './measured.ts';
import { lands, searching } from './searching.ts';
import { closed, open, Simulation } from './simulation.ts';
import { staircase } from './staircase.ts';

const H100 = PRESETS['8b-h100'].settings;
const CHAT: Alike = { prompt: 500, output: 200 };

/** Each meets another limit first. */
const ENGINES: readonly { what: string; settings: BatchSettings; alike: Alike; first: string }[] = [
  { what: '8b-h100, chat', settings: H100, alike: CHAT, first: 'sequences' },
  {
    what: '70b-4xh100, long answers',
    settings: PRESETS['70b-4xh100'].settings,
    alike: { prompt: 200, output: 1000 },
    first: 'sequences',
  },
  { what: '8b-h100, 32 sequences', settings: { ...H100, maxSequences: 32 }, alike: CHAT, first: 'sequences' },
  {
    what: '8b-a100, long prompts',
    settings: { ...PRESETS['8b-a100'].settings, kvTokens: 800_000 },
    alike: { prompt: 2000, output: 200 },
    first: 'budget',
  },
];

/** A request a row: the second of two equal phases, so that the first has filled the batch. */
function run({ settings, alike }: (typeof ENGINES)[number], share: number, poisson = false) {
  const theory = expected(settings, alike);
  const rate = share * theory.capacity;
  // Over capacity the last of them see the batch become empty: there have to be many others.
  const seconds = Math.max(60, (share > 1 ? 2500 : 1000) / rate);
  const phases = [open(rate, seconds, { poisson }), open(rate, seconds, { poisson, name: 'measured' })];
  return { theory, rate, seconds, ...measureLast(new Simulation(engine(settings, alike), 1), phases) };
}

describe.each(ENGINES)('the curve of $what', (one) => {
  it('meets the limit that it should', () => {
    const { limits, most } = expected(one.settings, one.alike);
    expect(limits).toMatchObject({ [one.first]: most });
  });

  it.each([0.1, 0.5, 0.9])('has the throughput and the ITL of the formula at %f of its capacity', (share) => {
    const { result, theory, rate } = run(one, share);
    expect(near(result.throughput, theory.throughput(rate))).toBeLessThan(0.02);
    expect(near(result.metrics.tpot?.mean, theory.itl(rate))).toBeLessThan(0.03);
    expect(near(result.inFlight, theory.batch(rate))).toBeLessThan(0.1);
  });

  it.each([1.1, 1.5])('has a plateau at %f of it, where TTFT grows with every request', (share) => {
    const { result, theory, rate, columns, seconds } = run(one, share);
    expect(near(result.throughput, theory.capacity * one.alike.output)).toBeLessThan(0.02);
    expect(near(result.metrics.tpot?.mean, theory.stepMs(theory.most))).toBeLessThan(0.05);
    const ttft = columns.number('ttft');
    const [first, last] = [Math.floor(columns.n / 2), columns.n - 1];
    const growth = ((ttft[last] as number) - (ttft[first] as number)) / seconds;
    expect(near(growth, theory.growth(rate))).toBeLessThan(0.1);
  });
});

const near = (value: number | null | undefined, truth: number): number => Math.abs((value ?? Number.NaN) / truth - 1);

describe('random arrivals', () => {
  it.each([0.1, 0.4, 0.7])('find the TTFT of the formula at %f of the capacity', (share) => {
    const { result, theory, rate } = run(ENGINES[0] as (typeof ENGINES)[number], share, true);
    expect(near(result.throughput, theory.throughput(rate))).toBeLessThan(0.03);
    expect(near(result.metrics.tpot?.mean, theory.itl(rate))).toBeLessThan(0.05);
    expect(near(result.metrics.ttft?.mean, theory.ttft(rate))).toBeLessThan(0.1);
  });

  it('make a hockey stick of the TTFT: flat, then without end', () => {
    const p99 = (share: number) =>
      run(ENGINES[0] as (typeof ENGINES)[number], share, true).result.metrics.ttft?.p99 as number;
    const alone = p99(0.05);
    expect(p99(0.5)).toBeLessThan(2.5 * alone);
    expect(p99(1.1)).toBeGreaterThan(100 * alone);
  });
});

describe('a full cache', () => {
  const alike = { prompt: 2000, output: 2000 };

  it('costs throughput: what was thrown out is computed again', () => {
    const theory = expected(H100, alike);
    expect(theory.most).toBe(theory.limits.cache);
    const asked: Asked = { prompt: 2000, output: uniform(1000, 3000) };
    const rate = 1.3 * theory.capacity;
    const { result } = measureLast(new Simulation(engine(H100, asked), 1), [open(rate, 500), open(rate, 500)]);
    const plateau = theory.capacity * 2000;
    expect(result.throughput).toBeLessThan(plateau);
    expect(result.throughput).toBeGreaterThan(0.85 * plateau);
  });
});

describe('a closed loop', () => {
  it('makes in flight ÷ s(in flight) tokens a ms, up to the plateau', () => {
    const theory = expected(H100, CHAT);
    for (const c of [1, 8, 64, 256, 512]) {
      const asked = { prompt: CHAT.prompt, output: uniform(100, 300) };
      const { result } = measureLast(new Simulation(engine(H100, asked), 1), [
        closed(c, 60),
        closed(c, 60, { name: 'measured' }),
      ]);
      const batch = Math.min(c, theory.most);
      // A request that is asked for when one has ended waits until the step under way is over: a step without it.
      const idle = c <= theory.most ? CHAT.output / (CHAT.output + 1) : 1;
      expect(near(result.throughput, (1000 * batch * idle) / theory.stepMs(batch * idle))).toBeLessThan(0.03);
    }
  });
});

describe('a seed', () => {
  it('makes a run what it is', () => {
    const asked: Asked = { prompt: uniform(50, 400), output: uniform(20, 200), blocks: (k) => [k % 7, 100 + (k % 7)] };
    const lines = (seed: number) => {
      const sim = new Simulation(engine(PRESETS.tiny.settings, asked), seed);
      return linesOf(sim.run([open(3, 60, { poisson: true }), closed(12, 30)]).columns);
    };
    expect(lines(1)).toEqual(lines(1));
    expect(lines(1)).not.toEqual(lines(2));
  });
});

describe('llmload on an engine', () => {
  /** 24 req/s; its TTFT is some 30 ms until the batch is full. */
  const model = engine({ ...H100, maxSequences: 64 }, { prompt: 500, output: uniform(150, 250) });

  it('finds its capacity by a search', { timeout: 60_000 }, () => {
    for (const seed of [1, 2, 3]) {
      const { limit } = searching(model, seed);
      expect(lands(limit.range, model.capacity), limit.sentence).toBe(true);
    }
  });

  it('finds it by a staircase', { timeout: 60_000 }, () => {
    const { capacity } = model;
    const rates = Array.from({ length: 8 }, (_, k) => Math.round(capacity * (0.65 + 0.08 * k)));
    for (const seed of [1, 2]) {
      const { limit } = staircase(new Simulation(model, seed), rates);
      expect(lands(limit.range, capacity), limit.sentence).toBe(true);
    }
  });
});
