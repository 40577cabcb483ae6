/** Whether completions fall behind arrivals. */
import { oneSided, slope, tQuantile } from '../stats/interval.ts';
import type { Evidence } from './evidence.ts';

interface Interval {
  value: number;
  low: number;
  high: number;
}

/** How much of the step is cut for a new load to settle: an arrival piles up until the first answers are done. */
const settled = ({ blocks, settling }: Evidence): number => Math.ceil(settling / blocks.length) || 0;

/**
 * What piles up, as a share of the arrivals: how fast the number of requests grows that are planned and not done, and how fast
 * the time grows that they take from planned start to end (seconds a second; the same share where they queue), over the
 * settled blocks; and the share by which the output falls short of the tokens that are asked for. The lowest of the three:
 * with random arrivals or lengths the number wanders for as long as an answer takes, so that neighbouring blocks are alike and
 * the interval of its slope is too short; times do not wander unless there is a queue, but answers that have not ended yet are
 * not in them; and while a batch fills both grow, though the tokens soon come as fast as they are asked for.
 */
export function pilingUp(e: Evidence, confidence: number): Interval | string {
  const { load, blocks } = e;
  const rate = load.kind === 'open' ? load.rate : 1;
  const settledBlocks = Array.from(blocks.held.keys()).filter(
    (b) => b >= settled(e) && (blocks.held[b] as number) >= 0,
  );
  if (settledBlocks.length < 4)
    return `answers take ${seconds(e.settling)}, too long for a step of ${seconds(e.duration)}: backlog not judged`;
  const at = settledBlocks.map((b) => (b * blocks.length) / 1000);
  const growth = (of: Float64Array, unit: number) =>
    slope(
      at,
      settledBlocks.map((b) => (of[b] as number) / unit),
      confidence,
    );
  const count = growth(blocks.undone, rate);
  const time = growth(blocks.held, 1000);
  const short = shortfall(e, confidence) ?? time;
  return {
    value: Math.min(count.value, time.value, short.value),
    low: Math.min(count.low, time.low, short.low),
    high: Math.min(count.high, time.high, short.high),
  };
}

/** Undefined where no tokens are counted. */
function shortfall(e: Evidence, confidence: number): Interval | undefined {
  const made = throughput(e);
  if (e.load.kind !== 'open' || !e.tokens || !made) return undefined;
  const asked = e.load.rate * e.tokens;
  const half = (tQuantile(oneSided(confidence), made.df) * made.error) / asked;
  const value = 1 - made.mean / asked;
  return { value, low: value - half, high: value + half };
}

/** Mean output tok/s of the settled blocks, and the error of that mean. */
export function throughput(e: Evidence): { mean: number; error: number; df: number } | undefined {
  const all = e.blocks.throughput;
  const values = all.subarray(Math.min(settled(e), Math.max(0, all.length - 4)));
  if (values.length < 2 || e.asked === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  const df = values.length - 1;
  return { mean, error: Math.sqrt(squares / df / values.length), df };
}

const seconds = (t: number): string => `${Number((t / 1000).toPrecision(2))} s`;
