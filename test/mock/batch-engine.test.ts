import { describe, expect, it } from 'vitest';
import { BatchEngine } from '../../mock/batch/engine.ts';
import type { Sequence } from '../../mock/batch/sequence.ts';
import type { BatchSettings } from '../../mock/batch/settings.ts';
import type { Slowness } from '../../mock/batch/step.ts';

const SETTINGS: BatchSettings = {
  maxSequences: 8,
  tokenBudget: 64,
  kvTokens: 1600,
  blockTokens: 16,
  baseMs: 10,
  sequenceMs: 1,
  prefillTokenMs: 0.1,
  contextTokenMs: 0.01,
  prefixCache: true,
};

/** An engine on which every step is run at once, and what came out of it: `a3` = the third token of a. */
function make(settings: Partial<BatchSettings> = {}, slow?: Slowness) {
  const engine = new BatchEngine({ ...SETTINGS, ...settings }, slow);
  const heard: string[] = [];
  const cached: Record<string, number> = {};
  return {
    engine,
    cached,
    add(name: string, promptTokens: number, outputTokens: number, blocks: readonly number[] = []): Sequence {
      const added = engine.add(
        { promptTokens, outputTokens, blocks },
        {
          scheduled(tokens) {
            cached[name] = tokens;
          },
          token: (count) => heard.push(`${name}${count}`),
        },
      );
      if (added === 'too long') throw new Error(added);
      return added;
    },
    /** Runs so many steps; what they took and what came out of the last. */
    steps(count: number): { ms: number[]; heard: string } {
      const ms: number[] = [];
      for (let k = 0; k < count; k++) {
        const took = engine.begin();
        if (took === undefined) break;
        heard.length = 0;
        ms.push(took);
        engine.finish();
      }
      return { ms, heard: heard.join(' ') };
    },
  };
}
const keys = (from: number, count: number) => Array.from({ length: count }, (_, k) => from + k);

describe('a step', () => {
  it('takes base + sequences + prompt tokens + context', () => {
    const { add, steps, engine } = make();
    expect(engine.begin()).toBeUndefined();
    add('a', 20, 9);
    expect(steps(1)).toEqual({ ms: [10 + 1 + 20 * 0.1], heard: 'a1' });
    expect(steps(1)).toEqual({ ms: [10 + 1 + 20 * 0.01], heard: 'a2' });
    add('b', 30, 9);
    // a goes on with 21 tokens in the cache while b's prompt is computed.
    expect(steps(1).ms[0]).toBeCloseTo(10 + 2 + 30 * 0.1 + 21 * 0.01, 9);
    const { baseMs, sequenceMs, prefillMs, contextMs, steps: count } = engine.totals;
    expect(count).toBe(3);
    expect([baseMs, sequenceMs, prefillMs, contextMs].map((ms) => ms.toFixed(2))).toEqual([
      '30.00',
      '4.00',
      '5.00',
      '0.41',
    ]);
  });

  it('takes so many times as long; slow tokens are of no concern to a step that only reads prompts', () => {
    const slow = { prompts: 1, tokens: 3 };
    const { add, steps } = make({}, slow);
    add('a', 20, 9);
    expect(steps(1).ms).toEqual([10 + 1 + 20 * 0.1]);
    expect(steps(1).ms[0]).toBeCloseTo(3 * (10 + 1 + 20 * 0.01), 9);
    add('b', 30, 9);
    expect(steps(1).ms[0]).toBeCloseTo(3 * (10 + 2 + 21 * 0.01) + 30 * 0.1, 9);
    slow.prompts = 2;
    slow.tokens = 2;
    add('c', 10, 9);
    expect(steps(1).ms[0]).toBeCloseTo(2 * (10 + 3 + 10 * 0.1 + (22 + 30) * 0.01), 9);
  });

  it('computes a long prompt in chunks; its first token comes out of the last one', () => {
    const { add, steps, engine } = make();
    add('a', 10, 99);
    steps(1);
    add('b', 200, 2);
    const prefilled: number[] = [];
    let last = '';
    while (!last.includes('b1')) {
      last = steps(1).heard;
      prefilled.push(engine.step.prefilled);
    }
    expect(prefilled).toEqual([63, 63, 63, 11]);
    expect(last).toBe('a5 b1');
  });

  it('has no more tokens in it than its budget, the first come before the others', () => {
    const { add, steps } = make({ tokenBudget: 3 });
    for (const name of 'abcde') add(name, 1, 9);
    expect(steps(1).heard).toBe('a1 b1 c1');
    expect(steps(1).heard).toBe('a2 b2 c2');
    steps(7);
    expect(steps(1).heard).toBe('d1 e1');
  });

  it('has no more sequences in it than may be, and lets the next in when one is done', () => {
    const { add, steps, engine } = make({ maxSequences: 2 });
    add('a', 5, 1);
    add('b', 5, 3);
    add('c', 5, 1);
    expect(steps(1).heard).toBe('a1 b1');
    expect({ running: engine.running, waiting: engine.waiting }).toEqual({ running: 1, waiting: 1 });
    expect(steps(1).heard).toBe('b2 c1');
    expect(steps(9).heard).toBe('b3');
    expect({ running: engine.running, waiting: engine.waiting, kv: engine.kvUsage }).toEqual({
      running: 0,
      waiting: 0,
      kv: 0,
    });
  });
});

