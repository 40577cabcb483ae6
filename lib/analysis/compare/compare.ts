/** Two runs, one after the other: by how much the figures of the second differ from those of the first, step by step. */
import type { RequestLimits } from '../../../thresholds/slo.ts';
import type { Limit, StepResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import { betweenSides } from './change.ts';
import { inCommon } from './common.ts';
import { evidenceOf, sidesOf } from './evidence.ts';
import { FIGURE_NAMES, FIGURES, type FigureName, isShare } from './figures.ts';
import { LOGARITHMIC, PLAIN, type Side } from './side.ts';
import { CONFIDENCE, giveWords, type Open } from './words.ts';

/** A run as it is compared. */
export interface Run {
  name: string;
  steps: readonly StepResult[];
  /** What a request must meet; absent without an SLO. */
  limits?: RequestLimits | undefined;
  /** What intervals come from, for each k6 run that it was; absent where only the results are left. */
  records?: readonly { columns: Columns; measured: readonly Measured[] }[];
  /** Where loads were searched for: what came of it. */
  searched?: Pick<Limit, 'by' | 'range'>;
}

export type Word = 'better' | 'worse' | 'no difference shown' | 'not compared';

/** A figure of a step in both runs. Times in ms, rates per second, shares from 0 to 1. */
export interface Row {
  step: string;
  figure: FigureName;
  a: number;
  b: number;
  /** b / a − 1; of a share b − a. null: a is 0. */
  change: number | null;
  /** The interval of the change, at 99 %; null where there is none. */
  low: number | null;
  high: number | null;
  verdict: Word;
  /** Where not compared. */
  why?: string;
}

/** What the second run is, compared with the first. */
export interface RunComparison {
  a: string;
  b: string;
  /** How often each was run, in turns; absent: they are two runs that were there. */
  repeats?: number;
  /** Steps that only one of them has. */
  only: { a: string[]; b: string[] };
  /** Steps of the same name under loads that are not alike, so that they are not compared: the loads as text. */
  loads: { step: string; a: string; b: string }[];
  /** The limits that they found, where they searched for one. */
  searched?: { a?: Run['searched']; b?: Run['searched'] };
  rows: Row[];
}

export function compareRuns(a: Run, b: Run): RunComparison {
  const { both, ...common } = inCommon([a], [b]);
  const open = both.flatMap(([[one], [other]]) => rowsOf(a, b, one, other));
  giveWords(open);
  return { a: a.name, b: b.name, ...common, rows: open.map(({ row }) => row) };
}

function rowsOf(a: Run, b: Run, one: StepResult, other: StepResult): Open[] {
  const evidence = [evidenceIn(a, one), evidenceIn(b, other)] as const;
  const few = [a, b].flatMap(({ name }, k) => (typeof evidence[k] === 'string' ? [`${name}: ${evidence[k]}`] : []));
  return figuresOf([a, b], [one, other]).flatMap((figure): Open[] => {
    const [from, to] = [one, other].map(FIGURES[figure].value) as [number, number];
    const row = rowOf(one.name, figure, from, to);
    const [x, y] = evidence;
    if (!isShare(figure) && !(from > 0 && to > 0)) return [{ row: { ...row, why: 'one of them is 0' } }];
    if (typeof x === 'string' || typeof y === 'string') return [{ row: { ...row, why: few.join('; ') } }];
    const sides = sidesOf(figure, [x, y], [from, to]);
    return [sides ? compared(row, sides) : { row: { ...row, why: 'too few samples in a block of time' } }];
  });
}

/** The figures that a step of these runs is compared by. */
export function figuresOf(runs: readonly Run[], steps: readonly StepResult[]): FigureName[] {
  const ownDoing = steps.every(({ load, dropped, late }) => load.kind === 'open' && dropped + late === 0);
  const sameSlo = new Set(runs.map(({ limits }) => JSON.stringify(limits))).size === 1;
  return FIGURE_NAMES.filter((figure) => {
    if (steps.some((step) => !Number.isFinite(FIGURES[figure].value(step)))) return false;
    // Arrivals that the servers keep up with are our own doing, and so is what comes of them.
    if (ownDoing && (figure === 'req/s' || figure === 'tok/s')) return false;
    return figure !== 'goodput' || sameSlo;
  });
}

export const rowOf = (step: string, figure: FigureName, a: number, b: number): Row => ({
  step,
  figure,
  a,
  b,
  change: isShare(figure) ? b - a : a > 0 ? b / a - 1 : null,
  low: null,
  high: null,
  verdict: 'not compared',
});

function evidenceIn({ records = [], limits }: Run, step: StepResult) {
  for (const { columns, measured } of records) {
    const found = measured.find(({ result }) => result.name === step.name);
    if (found) return evidenceOf(columns, found, limits);
  }
  return 'no records';
}

function compared(row: Row, sides: [Side, Side]): Open {
  const at = betweenSides(sides, isShare(row.figure) ? PLAIN : LOGARITHMIC);
  const { low, high } = at(CONFIDENCE);
  if (!Number.isNaN(low + high)) return { row: { ...row, low, high }, at };
  const most = sides
    .map((side) => side.takes?.((1 + CONFIDENCE) / 2) ?? { samples: 0, of: 0 })
    .reduce((x, y) => (y.samples - y.of > x.samples - x.of ? y : x));
  return { row: { ...row, why: `${most.of} samples are too few, it takes ${most.samples}` } };
}
