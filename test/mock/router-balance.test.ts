import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGate } from '../../mock/gate.ts';
import { createRandom } from '../../mock/random.ts';
import { type Backend, type BalanceOptions, createBalance } from '../../mock/router/balance.ts';

const backend = (name: string, weight = 1, models = ['m']): Backend => ({ name, models, weight });
const balance = (backends: Backend[], options: Partial<BalanceOptions> = {}) =>
  createBalance(backends, { policy: 'round-robin', random: createRandom(1), ...options });

/** How often each backend is chosen. */
function counts(n: number, choose: (i: number) => number | undefined): Record<number, number> {
  const seen: Record<number, number> = {};
  for (let i = 0; i < n; i++) {
    const chosen = choose(i) ?? -1;
    seen[chosen] = (seen[chosen] ?? 0) + 1;
  }
  return seen;
}

const weightsOf = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe('round robin', () => {
  test('is exact in every cycle, for every weights', () => {
    fc.assert(
      fc.property(weightsOf, fc.integer({ min: 1, max: 4 }), (weights, cycles) => {
        const all = balance(weights.map((w, i) => backend(`b${i}`, w)));
        const cycle = weights.reduce((sum, w) => sum + w, 0);
        for (let c = 0; c < cycles; c++)
          expect(counts(cycle, () => all.choose('m')?.backend)).toEqual(Object.fromEntries(weights.entries()));
      }),
    );
  });

  test("is smooth: nginx's own example of 5, 1 and 1", () => {
    const all = balance([backend('a', 5), backend('b'), backend('c')]);
    const order = Array.from({ length: 7 }, () => 'abc'[all.choose('m')?.backend ?? 9]).join('');
    expect(order).toBe('aabacaa');
  });

  test('counts the turns of each model apart', () => {
    const all = balance([backend('a', 1, ['m', 'n']), backend('b', 1, ['m', 'n'])]);
    const order = ['m', 'n', 'm', 'n'].map((model) => all.choose(model)?.backend);
    expect(order).toEqual([0, 0, 1, 1]);
  });
});

describe('least busy', () => {
  test('keeps what is in flight in proportion to the weights', () => {
    fc.assert(
      fc.property(weightsOf, fc.integer({ min: 1, max: 5 }), (weights, each) => {
        const all = balance(
          weights.map((w, i) => backend(`b${i}`, w)),
          { policy: 'least-busy' },
        );
        const total = each * weights.reduce((sum, w) => sum + w, 0);
        const held = counts(total, () => {
          const chosen = all.choose('m')?.backend ?? -1;
          all.begin(chosen);
          return chosen;
        });
        for (const [i, w] of weights.entries()) expect(held[i]).toBe(each * w);
      }),
    );
  });

  test('a backend that is free again is next', () => {
    const all = balance([backend('a'), backend('b'), backend('c')], { policy: 'least-busy' });
    for (const i of [0, 1, 2]) all.begin(i);
    all.end(1);
    expect(all.choose('m')?.backend).toBe(1);
  });

  test('idle ones take turns', () => {
    const all = balance([backend('a'), backend('b')], { policy: 'least-busy' });
    expect(counts(10, () => all.choose('m')?.backend)).toEqual({ 0: 5, 1: 5 });
  });
});

describe('by session', () => {
  const names = ['a', 'b', 'c', 'd'].map((name, i) => backend(name, i + 1));

  test('a backend that goes moves its own sessions only, and gets them back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.array(fc.string(), { minLength: 1 }), (lost, sessions) => {
        const all = balance(names, { policy: 'session' });
        const where = (): (number | undefined)[] => sessions.map((s) => all.choose('m', s)?.backend);
        const before = where();
        all.healthy(lost, false);
        for (const [i, now] of where().entries())
          if (before[i] === lost) expect(now).not.toBe(lost);
          else expect(now).toBe(before[i]);
        all.healthy(lost, true);
        expect(where()).toEqual(before);
      }),
    );
  });

  test('sessions are shared out by weight', () => {
    const all = balance(names, { policy: 'session' });
    const seen = counts(10_000, (i) => all.choose('m', `session-${i}`)?.backend);
    // Five standard deviations of a binomial are at most 250.
    for (const [i, { weight }] of names.entries()) expect(Math.abs((seen[i] ?? 0) - weight * 1000)).toBeLessThan(250);
  });

  test('without one it is least busy', () => {
    const all = balance([backend('a'), backend('b')], { policy: 'session' });
    all.begin(0);
    expect(all.choose('m')?.backend).toBe(1);
  });
});

