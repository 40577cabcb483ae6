/** What the server says of itself beside what its clients see. Names of metrics are those that `llmload analyze` reads. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS, type MetricRow, SIGNALS, type SignalName } from '../../lib/analysis/server/catalogue.ts';
import { promqlOf } from '../../lib/analysis/server/promql.ts';
import { clientItl, clientRequests, clientTtft } from './client.ts';
import { finished, frame, MODEL, PERCENTILE, STEP, scraped } from './frame.ts';
import { perSecond } from './k6.ts';
import { type Graph, graph, type Query, row, type Unit } from './panels.ts';

const UNITS: Record<(typeof SIGNALS)[SignalName]['unit'], Unit> = {
  '': 'short',
  '%': 'percentunit',
  '/s': 'suffix: /s',
  'tok/s': 'suffix: tok/s',
  'B/s': 'Bps',
};

/** What a reader looks for in it. */
const WORDS: Record<SignalName, string> = {
  waiting: 'Requests that wait for their turn. More than none while TTFT grows: the server is behind.',
  running: 'Requests that are computed together. A flat top while others wait: the batch is full.',
  kv_cache: 'Share of the KV cache in use. Near 100 %: requests wait for memory, or are preempted.',
  preemptions: 'Requests that lost their place in the KV cache and are computed again, a second.',
  tokens: "The server's own count of output tokens beside the client's, a second.",
  gpu: 'Share of time in which the GPU did anything. Near 100 % is no saturation; band for chat 70–85 %, for batch 90 % and more.',
  mem_copy: 'Share of time in which memory was read or written.',
  nvlink: 'What the fullest GPU sends to the others.',
  cpu: 'Share of all cores that is neither idle nor waits.',
  network_tx: 'What the fullest network card sends, and its limit.',
  network_rx: 'What the fullest network card receives, and its limit.',
};

const CHOSEN = 'job=~"$job",instance=~"$instance"';
const SELECTORS = { engine: CHOSEN, gpu: CHOSEN, node: CHOSEN };

function queriesOf(metric: MetricRow): Query[] {
  const { value, limit } = promqlOf(metric, SELECTORS);
  const read = SIGNALS[metric.signal].kind === 'counter' ? rateOf(value, metric.metric) : value;
  const who = `{{instance}}${metric.limit ? ' {{device}}' : ''}`;
  return [
    { expr: metric.scale === undefined ? read : `${metric.scale} * ${read}`, legend: `${metric.source} ${who}` },
    ...(limit ? [{ expr: limit, legend: `limit of ${who}` }] : []),
  ];
}

/** The rate is taken of each series, before they are added up: else one that goes would look like a restart. */
const rateOf = (promql: string, metric: string): string =>
  promql.replaceAll(new RegExp(`${metric}\\{[^}]*\\}`, 'g'), (series) => `rate(${series}[$__rate_interval])`);

const CLIENT_TOKENS: Query = { expr: perSecond('llm_output_tokens', 'testid'), legend: 'client {{testid}}' };

function panelOf(name: SignalName): Graph {
  const { title, unit, ...signal } = SIGNALS[name];
  return {
    title: title.charAt(0).toUpperCase() + title.slice(1),
    description: `${WORDS[name]} ${signal.over === 'max' ? 'The highest' : 'The sum'} of each instance.`,
    unit: UNITS[unit],
    scraped: true,
    queries: [
      ...(name === 'tokens' ? [CLIENT_TOKENS] : []),
      ...METRICS.filter((metric) => metric.signal === name).flatMap(queriesOf),
    ],
    ...('limit' in signal && { max: signal.limit }),
  };
}

/** What belongs together stands side by side. */
const ROWS = [
  {
    title: 'Queue and first token',
    panels: [clientTtft(), graph(panelOf('waiting')), clientRequests(), graph(panelOf('running'))],
  },
  {
    title: 'Memory and tokens',
    panels: [clientItl(), graph(panelOf('kv_cache')), graph(panelOf('tokens')), graph(panelOf('preemptions'))],
  },
  {
    title: 'GPU',
    panels: [graph(panelOf('gpu')), graph(panelOf('mem_copy')), graph(panelOf('nvlink')), graph(panelOf('cpu'))],
  },
  { title: 'Network', panels: [graph(panelOf('network_tx')), graph(panelOf('network_rx'))] },
];

export function server(): Dashboard {
  const board = frame(
    'llmload-server',
    'llmload: server against client',
    'Why it slows: GPU, KV cache and queue of vLLM, SGLang, TGI, llama.cpp or Dynamo beside what clients see.',
  );
  for (const variable of [MODEL, STEP, PERCENTILE, ...scraped()]) board.withVariable(variable);
  for (const { title, panels } of ROWS) {
    board.withRow(row(title));
    for (const panel of panels) board.withPanel(panel);
  }
  return finished(board);
}
