import type { Signal } from './catalogue.ts';

/** A value, and when it was scraped: epoch ms. */
export interface Sample {
  t: number;
  value: number;
}

export interface Series {
  /** Who said it; empty: nobody by name. */
  instance: string;
  samples: readonly Sample[];
  /** What it cannot exceed. */
  limit?: number;
}

/** What a signal was in a step. Shares are from 0 to 1. */
export interface Reading {
  mean: number;
  max: number;
  last: number;
  /** Scrapes within the step. */
  samples: number;
  limit?: number;
  /** 1 − mean ÷ limit. */
  headroom?: number;
}

export interface Window {
  from: number;
  to: number;
}

/** A signal in a step, of all its instances together; undefined where nobody said anything: absent is not zero. */
export function reading(
  { kind, over, limit }: Pick<Signal, 'kind' | 'over' | 'limit'>,
  series: readonly Series[],
  window: Window,
): Reading | undefined {
  const all = series.flatMap((one) => {
    const samples = one.samples.filter(({ t, value }) => t >= window.from && t < window.to && Number.isFinite(value));
    const values = kind === 'counter' ? rates(samples) : samples.map(({ value }) => value);
    const last = values.at(-1);
    if (last === undefined) return [];
    const mean = kind === 'counter' ? overall(samples, values) : sum(values) / values.length;
    const most = one.limit ?? limit;
    return [
      {
        mean,
        max: Math.max(...values),
        last,
        samples: samples.length,
        ...(most !== undefined && { limit: most, headroom: 1 - mean / most }),
      },
    ];
  });
  const fullest = all.toSorted((a, b) => fullness(b) - fullness(a))[0];
  if (over === 'max' || all.length < 2 || fullest === undefined) return fullest;
  return {
    mean: sum(all.map((r) => r.mean)),
    // They need not have been at their highest at the same time: at most.
    max: sum(all.map((r) => r.max)),
    last: sum(all.map((r) => r.last)),
    samples: Math.min(...all.map((r) => r.samples)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const fullness = ({ mean, limit }: Reading): number => (limit === undefined ? mean : mean / limit);

/** Per second, from each scrape to the next; one that fell was set back to zero. */
function rates(samples: readonly Sample[]): number[] {
  return samples.slice(1).map(({ t, value }, k) => {
    const before = samples[k] as Sample;
    return (value < before.value ? value : value - before.value) / ((t - before.t) / 1000);
  });
}

/** Per second, from the first scrape to the last. */
function overall(samples: readonly Sample[], perSecond: readonly number[]): number {
  const seconds = perSecond.map((_, k) => ((samples[k + 1] as Sample).t - (samples[k] as Sample).t) / 1000);
  return sum(perSecond.map((rate, k) => rate * (seconds[k] as number))) / sum(seconds);
}