describe('who may be chosen', () => {
  const all = [backend('a', 1, ['m']), backend('b', 1, ['m', 'n']), backend('c', 1, ['n'])];

  test('those that serve the model, are up, and have not just failed', () => {
    const some = balance(all);
    expect(counts(10, () => some.choose('m')?.backend)).toEqual({ 0: 5, 1: 5 });
    expect(some.choose('m', undefined, 0)?.backend).toBe(1);
    some.healthy(1, false);
    expect(counts(10, () => some.choose('m')?.backend)).toEqual({ 0: 10 });
    expect(some.choose('m', undefined, 0)).toBeUndefined();
    expect(some.choose('nope')).toBeUndefined();
  });

  test('wrong-model asks for another model, where that is served', () => {
    const some = balance(all, { broken: 'wrong-model' });
    for (let i = 0; i < 20; i++) {
      const choice = some.choose('m');
      expect(choice).toMatchObject({ model: 'n', struck: true });
      expect([1, 2]).toContain(choice?.backend);
    }
  });

  test('wrong-backend asks one that does not serve the model', () => {
    const some = balance(all, { broken: 'wrong-backend' });
    for (let i = 0; i < 20; i++) expect(some.choose('m')).toEqual({ backend: 2, model: 'n', struck: true });
  });

  test('with nowhere wrong to go the choice is honest, and says so', () => {
    const some = balance([backend('a'), backend('b')], { broken: 'wrong-model' });
    expect(some.choose('m')).toEqual({ backend: 0, model: 'm', struck: false });
  });

  test('sticky stays with the first, until that is down', () => {
    const some = balance([backend('a', 1), backend('b', 3)], { broken: 'sticky', policy: 'least-busy' });
    const first = some.choose('m')?.backend ?? -1;
    for (let i = 0; i < 10; i++) {
      some.begin(first);
      expect(some.choose('m')?.backend).toBe(first);
    }
    some.healthy(first, false);
    expect(some.choose('m')?.backend).toBe(1 - first);
  });

  test('ignores-weights shares out equally', () => {
    const some = balance([backend('a', 1), backend('b', 3)], { broken: 'ignores-weights' });
    expect(counts(100, () => some.choose('m')?.backend)).toEqual({ 0: 50, 1: 50 });
  });

  test('a share strikes so many, the same ones for the same seed, and leaves the others honest', () => {
    const run = (): number[] => {
      const some = balance(all, { broken: 'wrong-model', share: 0.1, random: createRandom(7) });
      return Array.from({ length: 5000 }, (_, i) => (some.choose('m')?.struck ? i : -1)).filter((i) => i >= 0);
    };
    const struck = run();
    expect(run()).toEqual(struck);
    // 500 ± five standard deviations of 21.
    expect(Math.abs(struck.length - 500)).toBeLessThan(107);
  });
});

test('the gate lets so many in, the others in the order in which they came', () => {
  const gate = createGate(2);
  const entered: number[] = [];
  const go = [0, 1, 2, 3, 4].map((i) => () => void entered.push(i));
  for (const each of go) gate.enter(each);
  expect([entered, gate.waiting]).toEqual([[0, 1], 3]);
  gate.giveUp(go[2] ?? (() => {}));
  gate.leave();
  gate.leave();
  expect([entered, gate.waiting]).toEqual([[0, 1, 3, 4], 0]);
  gate.leave();
  gate.leave();
  gate.enter(go[0] ?? (() => {}));
  expect(entered.at(-1)).toBe(0);
});
