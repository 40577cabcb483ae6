/** PromQL of what k6 writes: https://grafana.com/docs/k6/latest/results-output/real-time/prometheus-remote-write/. */
import type { MetricName } from '../../lib/metrics.ts';

/**
 * How latencies come: native histograms can be added up over models and read over any time; of percentiles k6 sends those of
 * each series so far, since its step began.
 */
export type Rendering = 'native' | 'stats';

type Builtin = 'vus' | 'dropped_iterations' | 'data_sent' | 'data_received';
type Name = MetricName | Builtin;

export const TEST = 'testid=~"$testid"';
export const CHOSEN = `${TEST},model=~"$model",step=~"$step"`;
const FAILED = 'outcome!="ok"';

/** A window that holds at least three of k6's pushes. */
const WINDOW = '[$__rate_interval]';
const WHOLE = '[$__range]';
/** k6 sends a value only when it changes; Prometheus would repeat it for five minutes. */
const FRESH = '[15s]';

const by = (labels: string): string => (labels ? ` by (${labels})` : '');

/** A second. The first push of a series has nothing before it to be compared with: it is in no rate. */
export const perSecond = (counter: Name, labels: string, of = CHOSEN): string =>
  `sum${by(labels)} (rate(k6_${counter}_total{${of}}${WINDOW}))`;

/** All of it, exactly: counters begin at 0 with each run of k6. */
export const total = (counter: Name, labels = '', of = CHOSEN): string =>
  `sum${by(labels)} (last_over_time(k6_${counter}_total{${of}}${WHOLE}))`;

export const failed = (of = CHOSEN): string => `${of},${FAILED}`;

/** Share of failures among requests; 0 where there are requests and no failures. */
export const failedShare = (labels: string): string => {
  const all = total('llm_requests', labels);
  return `(${total('llm_requests', labels, failed())} or 0 * ${all}) / ${all}`;
};

/** Requests in SLO: the share of each series times its requests. */
const inSlo = (over: string): string =>
  `last_over_time(k6_llm_in_slo_rate{${CHOSEN}}${over}) * last_over_time(k6_llm_requests_total{${CHOSEN}}${over})`;
export const inSloShare = `sum (${inSlo(WHOLE)}) / ${total('llm_requests')}`;
/** Rounded: a product that fell by a rounding error would look like a counter that began again. */
export const goodput = `sum by (testid) (rate(round(k6_llm_in_slo_rate{${CHOSEN}} * k6_llm_requests_total{${CHOSEN}})[$__rate_interval:5s]))`;

/** The variable `quantile` has values like 0.99, with texts like p99. */
export const PERCENTILE_NAME = `\${quantile:text}`;
export const QUANTILE = { native: '$quantile', stats: PERCENTILE_NAME };

/** A percentile over time, in s. @param quantile as QUANTILE, or 0.5 and p50 */
export const latency = (
  trend: MetricName,
  rendering: Rendering,
  labels: string,
  { native, stats }: Record<Rendering, string> = QUANTILE,
  of = CHOSEN,
): string =>
  rendering === 'native'
    ? `histogram_quantile(${native}, sum by (${labels}) (rate(k6_${trend}_seconds{${of}}${WINDOW})))`
    : `max by (${labels}) (last_over_time(k6_${trend}_${stats}{${of}}${FRESH}))`;

/**
 * A percentile of all requests of a step, in s. Read every 5 s: a value is repeated for five minutes, so the last one is among
 * them. Prometheus 2.42 has no last_over_time of histograms.
 */
export const wholeLatency = (
  trend: MetricName,
  rendering: Rendering,
  labels: string,
  quantiles: Record<Rendering, string>,
): string =>
  rendering === 'native'
    ? `last_over_time(histogram_quantile(${quantiles.native}, sum by (${labels}) (k6_${trend}_seconds{${CHOSEN}}))[$__range:5s])`
    : `max by (${labels}) (last_over_time(k6_${trend}_${quantiles.stats}{${CHOSEN}}${WHOLE}))`;

export const gauge = (name: Builtin): string => `sum by (testid) (last_over_time(k6_${name}{${TEST}}${FRESH}))`;
