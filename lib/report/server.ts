/** What a server's own metrics say, as a person reads it: tables with units in their heads, at most 120 columns wide. */
import { SIGNALS, type SignalName } from '../analysis/server/catalogue.ts';
import type { Correlation, GpuBand, ServerResult, ServerStep } from '../analysis/server/result.ts';
import type { Reading } from '../analysis/server/series.ts';
import { type Column, fold, rateText, shareText, table } from './table.ts';

export const serverText = (server: ServerResult): string[] => [
  ...fold(sourcesText(server)),
  ...serverTables(server).flatMap((columns) => ['', ...table(columns, server.steps)]),
  '',
  ...serverWords(server).flatMap((line) => fold(line)),
];

/** The same without its tables, as a part of something longer. */
export const serverSummary = (server: ServerResult): string[] =>
  [sourcesText(server), ...serverWords(server)].flatMap((line) => fold(line));

/** The columns of its tables: of requests, of the hardware, of queries of one's own, whatever of them there is. */
export function serverTables(server: ServerResult): Column<ServerStep>[][] {
  const { steps, absent } = server;
  const has = (name: SignalName) => !absent.includes(name);
  const requests = [
    has('waiting') ? spread('waiting', 'waiting') : [],
    has('running') ? spread('running', 'running') : [],
    has('kv_cache') ? spread('KV cache', 'kv_cache') : [],
    has('preemptions') ? [one('preempted', '/s', 'preemptions')] : [],
    has('tokens') ? tokens : [],
  ].flat();
  const hardware = [
    has('gpu') ? spread('GPU', 'gpu') : [],
    has('mem_copy') ? [one('memory', 'copy', 'mem_copy')] : [],
    has('nvlink') ? [one('NVLink', 'MB/s', 'nvlink')] : [],
    has('cpu') ? spread('CPU', 'cpu') : [],
    has('network_tx') ? network('network sent', 'network_tx') : [],
    has('network_rx') ? network('network received', 'network_rx') : [],
  ].flat();
  const own = [...new Set(steps.flatMap(({ custom }) => Object.keys(custom)))].flatMap((name) => custom(server, name));
  return [requests, hardware, own]
    .filter((columns) => columns.length > 0)
    .map((columns) => [step, ...columns, samples]);
}

/** What the tables do not say, and what it comes to in the last line. */
export const serverWords = (server: ServerResult): string[] => [
  ...(server.absent.length > 0 ? [`absent: ${server.absent.map((name) => SIGNALS[name].title).join(', ')}`] : []),
  ...(['ttft.p99', 'itl.p99'] as const).flatMap((latency) => together(server.correlations, latency)),
  ...(server.gpuBand ? [bandText(server.gpuBand)] : []),
  ...server.notes.map((note) => `note: ${note}`),
  bottleneckText(server),
];

export const bottleneckText = ({ bottleneck: { kind, step, sentence } }: Pick<ServerResult, 'bottleneck'>): string =>
  kind === null ? `bottleneck: ${sentence}` : `bottleneck: ${BOTTLENECKS[kind]} (${step}): ${sentence}`;

export const BOTTLENECKS = {
  network: 'network',
  kv_cache: 'KV cache',
  queue: 'queue',
  cpu: 'CPU',
  compute: 'compute',
} as const;

export function sourcesText({ prometheus, signals }: ServerResult): string {
  const sources = [...new Set(signals.map(({ source }) => source))].join(', ');
  // Of a network an instance has its device behind it.
  const instances = [...new Set(signals.flatMap((s) => s.instances.map((i) => i.split(' ')[0])))].filter(Boolean);
  return `the server by ${prometheus}: ${sources}${instances.length > 0 ? ` of ${instances.join(', ')}` : ''}`;
}

const step: Column<ServerStep> = { head: 'step', width: 9, left: true, cell: ({ step: name }) => name };

