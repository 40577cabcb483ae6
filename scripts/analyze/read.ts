import {
  METRICS,
  type MetricRow,
  SIGNAL_NAMES,
  SIGNALS,
  type SignalName,
} from '../../lib/analysis/server/catalogue.ts';
import { promqlOf, type Selectors } from '../../lib/analysis/server/promql.ts';
import type { Sample, Series } from '../../lib/analysis/server/series.ts';
import type { Found } from '../../lib/analysis/server/server.ts';
import type { Matrix, Prometheus, Range } from './prometheus.ts';
import type { OwnQuery } from './queries.ts';

/** Prometheus answers no more than 11,000 points a series. */
const MOST_POINTS = 10_000;

/** @param window epoch ms */
export function rangeOver({ from, to }: { from: number; to: number }): Range {
  const [start, end] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
  return { start, end, step: Math.max(1, Math.ceil((end - start) / MOST_POINTS)) };
}

/** What is known of each signal: by a query of one's own, else by the first row of METRICS that answers. */
export async function readSignals(
  prometheus: Prometheus,
  range: Range,
  selectors: Selectors,
  own: readonly OwnQuery[],
): Promise<Found[]> {
  const left = SIGNAL_NAMES.filter((name) => !own.some((each) => each.name === name && each.query));
  const read = await Promise.all(left.map((name) => readSignal(prometheus, range, selectors, name)));
  const known = read.flat().map((found) => limited(found, own));
  const asked = { ...range, step: Math.max(range.step, interval(known)) };
  const mine = await Promise.all(
    own.flatMap((each) => (each.query ? [readOwn(prometheus, asked, each, each.query)] : [])),
  );
  return [...known, ...mine.filter(({ series }) => series.length > 0)];
}

async function readSignal(
  prometheus: Prometheus,
  range: Range,
  selectors: Selectors,
  signal: SignalName,
): Promise<Found[]> {
  const rows = METRICS.filter((row) => row.signal === signal);
  const found = await Promise.all(rows.map((row) => readRow(prometheus, range, selectors, row)));
  return found.filter(({ series }) => series.length > 0).slice(0, 1);
}

export async function readRow(
  prometheus: Prometheus,
  range: Range,
  selectors: Selectors,
  row: MetricRow,
): Promise<Found> {
  const { value: query, scraped, limit } = promqlOf(row, selectors);
  const { source, signal, scale = 1 } = row;
  const values = await prometheus.range(query, range, signal);
  if (values.length === 0) return { signal, source, query, series: [] };
  const [times, limits] = await Promise.all([
    prometheus.range(scraped, range, signal),
    limit === undefined ? [] : prometheus.range(limit, range, signal),
  ]);
  const series = values.map(({ labels, values: points }): Series => {
    const most = of(limits, labels)?.values.at(-1)?.[1];
    return {
      instance: nameOf(labels),
      samples: scrapes(points, of(times, labels)?.values ?? [], scale),
      ...(most !== undefined && { limit: most }),
    };
  });
  return { signal, source, query, series, ...(row.broad && { broad: row.broad }) };
}

function limited(found: Found, own: readonly OwnQuery[]): Found {
  const limit = own.find(({ name }) => name === found.signal)?.limit;
  return limit === undefined ? found : { ...found, series: found.series.map((one) => ({ ...one, limit })) };
}

async function readOwn(
  prometheus: Prometheus,
  range: Range,
  { name, limit, unit }: OwnQuery,
  query: string,
): Promise<Found> {
  const known = Object.hasOwn(SIGNALS, name) ? SIGNALS[name as SignalName] : undefined;
  const most = limit ?? (known && 'limit' in known ? known.limit : undefined);
  const answer = await prometheus.range(query, range, `--queries, "${name}"`);
  return {
    signal: name,
    source: 'own query',
    query,
    series: answer.map(({ labels, values }) => ({
      instance: nameOf(labels),
      samples: values.map(([at, value]) => ({ t: 1000 * at, value })),
    })),
    own: {
      kind: 'gauge',
      over: known?.over ?? 'max',
      unit: unit ?? known?.unit ?? '',
      ...(most !== undefined && { limit: most }),
    },
  };
}

const keyOf = (labels: Matrix['labels']): string => JSON.stringify(Object.entries(labels).sort());
const of = (all: readonly Matrix[], labels: Matrix['labels']): Matrix | undefined =>
  all.find((one) => keyOf(one.labels) === keyOf(labels));

const nameOf = ({ instance = '', device }: Matrix['labels']): string => (device ? `${instance} ${device}` : instance);

/** What was scraped, each value once and at its own time. */
function scrapes(points: Matrix['values'], times: Matrix['values'], scale: number): Sample[] {
  const when = new Map(times);
  const samples: Sample[] = [];
  for (const [at, value] of points) {
    const t = 1000 * (when.get(at) ?? Number.NaN);
    if (!Number.isNaN(t) && t !== samples.at(-1)?.t) samples.push({ t, value: scale * value });
  }
  return samples;
}

/** s between scrapes, the middle of all of them. */
function interval(found: readonly Found[]): number {
  const gaps = found.flatMap(({ series }) =>
    series.flatMap(({ samples }) => samples.slice(1).map(({ t }, k) => (t - (samples[k] as Sample).t) / 1000)),
  );
  return Math.ceil(gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 1);
}
