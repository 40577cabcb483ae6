import type { Unit } from '../format.ts';

/** A chart as data: Node makes its table of it, the page draws it. Everything in it is JSON. */
export interface Chart {
  title: string;
  /** What to see in it, in a sentence. */
  note?: string;
  /**
   * x: all series have the points of the same x, one below the other in the table. y: the same of y, as in distributions.
   * none: each has its own.
   */
  shared: 'x' | 'y' | 'none';
  x: Axis;
  /** One or two. */
  y: readonly [Axis, Axis?];
  series: readonly Series[];
  marks?: readonly Mark[];
  /** What the shared points are called, where that is more than their x. */
  names?: readonly string[];
  /** Bars lie: their names are long. */
  lying?: boolean;
}

export interface Axis {
  name: string;
  unit: Unit;
  log?: boolean;
  /** Names instead of numbers: x is an index into them. */
  names?: readonly string[];
}

export interface Series {
  name: string;
  colour: Colour;
  kind: 'line' | 'bar';
  /** Of which y axis. */
  axis?: 1;
  /** Bars of a stack stand on each other. */
  stacked?: boolean;
  dashed?: boolean;
  /** Only drawn when asked for in the legend. */
  hidden?: boolean;
  /** x and y; null: nothing was measured there. */
  points: readonly Point[];
}

export type Point = readonly [x: number, y: number | null];

/** Names of colours in the style sheet. */
export type Colour = `s${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | 'good' | 'bad' | 'warn';

const CYCLE = ['s1', 's3', 's4', 's5', 's6', 's8', 's2', 's7'] as const;

/** Unlike neighbours. */
export const colourOf = (index: number): Colour => CYCLE[index % CYCLE.length] as Colour;

/** Something to be seen beside the values: a line at an x or a y, or a band of x. */
export type Mark =
  /** low: named at its foot, where a line near by is named at its head. */
  | { kind: 'x'; at: number; name: string; colour: Colour; low?: true }
  | { kind: 'y'; at: number; name: string; colour: Colour }
  | { kind: 'band'; from: number; to: number; name: string; colour: Colour | 'quiet' };

/** Latencies of an overload are hundreds of times those at rest: such a range is only readable in powers of ten. */
export function wide(series: readonly Series[]): boolean {
  const values = series.flatMap((s) => s.points.flatMap(([, y]) => (y !== null && y > 0 ? [y] : [])));
  return values.length > 0 && Math.max(...values) > 30 * Math.min(...values);
}

/** Whether there is anything to draw. */
export const drawable = ({ series }: Chart): boolean => series.some((s) => s.points.some(([, y]) => y !== null));
