import { type Kind, type MetricRow, SIGNALS } from './catalogue.ts';

/** Label matchers, as in `job="vllm"`, for metrics of each kind. */
export type Selectors = Partial<Record<Kind, string>>;

/** What is asked of Prometheus for a metric. */
export interface Asked {
  value: string;
  /** When what `value` says was scraped, s: Prometheus repeats a value until the next one. */
  scraped: string;
  limit?: string;
}

/** One series an instance, of a network one a device. */
export function promqlOf(row: MetricRow, selectors: Selectors): Asked {
  const selector = selectors[row.kind];
  const braces = `{${[row.only, selector].filter(Boolean).join(',')}}`;
  const by = `by (instance${row.limit ? ', device' : ''})`;
  const own = `${SIGNALS[row.signal].over} ${by} (${row.metric}${braces})`;
  return {
    value: row.promql?.replaceAll('$', selector ? `,${selector}` : '') ?? own,
    scraped: `max ${by} (timestamp(${row.metric}${braces}))`,
    // Virtual network cards do not know their speed, and say −1.
    ...(row.limit && { limit: `max ${by} (${row.limit}${braces} > 0)` }),
  };
}
