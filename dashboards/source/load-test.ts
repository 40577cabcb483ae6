/** What the client of a load test sees, in two renderings. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { finished, frame, MODEL, PERCENTILE, STEP } from './frame.ts';
import {
  CHOSEN,
  failed,
  failedShare,
  gauge,
  goodput,
  inSloShare,
  latency,
  PERCENTILE_NAME,
  perSecond,
  type Rendering,
  TEST,
  total,
  wholeLatency,
} from './k6.ts';
import { type Column, graph, type Query, row, stat, table } from './panels.ts';

/** Formulas as in MEASURING: successful requests only. */
const LATENCIES = {
  llm_ttft: { name: 'TTFT', formula: 'Time to first token: first content, reasoning or tool-call frame − t(send).' },
  llm_itl: { name: 'ITL', formula: 'Inter-token latency: gaps between consecutive content frames, one sample a gap.' },
  llm_tpot: { name: 'TPOT', formula: 'Time per output token: (E2E − TTFT) / (output tokens − 1).' },
  llm_e2e: { name: 'E2E', formula: 'End to end: last content frame − t(send).' },
} as const;
type Latency = keyof typeof LATENCIES;
const NAMES = Object.keys(LATENCIES) as Latency[];

const WHEN: Record<Rendering, string> = {
  native: 'Of the requests of the moment, out of native histograms: right to 9 %.',
  stats: 'Of all requests of the series so far, since its step began: k6 sends percentiles, which cannot be added up.',
};
const ONLY_OK = 'Successful requests only.';

const FIXED = [
  { native: '0.5', stats: 'p50' },
  { native: '0.9', stats: 'p90' },
  { native: '0.99', stats: 'p99' },
];
const SERIES = 'testid, model, profile, step, phase';
const LEGEND = '{{model}} {{profile}} · step {{step}} {{phase}}';

/** Percentiles of all that is chosen, or one line a series. */
const overTime = (metric: Latency, rendering: Rendering) => {
  const { name, formula } = LATENCIES[metric];
  const queries: Query[] =
    rendering === 'native'
      ? FIXED.map((quantile) => ({
          expr: latency(metric, rendering, 'testid', quantile),
          legend: `${quantile.stats} {{testid}}`,
        }))
      : [{ expr: latency(metric, rendering, SERIES), legend: `${PERCENTILE_NAME} ${LEGEND}` }];
  return graph({ title: name, description: `${formula} ${ONLY_OK} ${WHEN[rendering]}`, unit: 's', queries });
};

const apart = (metric: Latency, label: 'model' | 'step') =>
  graph({
    title: `${LATENCIES[metric].name} by ${label}`,
    description: `${LATENCIES[metric].formula} ${ONLY_OK} ${WHEN.native}`,
    unit: 's',
    queries: [{ expr: latency(metric, 'native', `testid, ${label}`), legend: `${PERCENTILE_NAME} {{${label}}}` }],
  });

const atAGlance = [
  stat({ title: 'Requests', description: 'Measured requests.', unit: 'short', expr: total('llm_requests') }),
  stat({ title: 'Failed', description: 'Failed / sent.', unit: 'percentunit', expr: failedShare('') }),
  stat({
    title: 'In SLO',
    description: 'Requests that were ok, with TTFT and TPOT within the SLO / sent. Nothing where the test has no SLO.',
    unit: 'percentunit',
    expr: inSloShare,
  }),
  stat({
    title: 'Output tokens',
    description: 'As the server counts them, else frames.',
    unit: 'short',
    expr: total('llm_output_tokens'),
  }),
  stat({
    title: 'Dropped',
    description: 'Requests of the plan that were never sent, since no VU was free: misses. Of the whole test.',
    unit: 'short',
    expr: total('dropped_iterations', '', TEST),
  }),
  stat({
    title: 'SLO terms failed',
    description: 'What the records of the run fail, added when it ends.',
    unit: 'short',
    expr: total('llm_slo_failed', '', TEST),
  }),
];

