import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Asked, type Basis, type Config, costOf } from '../../lib/analysis/cost/cost.ts';
import { measuredConfigs } from '../../lib/analysis/cost/measured.ts';
import { costMarkdown, costText } from '../../lib/report/cost.ts';
import { dollarText } from '../../lib/report/dollars.ts';
import type { Limit, Results, SloResult } from '../../lib/results.ts';
import { readGpus } from '../../scripts/cost/gpus.ts';
import { LINES, PLAN, resultsOf } from './results.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const SEVENTY: Asked = { loadFactor: 0.7, headroom: 0 };
const ONE: Config = {
  name: 'one',
  gpus: 2,
  dollarsPerGpuHour: 3.6,
  tokensPerSecond: 1000,
  basis: 'run',
  measured: true,
  inputPerRequest: 300,
  outputPerRequest: 100,
};
const cost = (config: Partial<Config>, asked: Partial<Asked> = {}) =>
  costOf({ ...ONE, ...config }, { ...SEVENTY, ...asked });
const { inputPerRequest: _in, outputPerRequest: _out, ...UNKNOWN } = ONE;

describe('the cost of tokens', () => {
  it('of the example, to the cent', () => {
    const rows = readGpus(read('data/gpus.csv')).map((config) => costOf(config, SEVENTY));
    expect(rows.map((r) => [r.name, r.dollarsPerMillion.output.toFixed(2), r.dollarsPerHour])).toEqual([
      ['4×H100 FP16 TP=4', '1.74', 14],
      ['2×H100 FP8', '0.93', 7],
      ['1×H100 INT4', '0.50', 3.5],
      ['1×A100 INT4', '0.50', 2],
    ]);
    expect(rows.every((r) => !r.measured)).toBe(true);
    expect(rows[0]?.productionTokensPerSecond).toBeCloseTo(2240, 9);
    expect(rows[0]?.tokensPerHour).toBeCloseTo(8_064_000, 6);
  });

  it.each<[Basis, number, number]>([
    ['saturation', 0.7, 700],
    ['table', 0.7, 700],
    ['knee', 1, 1000],
    ['run', 1, 1000],
  ])('%s is multiplied with %d', (basis, loadFactor, productionTokensPerSecond) =>
    expect(cost({ basis })).toMatchObject({ loadFactor, productionTokensPerSecond }),
  );

  it('gives three views of one bill', () => {
    // $7.20 an hour for 3.6 M output and 10.8 M input tokens, in 36,000 requests.
    const row = cost({});
    expect(row.dollarsPerMillion.output).toBeCloseTo(2, 9);
    expect(row.dollarsPerMillion.input).toBeCloseTo(2 / 3, 9);
    expect(row.dollarsPerMillion.total).toBeCloseTo(0.5, 9);
    expect(row.dollarsPerThousand.total).toBeCloseTo(0.0005, 12);
    expect(row.requestsPerDollar).toBeCloseTo(5000, 6);
  });

  it('keeps out what needs a figure that is not known', () => {
    const asked: Asked = { ...SEVENTY, load: { value: 5, unit: 'req/s' }, hostedPrice: { input: 1, output: 4 } };
    const row = costOf(UNKNOWN, asked);
    expect(Object.keys(row.dollarsPerMillion)).toEqual(['output']);
    for (const key of ['requestsPerDollar', 'hosted', 'replicas']) expect(row).not.toHaveProperty(key);
  });

  it('breaks even where the hosted API takes as much', () => {
    // A million output tokens and their 3 M of input: 4 + 3 × 1 = $7, against $2.
    const { hosted } = cost({}, { hostedPrice: { input: 1, output: 4 } });
    expect(hosted?.dollarsPerMillionOutput).toBeCloseTo(7, 9);
    expect(hosted?.breakEvenShare).toBeCloseTo(2 / 7, 9);
    expect(hosted?.breakEvenTokensPerSecond).toBeCloseTo(2000 / 7, 6);
    expect(hosted?.split?.input).toBeCloseTo(2 / 7, 9);
    expect(hosted?.split?.output).toBeCloseTo(8 / 7, 9);
    // All of it in the output price, and too cheap to beat: $2 here, $1.60 there.
    const dear = costOf(UNKNOWN, { ...SEVENTY, hostedPrice: { output: 1.6 } }).hosted;
    expect(dear).toEqual({
      dollarsPerMillionOutput: 1.6,
      breakEvenShare: expect.closeTo(1.25, 9),
      breakEvenTokensPerSecond: expect.closeTo(1250, 6),
    });
  });

  it('splits the bill so that its parts are the whole', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        (input, output, inputPerRequest) => {
          const { hosted, dollarsPerHour, tokensPerHour } = cost(
            { inputPerRequest },
            { hostedPrice: { input, output } },
          );
          const parts = hosted?.split ?? { input: Number.NaN, output: Number.NaN };
          const bill = (parts.output + (parts.input * inputPerRequest) / 100) * (tokensPerHour / 1e6);
          expect(bill / dollarsPerHour).toBeCloseTo(1, 9);
        },
      ),
    ));

  it.each([
    // 10 req/s of 100 tokens are what one replica gives.
    [{ value: 10, unit: 'req/s' }, 0, 1],
    [{ value: 10.1, unit: 'req/s' }, 0, 2],
    [{ value: 20, unit: 'req/s' }, 0.3, 3],
    [{ value: 200, unit: 'req/s' }, 0.1, 22],
    [{ value: 1000, unit: 'tok/s' }, 0, 1],
    [{ value: 1000, unit: 'tok/s' }, 0.5, 2],
  ] as const)('%j with headroom %d needs %d replicas', (load, headroom, count) => {
    const { replicas } = cost({}, { load, headroom });
    expect(replicas).toEqual({ count, gpus: 2 * count, dollarsPerHour: expect.closeTo(7.2 * count, 9) });
  });

  it('of a load at a hosted API has no headroom', () => {
    // 10 req/s: 3.6 M output tokens an hour at $7.
    const load = { value: 10, unit: 'req/s' } as const;
    const { replicas } = cost({}, { load, headroom: 0.5, hostedPrice: { input: 1, output: 4 } });
    expect(replicas?.hostedDollarsPerHour).toBeCloseTo(25.2, 9);
  });
});

