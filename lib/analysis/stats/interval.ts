/** Intervals of figures that follow Student's t. */

const CELLS = 2000;

/**
 * The p-quantile of Student's t: the density is summed up to it, over w with t = w / (1 − w²), which takes the whole tail
 * to w = 1. Good to five figures for p up to 0.9999.
 * @param df degrees of freedom, above 0; need not be whole. A million is the normal distribution
 */
export function tQuantile(p: number, df: number): number {
  if (p < 0.5) return -tQuantile(1 - p, df);
  const student = studentOf(df);
  const known = student.found.get(p);
  if (known !== undefined) return known;
  const found = upperQuantile(p, student);
  student.found.set(p, found);
  return found;
}

/** A distribution: its density in each cell, the sum of them, and the quantiles that were asked for. */
interface Student {
  density: Float64Array;
  all: number;
  found: Map<number, number>;
}

/** The same few are asked for again and again, and one takes milliseconds in k6. */
const STUDENTS = new Map<number, Student>();
/** Each takes 16 kB. */
const MOST_STUDENTS = 100;

function studentOf(df: number): Student {
  const known = STUDENTS.get(df);
  if (known) return known;
  const density = new Float64Array(CELLS);
  let all = 0;
  for (let i = 0; i < CELLS; i++) {
    const w = (i + 0.5) / CELLS;
    const t = w / (1 - w * w);
    density[i] = (Math.exp((-(df + 1) / 2) * Math.log1p((t * t) / df)) * (1 + w * w)) / (1 - w * w) ** 2;
    all += density[i] as number;
  }
  if (STUDENTS.size === MOST_STUDENTS) STUDENTS.clear();
  const student = { density, all, found: new Map<number, number>() };
  STUDENTS.set(df, student);
  return student;
}

function upperQuantile(p: number, { density, all }: Student): number {
  let rest = (2 * p - 1) * all;
  let i = 0;
  while (i < CELLS - 1 && rest > (density[i] as number)) rest -= density[i++] as number;
  const w = Math.min((i + rest / (density[i] as number)) / CELLS, 1);
  return w / (1 - w * w);
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/**
 * The slope of ys over xs by least squares, with its two-sided interval. Below three points, or all at one x, it is open.
 * @param independent how many independent points these are worth, where neighbours are alike
 */
export function slope(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  confidence: number,
  independent = xs.length,
): Interval {
  const { value, squares, spread } = line(xs, ys);
  const df = independent - 2;
  if (!(df > 0 && spread > 0)) return { value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const half = tQuantile(1 - (1 - confidence) / 2, df) * Math.sqrt(squares / df / spread);
  return { value, low: value - half, high: value + half };
}

/** Least squares: the slope, the sum of the squared residuals, and the spread of the xs; all of them finite. */
export function line(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
): { value: number; squares: number; spread: number; residuals: Float64Array } {
  const n = xs.length;
  let x = 0;
  let y = 0;
  for (let i = 0; i < n; i++) {
    x += (xs[i] as number) / n;
    y += (ys[i] as number) / n;
  }
  let spread = 0;
  let product = 0;
  for (let i = 0; i < n; i++) {
    spread += ((xs[i] as number) - x) ** 2;
    product += ((xs[i] as number) - x) * ((ys[i] as number) - y);
  }
  const value = spread > 0 ? product / spread : 0;
  const residuals = new Float64Array(n);
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const residual = (ys[i] as number) - y - value * ((xs[i] as number) - x);
    residuals[i] = residual;
    squares += residual ** 2;
  }
  return { value, squares, spread, residuals };
}

/** Half of what is left goes to each end of the interval. */
export const oneSided = (confidence: number): number => 1 - (1 - confidence) / 2;