/** The fewest scrapes that a figure of the row is made of. */
const samples: Column<ServerStep> = {
  head: 'scrapes',
  width: 7,
  cell: ({ readings, custom: own }) => {
    const counts = [...Object.values(readings), ...Object.values(own)].map((reading) => reading.samples);
    return String(counts.length > 0 ? Math.min(...counts) : 0);
  },
};

function text(name: SignalName, value: number | undefined): string {
  const { unit } = SIGNALS[name];
  if (unit === '%') return shareText(value);
  if (unit !== 'B/s' || value === undefined) return rateText(value);
  return value > 0 && value < 1e5 ? (value / 1e6).toPrecision(2) : rateText(value / 1e6);
}

const one = (group: string, head: string, name: SignalName, of: keyof Reading = 'mean'): Column<ServerStep> => ({
  group,
  head,
  width: 6,
  cell: ({ readings }) =>
    of === 'headroom' ? shareText(headroomOf(readings[name])) : text(name, readings[name]?.[of]),
});

/** Rates may pass their limit by what a clock is off. */
const headroomOf = (reading: Reading | undefined): number | undefined =>
  reading?.headroom === undefined ? undefined : Math.max(0, reading.headroom);

const spread = (group: string, name: SignalName): Column<ServerStep>[] => [
  one(group, 'mean', name),
  one(group, 'max', name, 'max'),
  ...('limit' in SIGNALS[name] ? [one(group, 'free', name, 'headroom')] : []),
];

const network = (group: string, name: SignalName): Column<ServerStep>[] => [
  one(group, 'MB/s', name),
  one(group, 'limit', name, 'limit'),
  one(group, 'free', name, 'headroom'),
];

const tokens: Column<ServerStep>[] = (['server', 'ours'] as const).map((whose) => ({
  group: 'output tok/s',
  head: whose,
  width: 6,
  cell: (row) => rateText(row.tokens?.[whose] ?? (whose === 'server' ? row.readings.tokens?.mean : undefined)),
}));

function custom({ signals, steps }: ServerResult, name: string): Column<ServerStep>[] {
  const unit = signals.find(({ signal }) => signal === name)?.unit;
  const column = (head: string, cell: (reading: Reading | undefined) => string): Column<ServerStep> => ({
    group: name,
    head,
    width: 6,
    cell: (row) => cell(row.custom[name]),
  });
  const value = column(unit || 'mean', (reading) => rateText(reading?.mean));
  if (!steps.some((row) => row.custom[name]?.limit)) return [value];
  return [
    value,
    column('limit', (reading) => rateText(reading?.limit)),
    column('free', (reading) => shareText(headroomOf(reading))),
  ];
}

/** Weaker ones are in the JSON. */
const STRONG = 0.7;

export const titleOf = (signal: string): string =>
  Object.hasOwn(SIGNALS, signal) ? SIGNALS[signal as SignalName].title : signal;

function together(correlations: readonly Correlation[], latency: Correlation['latency']): string[] {
  const all = correlations
    .filter((each) => each.latency === latency && Math.abs(each.rho) >= STRONG)
    .sort((a, b) => Math.abs(b.rho) - Math.abs(a.rho));
  if (all.length === 0) return [];
  const each = all.map(({ signal, rho }) => `${titleOf(signal)} ${rho < 0 ? '−' : '+'}${Math.abs(rho).toFixed(2)}`);
  const name = latency === 'ttft.p99' ? 'TTFT p99' : 'ITL p99';
  return [`goes with ${name} over ${all[0]?.n} steps (Spearman's rank correlation): ${each.join(', ')}`];
}

function bandText({ for: work, low, high, used, is }: GpuBand): string {
  const band = high < 1 ? `${100 * low}–${100 * high} %` : `${100 * low} % and more`;
  const says = {
    below: 'below it: the GPU has room',
    in: 'in it',
    above: 'above it: no room for a burst; busy is not yet saturated, see what waits',
  };
  return `GPU utilisation ${shareText(used)}; the band for ${work} is ${band}: ${says[is]}`;
}