const PRICED = { name: 'here', gpus: 4, dollarsPerGpuHour: 3.5 };
const SATURATE: Results = JSON.parse(read('test/fixtures/results/saturate.json'));
const found = (change: Partial<Results> = {}, results = SATURATE) => {
  const { configs, notes } = measuredConfigs({ ...results, ...change }, PRICED);
  return { rows: configs.map((c) => [c.basis, c.load, c.tokensPerSecond]), configs, notes };
};
const limit = (change: Partial<Limit>) => ({ limit: { ...(SATURATE.limit as Limit), ...change } });

describe('what a run has to price', () => {
  it('saturation and knee of a search', () => {
    const { rows, configs, notes } = found();
    expect(rows).toEqual([
      ['saturation', '80 req/s', 312],
      ['knee', '56.6 req/s', 282.85],
    ]);
    expect(configs[1]).toMatchObject({ ...PRICED, measured: true, outputPerRequest: 5 });
    expect(configs[1]?.inputPerRequest).toBeCloseTo(17561 / 1132, 9);
    expect(notes).toEqual(['the run doubts its own figures: client_lag.step_56_6']);
  });

  it('the load that held, as it is, where nothing broke', () => {
    const { rows, notes } = found({ ...limit({ range: [56.6, null], rule: null, client: 'VUS' }) });
    expect(rows).toEqual([['run', '56.6 req/s', 282.85]]);
    expect(notes[0]).toMatch(/^no load broke the server/);
  });

  it('the load that held, and nothing beyond it, where an SLO broke', () => {
    const { rows, notes } = found({ ...limit({ range: [40, 56.6], rule: 'slo', rules: ['slo'] }) });
    expect(rows).toEqual([['run', '40 req/s', 199.5]]);
    expect(notes[0]).toMatch(/SLO held/);
  });

  it('every steady load of other runs, and those that failed their SLO are named', () => {
    const slo = [{ step: 'step_40', term: 'ttft.p99<9ms', verdict: 'FAIL' } as SloResult];
    const { limit: _, knee: __, ...plain } = SATURATE;
    const { rows, notes } = found({ slo }, plain);
    expect(rows.map((r) => r.slice(0, 2))).toEqual(['20', '40', '56.6', '80'].map((rate) => ['run', `${rate} req/s`]));
    expect(notes).toContain('the SLO failed at 40 req/s: production cannot have that load');
  });

  it('nothing where no tokens a second were measured', () => {
    const [step] = SATURATE.steps;
    const { throughput: _, ...rest } = step as Results['steps'][number];
    const { limit: __, knee: ___, ...plain } = SATURATE;
    expect(found({ steps: [rest] }, plain).rows).toEqual([]);
  });

  it('no input tokens where the server counts none', () => {
    const lines = LINES.map((l) => ({ ...l, in: null }));
    const [config] = measuredConfigs(resultsOf(lines, PLAN), PRICED).configs;
    expect(config).not.toHaveProperty('inputPerRequest');
    expect(config?.tokensPerSecond).toBeGreaterThan(0);
  });
});

