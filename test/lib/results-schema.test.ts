import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { judgeRouter } from '../../lib/analysis/router/router.ts';
import { stepsOf } from '../../lib/analysis/submetrics.ts';
import { FAILURES } from '../../lib/completion.ts';
import { conversationLoad } from '../../lib/load/conversations.ts';
import { RESULTS_SCHEMA, type Results } from '../../lib/results.ts';
import { open } from './make.ts';
import { EXPECTED, LINES, PLAN, resultsOf } from './results.ts';
import { errorsOf, schema } from './schema.ts';

const full = () => resultsOf(LINES, PLAN, 'chat,e2e.p99<9s,goodput>1,throughput>1,in_slo>1%', EXPECTED);

/** A copy with one thing changed. */
const changed = (change: (r: Results) => unknown): Results => {
  const copy = structuredClone(full());
  change(copy);
  return copy;
};

describe('the schema of results', () => {
  it('is of the version that is written', () => expect(schema.properties.schema.const).toBe(RESULTS_SCHEMA));

  it('fits a run with models, an SLO, failures and routing', () => {
    const results = full();
    expect(results).toMatchObject({ slo: { length: 9 }, failures: { length: 2 }, routing: { verdict: 'FAIL' } });
    expect(errorsOf(results)).toEqual([]);
  });

  it('fits a run with profiles', () => {
    const results = resultsOf(
      LINES.map((l, i) => ({ ...l, profile: i % 3 ? 'chat' : 'code' })),
      PLAN,
    );
    expect(results.steps[0]?.perProfile?.map((p) => p.profile).sort()).toEqual(['chat', 'code']);
    expect(errorsOf(results)).toEqual([]);
    expect(errorsOf({ ...results, steps: [{ ...results.steps[0], perProfile: [{}] }] })).not.toEqual([]);
  });

  it('fits a comparison, also one without a figure', () => {
    const figure = { figure: 'ttft.p50', a: 50, b: 52, delta: 2, low: 1, high: 3, confidence: 0.99, shown: true };
    const comparison = { a: 'direct', b: 'router', blocks: 30, blockMs: 2000, differences: [figure], sentence: '' };
    expect(errorsOf({ ...full(), comparison })).toEqual([]);
    expect(errorsOf({ ...full(), comparison: { ...comparison, blocks: 0, blockMs: 0, differences: [] } })).toEqual([]);
    expect(errorsOf({ ...full(), comparison: { ...comparison, differences: [{ ...figure, low: null }] } })).not.toEqual(
      [],
    );
  });

  it('fits a run of conversations', () => {
    const { steps } = conversationLoad(
      { concurrency: 2, conversations: 9, duration: undefined, thinkTime: 0, warmup: 0, timeout: 1 },
      1,
    );
    const results = resultsOf(
      LINES.map((l, i) => ({ ...l, session: `s-${i % 6}`, turn: 1 + Math.floor(i / 6), cached: i })),
      { scenarios: {}, steps },
    );
    expect(results.steps[0]).toMatchObject({ load: { thinkTime: 0 }, perTurn: { length: 4 } });
    expect(errorsOf(results)).toEqual([]);
    expect(errorsOf({ ...results, steps: [{ ...results.steps[0], perTurn: [{}] }] })).not.toEqual([]);
  });

  it('fits a run of a router', () => {
    const router = judgeRouter(
      columnsOf(LINES.map((l, i) => ({ ...l, backend: `b${i % 2}`, echo: 'own' }))),
      stepData(columnsOf(LINES), PLAN.steps),
      {
        routes: [0, 1, 2].map((i) => ({ model: 'llama-3.1-8b-instruct', backend: `b${i}`, weight: 1 })),
        echo: true,
        affinity: true,
      },
      true,
    );
    expect(router.verdicts.map((v) => v.check)).toEqual([
      'backend',
      'echo',
      'split',
      'fairness',
      'affinity',
      'buffering',
    ]);
    expect(errorsOf({ ...full(), router })).toEqual([]);
    expect(errorsOf({ ...full(), router: { ...router, verdicts: [{}] } })).not.toEqual([]);
  });

  it('fits a run with a schedule of its own', () => {
    const results = resultsOf(
      LINES.map((l, i) => ({ ...l, i, lag: i - 1 })),
      PLAN,
    );
    expect(results.steps[0]?.schedule).toMatchObject({ p50: 8, max: 17 });
    expect(errorsOf(results)).toEqual([]);
    expect(errorsOf({ ...results, steps: [{ ...results.steps[0], schedule: {} }] })).not.toEqual([]);
  });

  it('fits a run in which nothing was measured', () =>
    expect(errorsOf(resultsOf([], PLAN, 'chat', EXPECTED))).toEqual([]));

  it('fits what another k6 knows', () => {
    const steps = stepsOf(
      {
        'llm_requests{scenario:step_1}': { values: { count: 9 } },
        'llm_errors{scenario:step_1}': { values: { rate: 0 } },
        'llm_e2e{scenario:step_1}': { values: { count: 9, avg: 5, 'p(50)': 5, max: 9 } },
      },
      [open()],
      ['m'],
      60_000,
    );
    expect(errorsOf({ ...full(), steps })).toEqual([]);
  });

  it('fits a bench with its parts and its price', () => {
    const phases = [{ name: 'baseline', from: 1, to: 2, requests: 3 }];
    const bench = { sentence: '', verdict: 'PASS', quick: true, phases, interrupted: false };
    const cost = { rows: [], asked: { loadFactor: 0.7, headroom: 0 }, notes: [] };
    const parts = [{ records: '01-warmup.jsonl', step: null, command: 'bin/k6 run' }];
    expect(errorsOf({ ...full(), bench, cost, parts })).toEqual([]);
    expect(errorsOf({ ...full(), bench: { ...bench, verdict: 'MAYBE' } })).not.toEqual([]);
  });

  it('lets later versions add keys', () =>
    expect(errorsOf(changed((r) => Object.assign(r, { later: {} }) && Object.assign(r.run, { k6: '2' })))).toEqual([]));

  it.each<[string, (r: Results) => unknown, string]>([
    ['no steps', (r) => Reflect.deleteProperty(r, 'steps'), " must have required property 'steps'"],
    ['another version', (r) => Object.assign(r, { schema: 'llmload/results@2' }), '/schema must be equal to constant'],
    ['NaN', (r) => Object.assign(r.steps[0] ?? {}, { achieved: Number.NaN }), '/steps/0/achieved must be number'],
    ['a share over 1', (r) => Object.assign(r.steps[0] ?? {}, { errorRate: 1.5 }), '/steps/0/errorRate must be <= 1'],
    [
      'an unknown outcome',
      (r) => Object.assign(r.steps[0]?.outcomes ?? {}, { lost: 1 }),
      '/steps/0/outcomes property name must be valid',
    ],
    [
      'an unknown verdict',
      (r) => Object.assign(r.slo[0] ?? {}, { verdict: 'OK' }),
      '/slo/0/verdict must be equal to one of the allowed values',
    ],
    [
      'half a load',
      (r) => Object.assign(r.steps[0] ?? {}, { load: { kind: 'open' } }),
      '/steps/0/load must match exactly one schema in oneOf',
    ],
    [
      'a model without figures',
      (r) => Reflect.deleteProperty(r.steps[0]?.perModel[0] ?? {}, 'requests'),
      "/steps/0/perModel/0 must have required property 'requests'",
    ],
  ])('refuses %s', (_, change, error) => expect(errorsOf(changed(change))).toContain(error));

  it('describes everything', () => {
    const silent: string[] = [];
    const walk = (node: Record<string, unknown>, path: string): void => {
      for (const [name, child] of Object.entries((node.properties ?? {}) as Record<string, Record<string, unknown>>)) {
        if (!child.description) silent.push(`${path}.${name}`);
        walk(child, `${path}.${name}`);
      }
      if (node.items) walk(node.items as Record<string, unknown>, `${path}[]`);
    };
    walk(schema, '');
    for (const [name, node] of Object.entries(schema.$defs as Record<string, Record<string, unknown>>))
      walk(node, name);
    expect(silent).toEqual([]);
  });

  it('knows every failure', () => {
    const kinds = schema.properties.failures.items.properties.outcome.enum;
    expect(kinds).toEqual([...FAILURES]);
    expect(schema.$defs.group.properties.outcomes.propertyNames.enum).toEqual(['ok', ...FAILURES]);
  });
});
