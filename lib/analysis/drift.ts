/** Does a server change over a long step? Trends of TTFT, ITL and errors over time, with their intervals. */
import type { Drift } from '../results.ts';
import type { Columns } from './columns/columns.ts';
import { line, slope } from './stats/interval.ts';
import { quantile } from './stats/quantile.ts';
import type { Measured } from './steps.ts';

/** A step is cut into so many blocks; below this time neighbours are too much alike to tell drift from a long queue. */
const BLOCKS = 30;
export const LEAST_MS = 600_000;
/** Blocks that must have a value. */
const LEAST_BLOCKS = 20;
const LEVEL = 0.99;
const HOUR_MS = 3_600_000;

type Metric = Drift['metric'];

/** The trends of each judged step that is long enough. */
export const findDrift = (columns: Columns, measured: readonly Measured[]): Drift[] =>
  measured
    .filter(({ data }) => data.step.judged && data.to - data.from >= LEAST_MS)
    .flatMap((m) => {
      const blocks = blocksOf(columns, m);
      const metrics: Metric[] = m.result.errorRate > 0 ? ['ttft', 'itl', 'errors'] : ['ttft', 'itl'];
      return metrics.flatMap((metric) =>
        trend(m.result.name, metric, blocks[metric], (m.data.to - m.data.from) / BLOCKS),
      );
    });

/**
 * Blocks in a queue are alike: by the correlation of the residuals with their neighbours, r, n of them are worth
 * n (1 − r) / (1 + r) (Santer et al., J. Geophys. Res. 105, 2000, eq. 6). r comes out too small by about (2 + 4 r) / n from a
 * short series with its trend taken out, which is added back.
 */
function trend(step: string, metric: Metric, values: Float64Array, length: number): Drift[] {
  const xs: number[] = [];
  const ys: number[] = [];
  for (let b = 0; b < values.length; b++) {
    if (Number.isNaN(values[b])) continue;
    xs.push(b);
    ys.push(values[b] as number);
  }
  const n = xs.length;
  if (n < LEAST_BLOCKS) return [];
  const { residuals, squares } = line(xs, ys);
  let products = 0;
  for (let i = 1; i < n; i++) products += (residuals[i] as number) * (residuals[i - 1] as number);
  const found = squares > 0 ? products / squares : 0;
  const r = Math.max(0, found + (2 + 4 * found) / n);
  const hours = length / HOUR_MS;
  const { value, low, high } = slope(xs, ys, LEVEL, Math.max(3, (n * (1 - r)) / (1 + r)));
  const drift = { step, metric, perHour: value / hours, low: low / hours, high: high / hours };
  const shown = low > 0 || high < 0;
  return [{ ...drift, shown, sentence: sentence(drift, shown) }];
}

/** Median TTFT, mean of the requests' mean gaps, and share of failed or never sent requests, block by block; NaN: none. */
function blocksOf(columns: Columns, { data, result }: Measured): Record<Metric, Float64Array> {
  const { rows, from, to, step, dropped } = data;
  const length = (to - from) / BLOCKS;
  const t = columns.number('t');
  const ttft = columns.number('ttft');
  const outcome = columns.category('outcome');
  const { gapCount, gapSum } = columns;
  const okCode = outcome.values.indexOf('ok');
  const sent = new Float64Array(BLOCKS);
  const ok = new Float64Array(BLOCKS);
  const streamed = new Float64Array(BLOCKS);
  const means = new Float64Array(BLOCKS);
  const firsts = Array.from({ length: BLOCKS }, (): number[] => []);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const block = Math.min(BLOCKS - 1, Math.max(0, Math.floor(((t[row] as number) - from) / length)));
    sent[block] = (sent[block] as number) + 1;
    if (outcome.codes[row] !== okCode) continue;
    ok[block] = (ok[block] as number) + 1;
    if ((ttft[row] as number) >= 0) (firsts[block] as number[]).push(ttft[row] as number);
    if (!((gapCount[row] as number) > 0)) continue;
    streamed[block] = (streamed[block] as number) + 1;
    means[block] = (means[block] as number) + (gapSum[row] as number) / (gapCount[row] as number);
  }
  // Starts are counted against the plan only where some are missing: its edges may lie a request off the blocks'.
  const planned = dropped > 0 && step.load.kind === 'open' ? (result.requests + dropped) / BLOCKS : 0;
  const failed = (block: number): number => {
    const asked = Math.max(planned, sent[block] as number);
    return asked > 0 ? (asked - (ok[block] as number)) / asked : Number.NaN;
  };
  return {
    ttft: Float64Array.from(firsts, (list) => quantile(Float64Array.from(list).sort(), 0.5)),
    itl: means.map((sum, block) => sum / (streamed[block] as number)),
    errors: sent.map((_, block) => failed(block)),
  };
}

const NAMES = { ttft: 'TTFT', itl: 'ITL', errors: 'the error rate' } as const;

function sentence({ metric, perHour, low, high }: Pick<Drift, 'metric' | 'perHour' | 'low' | 'high'>, shown: boolean) {
  const [unit, scale] = metric === 'errors' ? ['percentage points', 100] : ['ms', 1];
  const text = (value: number) => {
    const size = Math.abs(value * scale);
    const rounded = Number(size.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0));
    return `${value < 0 && rounded > 0 ? '−' : ''}${rounded}`;
  };
  if (!shown) return `no drift of ${NAMES[metric]} shown (99 % interval ${text(low)} to ${text(high)} ${unit} an hour)`;
  const [nearest, farthest] = perHour > 0 ? [low, high] : [-high, -low];
  const name = NAMES[metric].charAt(0).toUpperCase() + NAMES[metric].slice(1);
  return `${name} ${perHour > 0 ? 'rises' : 'falls'} by ${text(Math.abs(perHour))} ${unit} an hour (99 % interval ${text(nearest)} to ${text(farthest)})`;
}
