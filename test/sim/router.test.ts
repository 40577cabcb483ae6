import { describe, expect, it } from 'vitest';
import { judgeRun } from '../../lib/analysis/analyze.ts';
import { gateVerdicts } from '../../lib/analysis/gate.ts';
import type { RouterAsked } from '../../lib/analysis/router/asked.ts';
import { judgesRouter } from '../../lib/report/router.ts';
import type { Verdict } from '../../lib/results.ts';
import { times } from '../lib/make.ts';
import { jitter, uniform } from './draw.ts';
import { type RouterOptions, router } from './router.ts';
import { slots } from './servers.ts';
import { closed, Simulation } from './simulation.ts';

/** As `llmload router-test` has them: 50 ms to the first token, 5 ms for each of about 32. About 3,000 requests a run. */
const ANSWER = { ttft: jitter(50, 0.2), tokenTime: 5, tokens: uniform(24, 40) };
const LOAD = [closed(32, 20)];
const SEEDS = 20;

/** Backends b1, b2, … by weight, each of which serves both models. */
const backends = (...weights: number[]): RouterOptions['backends'] =>
  weights.map((weight, k) => ({
    name: `b${k + 1}`,
    models: ['small', 'large'],
    weight,
    server: slots({ slots: 40, ...ANSWER }),
  }));
const MIX = { small: 1, large: 1 };
const routes = (list: RouterOptions['backends'], weighted: boolean): RouterAsked['routes'] =>
  list.flatMap(({ name, models, weight }) =>
    models.map((model) => ({ model, backend: name, weight: weighted ? weight : undefined })),
  );

/** What the verdicts of one run are, `routing` among them; those that did not pass by name. */
function judged(options: RouterOptions, asked: RouterAsked, seed: number): Record<string, Verdict> {
  const { columns, steps } = new Simulation(router(options), seed).run(LOAD);
  const judgement = judgeRun(columns, {
    steps,
    terms: [],
    wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
    expected: Object.fromEntries(Object.keys(options.mix).map((m) => [m, m])),
    router: { echo: true, ...asked },
    extras: [judgesRouter],
  });
  const found = [
    ...(judgement.router?.verdicts ?? []).map(({ check, model, verdict }) => [
      model === undefined ? check : `${check} ${model}`,
      verdict,
    ]),
    ['routing', judgement.routing?.verdict],
  ];
  if (gateVerdicts(judgement).every((v) => v === 'PASS') !== found.every(([, v]) => v === 'PASS'))
    throw new Error('the gate says something else');
  return Object.fromEntries(found.filter(([, verdict]) => verdict !== 'PASS'));
}

/** What the runs came to, each once. */
const outcomes = (options: Partial<RouterOptions>, list: RouterOptions['backends'], asked: RouterAsked) => [
  ...new Set(
    times(SEEDS, (seed) =>
      JSON.stringify(judged({ policy: 'least-busy', mix: MIX, backends: list, ...options }, asked, seed + 1)),
    ),
  ),
];
const WEIGHTS = [
  [3, 1],
  [9, 1],
  [4, 2, 1],
];
const TALKS = { policy: 'session', turns: 5 } as const;
/** A model a backend. */
const APART = backends(1, 1).map((b, k) => ({ ...b, models: [Object.keys(MIX)[k] as string] }));
const FAIL: Verdict = 'FAIL';

describe('an honest router is cleared in 20 of 20 runs', () => {
  const cleared = ['{}'];

  it.each(WEIGHTS)('that goes by turns, %d:%d', (...weights) => {
    const list = backends(...weights);
    expect(outcomes({ policy: 'round-robin' }, list, { routes: routes(list, true) })).toEqual(cleared);
  });

  it.each(WEIGHTS)('that sends to the least busy, %d:%d', (...weights) => {
    const list = backends(...weights);
    expect(outcomes({}, list, { routes: routes(list, true) })).toEqual(cleared);
  });

  it('that sends to the least busy of equal ones', () => {
    const list = backends(1, 1, 1);
    expect(outcomes({}, list, { routes: routes(list, false) })).toEqual(cleared);
    expect(outcomes({}, list, {})).toEqual(cleared);
  });

  it.each(['least-busy', 'round-robin'] as const)('that sends by %s, one backend five times slower', (policy) => {
    const [fast, slow] = backends(1, 1);
    if (!fast || !slow) throw new Error('two');
    const server = slots({ slots: 40, ttft: jitter(250, 0.2), tokenTime: 25, tokens: ANSWER.tokens });
    expect(outcomes({ policy }, [fast, { ...slow, server }], { routes: routes([fast, slow], false) })).toEqual(cleared);
  });

  it('that keeps conversations with their backend', () => {
    const list = backends(1, 1);
    expect(outcomes(TALKS, list, { routes: routes(list, false), affinity: true })).toEqual(cleared);
    const uneven = backends(3, 1);
    const one = { ...TALKS, mix: { small: 1 } };
    expect(outcomes(one, uneven, { routes: routes(uneven, true), affinity: true })).toEqual(cleared);
    expect(outcomes(one, uneven, { routes: routes(uneven, true) })).toEqual(cleared);
  });

  it('that has a backend of its own for each model', () =>
    expect(outcomes({}, APART, { routes: routes(APART, false) })).toEqual(cleared));
});

describe('a broken router is caught in 20 of 20 runs', () => {
  const caught = (...checks: string[]) => [JSON.stringify(Object.fromEntries(checks.map((check) => [check, FAIL])))];

  it.each([1, 0.01])('that asks for another model, in a share of %d', (share) => {
    for (const found of outcomes({ broken: 'wrong-model', share }, backends(1, 1), {}))
      expect(JSON.parse(found)).toMatchObject({ routing: FAIL });
    for (const found of outcomes({ broken: 'wrong-model', share }, APART, { routes: routes(APART, false) }))
      expect(JSON.parse(found)).toMatchObject({ routing: FAIL, backend: FAIL });
  });

  it.each([1, 0.01])('that lies about the model, in a share of %d', (share) =>
    expect(outcomes({ broken: 'wrong-backend', share }, APART, { routes: routes(APART, false) })).toEqual(
      caught('backend'),
    ),
  );

  it.each([1, 0.01])('that swaps answers, in a share of %d', (share) => {
    for (const found of outcomes({ broken: 'swapped-answers', share }, backends(1, 1), {}))
      expect(JSON.parse(found)).toMatchObject({ echo: FAIL });
  });

  it.each([1, 0.1, 0.05])('that holds answers back, in a share of %d', (share) =>
    expect(outcomes({ broken: 'buffered', share }, backends(1, 1), {})).toEqual(caught('buffering')),
  );

  it('that stays with one backend', () => {
    const list = backends(1, 1, 1);
    const asked = { routes: routes(list, false) };
    expect(outcomes({ broken: 'sticky' }, list, asked)).toEqual(caught('fairness small', 'fairness large'));
  });

  it.each(['least-busy', 'round-robin'] as const)('that ignores the weights, %s', (policy) => {
    for (const weights of WEIGHTS) {
      const list = backends(...weights);
      for (const found of outcomes({ policy, broken: 'ignores-weights' }, list, { routes: routes(list, true) }))
        expect(JSON.parse(found)).toMatchObject({ 'split small': FAIL, 'split large': FAIL });
    }
  });

  it.each([0.5, 0.05])('that forgets conversations, in a share of %d', (forgets) => {
    const list = backends(1, 1);
    expect(outcomes({ ...TALKS, forgets }, list, { routes: routes(list, false), affinity: true })).toEqual(
      caught('affinity'),
    );
  });
});