describe('the KV cache', () => {
  it('keeps out, in order, whose prompt does not fit yet', () => {
    const { add, steps, engine } = make({ kvTokens: 64 });
    add('a', 30, 3);
    add('b', 48, 2);
    add('c', 5, 2);
    expect(steps(1).heard).toBe('a1');
    expect(engine.kvUsage).toBe(0.5);
    expect(engine.waiting).toBe(2);
    steps(2);
    expect(steps(1).heard).toBe('b1 c1');
  });

  it('turns away what can never fit', () => {
    const { engine } = make({ kvTokens: 64 });
    const events = { scheduled() {}, token() {} };
    expect(engine.add({ promptTokens: 60, outputTokens: 5, blocks: [] }, events)).toBe('too long');
    expect(engine.add({ promptTokens: 60, outputTokens: 4, blocks: [] }, events)).not.toBe('too long');
  });

  it('throws the latest out when it is full, who then computes again what it had and goes on from there', () => {
    const { add, steps, engine } = make({ kvTokens: 64, tokenBudget: 100, maxSequences: 2 });
    add('a', 31, 20);
    const b = add('b', 31, 4);
    add('c', 1, 1);
    expect(steps(2).heard).toBe('a2 b2');
    // Now a needs a third block.
    expect(steps(1).heard).toBe('a3');
    expect(engine.totals.preemptions).toBe(1);
    expect(b).toMatchObject({ state: 'waiting', computed: 0, generated: 2, held: [] });
    // There is a place and a block for c, but b comes first.
    expect(steps(17).heard).toBe('a20');
    expect(steps(1).heard).toBe('b3 c1');
    expect(engine.step.prefilled).toBe(33 + 1);
    expect(steps(1).heard).toBe('b4');
    expect(engine.kvUsage).toBe(0);
    expect(engine.totals).toMatchObject({ generatedTokens: 25, promptTokens: 31 + 31 + 1, preemptions: 1 });
  });
});