describe('the report', () => {
  const all: Asked = {
    loadFactor: 0.7,
    headroom: 0.3,
    load: { value: 20, unit: 'req/s' },
    hostedPrice: { input: 1, output: 4 },
  };
  const { configs } = measuredConfigs(SATURATE, PRICED);
  const example = readGpus(read('data/gpus.csv'));
  const report = (list: readonly Config[], asked = all) => ({
    rows: list.map((c) => costOf(c, asked)),
    asked,
    notes: [],
  });

  it('of the example', () =>
    expect(costText(report(example, SEVENTY))).toMatchInlineSnapshot(`
    "                                 ── $/hour ──  ──── output tok/s ───── M output
    configuration    tok/s are GPUs  a GPU    all  given factor production tok/hour
    4×H100 FP16 TP=4 assumed      4   3.50  14.00   3200  × 0.7       2240     8.06
    2×H100 FP8       assumed      2   3.50   7.00   3000  × 0.7       2100     7.56
    1×H100 INT4      assumed      1   3.50   3.50   2800  × 0.7       1960     7.06
    1×A100 INT4      assumed      1   2.00   2.00   1600  × 0.7       1120     4.03

                      ─ $ per 1M tokens ─   $ per 1,000 tokens ─ requests
    configuration    output  input  total   output  input  total    per $
    4×H100 FP16 TP=4   1.74      –      –  0.00174      –      –        –
    2×H100 FP8         0.93      –      – 0.000926      –      –        –
    1×H100 INT4        0.50      –      – 0.000496      –      –        –
    1×A100 INT4        0.50      –      – 0.000496      –      –        –

    input, output and total each carry the whole bill: three views, not three bills
    × 0.7: the share of the throughput at saturation that production uses, which a table's tok/s are taken for
    "
  `));
  it('of a run and the example, with all that can be asked', () =>
    expect(costText(report([...configs, ...example]))).toMatchInlineSnapshot(`
      "                                             ── $/hour ──  ──── output tok/s ───── M output
      configuration     tok/s are            GPUs  a GPU    all  given factor production tok/hour
      here · 80 req/s   measured, saturation    4   3.50  14.00  312.0  × 0.7      218.4     0.79
      here · 56.6 req/s measured, knee          4   3.50  14.00  282.9    × 1      282.9     1.02
      4×H100 FP16 TP=4  assumed                 4   3.50  14.00   3200  × 0.7       2240     8.06
      2×H100 FP8        assumed                 2   3.50   7.00   3000  × 0.7       2100     7.56
      1×H100 INT4       assumed                 1   3.50   3.50   2800  × 0.7       1960     7.06
      1×A100 INT4       assumed                 1   2.00   2.00   1600  × 0.7       1120     4.03

                         ─ $ per 1M tokens ─  ─ $ per 1,000 tokens ── requests
      configuration     output  input  total   output   input   total    per $
      here · 80 req/s    17.81   5.72   4.33   0.0178 0.00572 0.00433    11232
      here · 56.6 req/s  13.75   4.43   3.35   0.0137 0.00443 0.00335    14547
      4×H100 FP16 TP=4    1.74      –      –  0.00174       –       –        –
      2×H100 FP8          0.93      –      – 0.000926       –       –        –
      1×H100 INT4         0.50      –      – 0.000496       –       –        –
      1×A100 INT4         0.50      –      – 0.000496       –       –        –

      against a hosted price of $1.00 input, $4.00 output per 1M tokens
                        hosted, $ per here, $ per   break-even  split, $ per 1M
      configuration     1M output 1M output  tok/s  share  input output
      here · 80 req/s        7.11     17.81  546.9 250.4%   2.50  10.02
      here · 56.6 req/s      7.10     13.75  547.5 193.6%   1.94   7.74
      4×H100 FP16 TP=4          –      1.74      –      –      –      –
      2×H100 FP8                –      0.93      –      –      –      –
      1×H100 INT4               –      0.50      –      –      –      –
      1×A100 INT4               –      0.50      –      –      –      –

      for 20 req/s and 30% headroom
                                        here hosted
      configuration     replicas GPUs $/hour $/hour
      here · 80 req/s          1    4  14.00   2.56
      here · 56.6 req/s        1    4  14.00   2.56
      4×H100 FP16 TP=4         –    –      –      –
      2×H100 FP8               –    –      –      –
      1×H100 INT4              –    –      –      –
      1×A100 INT4              –    –      –      –

      input, output and total each carry the whole bill: three views, not three bills
      × 0.7: the share of the throughput at saturation that production uses, which a table's tok/s are taken for; a knee and a
          run count as measured, without a margin
      break-even: from so many output tok/s on, these GPUs cost less; share: of production tok/s, over 100% they never do
      split: one bill, parted by the hosted prices' weights
      –: needs the tokens of a request (of a table: its columns input tokens/request, output tokens/request)
      "
    `));
  it('in Markdown', () =>
    expect(costMarkdown(report(configs))).toMatchInlineSnapshot(`
      "| configuration | tok/s are | GPUs | $/hour a GPU | $/hour all | output tok/s given | output tok/s factor | output tok/s production | M output tok/hour |
      | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | here · 80 req/s | measured, saturation | 4 | 3.50 | 14.00 | 312.0 | × 0.7 | 218.4 | 0.79 |
      | here · 56.6 req/s | measured, knee | 4 | 3.50 | 14.00 | 282.9 | × 1 | 282.9 | 1.02 |

      | configuration | $ per 1M tokens output | $ per 1M tokens input | $ per 1M tokens total | $ per 1,000 tokens output | $ per 1,000 tokens input | $ per 1,000 tokens total | requests per $ |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | here · 80 req/s | 17.81 | 5.72 | 4.33 | 0.0178 | 0.00572 | 0.00433 | 11232 |
      | here · 56.6 req/s | 13.75 | 4.43 | 3.35 | 0.0137 | 0.00443 | 0.00335 | 14547 |

      **against a hosted price of $1.00 input, $4.00 output per 1M tokens**

      | configuration | hosted, $ per 1M output | here, $ per 1M output | break-even tok/s | break-even share | split, $ per 1M input | split, $ per 1M output |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      | here · 80 req/s | 7.11 | 17.81 | 546.9 | 250.4% | 2.50 | 10.02 |
      | here · 56.6 req/s | 7.10 | 13.75 | 547.5 | 193.6% | 1.94 | 7.74 |

      **for 20 req/s and 30% headroom**

      | configuration | replicas | GPUs | here $/hour | hosted $/hour |
      | --- | ---: | ---: | ---: | ---: |
      | here · 80 req/s | 1 | 4 | 14.00 | 2.56 |
      | here · 56.6 req/s | 1 | 4 | 14.00 | 2.56 |

      - input, output and total each carry the whole bill: three views, not three bills
      - × 0.7: the share of the throughput at saturation that production uses; a knee and a run count as measured, without a margin
      - break-even: from so many output tok/s on, these GPUs cost less; share: of production tok/s, over 100% they never do
      - split: one bill, parted by the hosted prices' weights
      "
    `));

  it('has nothing in JSON that docs/cost.md does not name', () => {
    const docs = read('docs/cost.md');
    const keys = (value: unknown): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, v]) => [...(Array.isArray(value) ? [] : [key]), ...keys(v)])
        : [];
    const all = new Set(keys(report(configs)));
    all.delete('asked'); // its keys are written beside the rows
    expect(all.size).toBeGreaterThan(25);
    for (const key of all) expect(docs).toMatch(new RegExp(`\\b${key}\\??:`));
  });

  it('is at most 120 columns wide', () => {
    const huge = { ...ONE, name: 'a name of a configuration that is too long to be true', gpus: 4096 };
    const text = costText(
      report([
        { ...huge, tokensPerSecond: 12_345_678, basis: 'saturation', load: '1234 in flight', dollarsPerGpuHour: 98.76 },
        { ...huge, tokensPerSecond: 0.001, load: '0.001 req/s' },
        { ...huge, tokensPerSecond: 99_999_999, gpus: 1, dollarsPerGpuHour: 0.01 },
      ]),
    );
    expect(Math.max(...text.split('\n').map((l) => l.length))).toBeLessThanOrEqual(120);
    expect(text).toContain('… · 1234 in flight');
  });

  it.each([
    [undefined, '–'],
    [12_345.6, '12346'],
    [1.736, '1.74'],
    [0.1, '0.10'],
    [0.0945, '0.0945'],
    [0.000496, '0.000496'],
  ])('%s dollars are %s', (value, text) => expect(dollarText(value)).toBe(text));
});