const throughput = (rendering: Rendering) => [
  graph({
    title: 'Requests and goodput',
    description: 'Requests a second by how they ended; goodput is requests in SLO a second.',
    unit: 'reqps',
    queries: [
      { expr: perSecond('llm_requests', 'testid', `${CHOSEN},outcome="ok"`), legend: 'ok {{testid}}' },
      { expr: perSecond('llm_requests', 'testid', failed()), legend: 'failed {{testid}}' },
      { expr: goodput, legend: 'goodput {{testid}}' },
    ],
  }),
  graph({
    title: 'Tokens',
    description: 'Tokens of the requests that ended, a second; output tokens as the server counts them, else frames.',
    unit: 'suffix: tok/s',
    queries: [
      { expr: perSecond('llm_output_tokens', 'testid, model'), legend: 'output {{model}}' },
      { expr: perSecond('llm_input_tokens', 'testid, model'), legend: 'input {{model}}' },
    ],
  }),
  graph({
    title: 'Failures by outcome',
    description: 'Failed requests a second: HTTP errors, timeouts, broken streams, empty or wrong answers.',
    unit: 'reqps',
    queries: [{ expr: perSecond('llm_requests', 'testid, model, outcome', failed()), legend: '{{outcome}} {{model}}' }],
  }),
  graph({
    title: 'VUs',
    description: 'Virtual users that are at work: in a closed loop, requests in flight. Of the whole test.',
    unit: 'short',
    queries: [{ expr: gauge('vus'), legend: '{{testid}}' }],
  }),
  graph({
    title: 'Dropped',
    description: 'Requests of the plan that were never sent, since no VU was free, a second. Of the whole test.',
    unit: 'reqps',
    queries: [{ expr: perSecond('dropped_iterations', 'testid, scenario', TEST), legend: '{{scenario}}' }],
  }),
  graph({
    title: 'Schedule lag',
    description: `Actual − planned start, where a schedule of llmload's own is kept. ${WHEN[rendering]}`,
    unit: 's',
    queries: [
      { expr: latency('llm_schedule_lag', rendering, 'testid, step'), legend: `${PERCENTILE_NAME} step {{step}}` },
    ],
  }),
  graph({
    title: 'New connections',
    description: `Opening a connection, TLS included; only requests that had to. ${WHEN[rendering]}`,
    unit: 's',
    queries: [{ expr: latency('llm_connect', rendering, 'testid, step'), legend: `${PERCENTILE_NAME} step {{step}}` }],
  }),
  graph({
    title: 'Network',
    description: "k6's data_received and data_sent. Of the whole test.",
    unit: 'Bps',
    queries: [
      { expr: perSecond('data_received', 'testid', TEST), legend: 'received {{testid}}' },
      { expr: perSecond('data_sent', 'testid', TEST), legend: 'sent {{testid}}' },
    ],
  }),
];

const steps = (rendering: Rendering) => {
  const columns: Column[] = [
    { name: 'Requests', unit: 'short', expr: total('llm_requests', SERIES) },
    { name: 'Failed', unit: 'percentunit', expr: failedShare(SERIES) },
    { name: 'TTFT p50', unit: 's', expr: wholeLatency('llm_ttft', rendering, SERIES, { native: '0.5', stats: 'p50' }) },
    ...NAMES.map(
      (metric): Column => ({
        name: `${LATENCIES[metric].name} p99`,
        unit: 's',
        expr: wholeLatency(metric, rendering, SERIES, { native: '0.99', stats: 'p99' }),
      }),
    ),
    { name: 'Output tokens', unit: 'short', expr: total('llm_output_tokens', SERIES) },
  ];
  return table({
    title: 'Models and steps',
    description: `All requests of each step that lie in the time shown. Latencies: ${ONLY_OK.toLowerCase()}`,
    labels: ['testid', 'step', 'phase', 'model', 'profile'],
    columns,
  });
};

const TITLES: Record<Rendering, string> = {
  native: 'llmload: load test (native histograms)',
  stats: 'llmload: load test (percentiles so far)',
};

export function loadTest(rendering: Rendering): Dashboard {
  const board = frame(
    `llmload-load-test-${rendering}`,
    TITLES[rendering],
    `What readers of streams felt. ${WHEN[rendering]} Choose a test: its name is the name of its folder in runs/.`,
  );
  for (const variable of [MODEL, STEP, PERCENTILE]) board.withVariable(variable);
  board.withRow(row('At a glance'));
  for (const panel of atAGlance) board.withPanel(panel);
  board.withRow(row('Latency'));
  for (const metric of NAMES) board.withPanel(overTime(metric, rendering));
  if (rendering === 'native') {
    board.withRow(row('By model and step'));
    for (const metric of ['llm_ttft', 'llm_itl'] as const)
      for (const label of ['model', 'step'] as const) board.withPanel(apart(metric, label));
  }
  board.withRow(row('Load and throughput'));
  for (const panel of throughput(rendering)) board.withPanel(panel);
  board.withRow(row('Tables'));
  return finished(board.withPanel(steps(rendering)));
}