describe('the prefix cache', () => {
  it('spares whole blocks that are known, but never the last token', () => {
    const { add, steps, engine, cached } = make();
    add('a', 64, 1, keys(1, 4));
    steps(1);
    add('b', 64, 1, keys(1, 4));
    add('c', 70, 1, keys(1, 4));
    add('d', 40, 1, [1, 99]);
    const { ms } = steps(1);
    expect(cached).toEqual({ a: 0, b: 48, c: 64, d: 16 });
    expect(ms[0]).toBeCloseTo(10 + 3 + (16 + 6 + 24) * 0.1, 9);
    expect(engine.totals).toMatchObject({ prefixQueriedTokens: 64 + 64 + 70 + 40, prefixHitTokens: 48 + 64 + 16 });
  });

  it('shares a block that others hold', () => {
    const { add, steps, engine } = make({ tokenBudget: 400 });
    add('a', 161, 9, keys(1, 10));
    steps(1);
    add('b', 162, 9, keys(1, 10));
    steps(1);
    expect(engine.kvUsage).toBeCloseTo((10 + 1 + 1) / 100, 9);
  });

  it('knows answers whose keys were given, so that the next turn finds them', () => {
    const { add, steps, cached } = make();
    add('a', 16, 33, keys(1, 3));
    steps(40);
    add('b', 60, 1, keys(1, 3));
    steps(1);
    expect(cached.b).toBe(48);
  });

  it('forgets first who was used longest ago, and of one prompt its end first', () => {
    const { add, steps, cached } = make({ kvTokens: 160 });
    for (const [name, from] of [
      ['a', 10],
      ['b', 20],
      ['a2', 10],
    ] as const) {
      add(name, 64, 1, keys(from, 4));
      steps(1);
    }
    // Ten blocks: two nobody knows, then the end of a, which a2 computed again, b from its end on, the rest of a. c takes five.
    add('c', 80, 1);
    steps(2);
    add('b2', 65, 1, keys(20, 4));
    add('a3', 65, 1, keys(10, 4));
    steps(2);
    expect(cached).toMatchObject({ a2: 48, b2: 32, a3: 48 });
  });

  it('knows what was computed again', () => {
    const { add, steps, engine, cached } = make({ kvTokens: 64 });
    add('a', 16, 40);
    add('b', 33, 3, keys(1, 2));
    // a throws b out and takes all blocks, those that held b's prompt too.
    steps(45);
    expect(engine.totals.preemptions).toBe(1);
    add('c', 34, 1, keys(1, 2));
    steps(1);
    expect(cached.c).toBe(32);
  });

  it('is off where it is off', () => {
    const { add, steps, cached } = make({ prefixCache: false });
    add('a', 64, 1, keys(1, 4));
    steps(1);
    add('b', 65, 1, keys(1, 4));
    steps(2);
    expect(cached.b).toBe(0);
  });
});

describe('leaving', () => {
  it('frees what was held, waiting or running, once', () => {
    const { add, steps, engine } = make({ maxSequences: 1 });
    const a = add('a', 40, 9);
    const b = add('b', 40, 9);
    add('c', 40, 1);
    steps(2);
    engine.remove(b);
    engine.remove(b);
    expect(engine.waiting).toBe(1);
    engine.remove(a);
    engine.remove(a);
    expect({ running: engine.running, kv: engine.kvUsage }).toEqual({ running: 0, kv: 0 });
    expect(steps(1).heard).toBe('c1');
  });

  it('in the middle of a step takes its tokens along', () => {
    const { add, steps, engine } = make();
    const a = add('a', 4, 9);
    add('b', 4, 9);
    steps(1);
    engine.begin();
    engine.remove(a);
    engine.finish();
    expect(steps(1).heard).toBe('b3');
  });

  it('and joining may happen while tokens are handed out', () => {
    const engine = new BatchEngine(SETTINGS);
    const heard: string[] = [];
    const join = (token: (count: number) => void) =>
      engine.add({ promptTokens: 4, outputTokens: 3, blocks: [] }, { scheduled() {}, token }) as Sequence;
    join(() => {
      heard.push('a');
      engine.remove(b);
      if (heard.length === 1) join(() => heard.push('c'));
    });
    const b = join(() => heard.push('b'));
    while (engine.begin() !== undefined) engine.finish();
    expect(heard.join('')).toBe('aacacc');
    expect(engine.kvUsage).toBe(0);
  });
});
