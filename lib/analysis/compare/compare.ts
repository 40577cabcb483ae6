/** Two runs, one after the other: by how much the figures of the second differ from those of the first, step by step. */
import type { RequestLimits } from '../../../thresholds/slo.ts';
import type { StepResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import { evidenceOf, sidesOf } from './evidence.ts';
import { FIGURE_NAMES, FIGURES, type FigureName, isShare } from './figures.ts';
import { type Bounds, LOGARITHMIC, PLAIN, type Side } from './side.ts';

/** Of the intervals shown; and of all words `better` and `worse` of a comparison together (Holm). */
export const CONFIDENCE = 0.99;
/** Less is how numbers are rounded. */
const NOTHING = 1e-9;

/** A run as it is compared. */
export interface Run {
  name: string;
  steps: readonly StepResult[];
  /** What intervals come from; absent where only the results are left. */
  records?: { columns: Columns; measured: readonly Measured[]; limits: RequestLimits | undefined };
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
  /** Steps that only one of them has. */
  only: { a: string[]; b: string[] };
  rows: Row[];
}

/** What is on its way to be a row. */
interface Open {
  row: Row;
  at?: (confidence: number) => Bounds;
}

export function compareRuns(a: Run, b: Run): RunComparison {
  const [ofA, ofB] = [a, b].map(({ steps }) => steps.filter(isCompared)) as [StepResult[], StepResult[]];
  const both = ofA.flatMap((step) => {
    const other = ofB.find(({ name }) => name === step.name);
    return other ? [[step, other] as const] : [];
  });
  const open = both.flatMap(([one, other]) => rowsOf(a, b, one, other));
  giveWords(open);
  const missing = (from: StepResult[], there: StepResult[]) =>
    from.filter(({ name }) => !there.some((step) => step.name === name)).map(({ name }) => name);
  return {
    a: a.name,
    b: b.name,
    only: { a: missing(ofA, ofB), b: missing(ofB, ofA) },
    rows: open.map(({ row }) => row),
  };
}

/** While load rises or falls nothing stands still long enough. */
const isCompared = ({ phase, requests }: StepResult): boolean =>
  requests > 0 && phase !== 'ramp_up' && phase !== 'ramp_down';

function rowsOf(a: Run, b: Run, one: StepResult, other: StepResult): Open[] {
  const evidence = [evidenceIn(a, one), evidenceIn(b, other)] as const;
  const few = [a, b].flatMap(({ name }, k) => (typeof evidence[k] === 'string' ? [`${name}: ${evidence[k]}`] : []));
  const ownDoing = [one, other].every(({ load, dropped, late }) => load.kind === 'open' && dropped + late === 0);
  const sameSlo = JSON.stringify(a.records?.limits) === JSON.stringify(b.records?.limits);
  return FIGURE_NAMES.flatMap((figure): Open[] => {
    const values = [FIGURES[figure].value(one), FIGURES[figure].value(other)];
    const [from, to] = values;
    if (from === undefined || to === undefined || Number.isNaN(from + to)) return [];
    // Arrivals that the servers keep up with are our own doing, and so is what comes of them.
    if (ownDoing && (figure === 'req/s' || figure === 'tok/s')) return [];
    if (figure === 'goodput' && !sameSlo) return [];
    const row: Row = {
      step: one.name,
      figure,
      a: from,
      b: to,
      change: isShare(figure) ? to - from : from > 0 ? to / from - 1 : null,
      low: null,
      high: null,
      verdict: 'not compared',
    };
    const [x, y] = evidence;
    if (!isShare(figure) && !(from > 0 && to > 0)) return [{ row: { ...row, why: 'one of them is 0' } }];
    if (typeof x === 'string' || typeof y === 'string') return [{ row: { ...row, why: few.join('; ') } }];
    const sides = sidesOf(figure, [x, y], [from, to]);
    return [sides ? compared(row, sides) : { row: { ...row, why: 'too few samples in a block of time' } }];
  });
}

function evidenceIn({ records }: Run, step: StepResult) {
  const measured = records?.measured.find(({ result }) => result.name === step.name);
  return records && measured ? evidenceOf(records.columns, measured, records.limits) : 'no records';
}

function compared(row: Row, sides: [Side, Side]): Open {
  const at = change(sides, isShare(row.figure));
  const { low, high } = at(CONFIDENCE);
  if (!Number.isNaN(low + high)) return { row: { ...row, low, high }, at };
  const most = sides
    .map((side) => side.takes?.((1 + CONFIDENCE) / 2) ?? { samples: 0, of: 0 })
    .reduce((x, y) => (y.samples - y.of > x.samples - x.of ? y : x));
  return { row: { ...row, why: `${most.of} samples are too few, it takes ${most.samples}` } };
}

/**
 * The interval of the change from one of each run (MOVER: Zou and Donner, Statistics in Medicine 27, 2008); of a quotient
 * between logarithms.
 */
function change([a, b]: [Side, Side], plain: boolean) {
  const { to, from } = plain ? PLAIN : LOGARITHMIC;
  const delta = to(b.value) - to(a.value);
  const of = (off: number) => from(delta + off) - from(0);
  return (confidence: number) => {
    const [ofA, ofB] = [a, b].map((side) => side.at((1 + confidence) / 2)) as [Bounds, Bounds];
    const down = Math.hypot(to(b.value) - to(ofB.low), to(ofA.high) - to(a.value));
    const up = Math.hypot(to(ofB.high) - to(b.value), to(a.value) - to(ofA.low));
    return { low: of(-down), high: of(up) };
  };
}

/**
 * Holm's step-down: the surest difference must be shown at 1 % over all rows, the next over all but one, … until one is not.
 * All words together are wrong in at most 1 % of comparisons of what is alike.
 */
function giveWords(all: readonly Open[]): void {
  const open = all.filter(({ at }) => at !== undefined);
  const ranked = open.map((one) => ({ ...one, p: pValue(one) })).sort((x, y) => x.p - y.p);
  let left = ranked.length;
  for (const { row } of ranked) row.verdict = 'no difference shown';
  for (const { row, p } of ranked) {
    if (p > (1 - CONFIDENCE) / left--) return;
    const up = (row.change as number) > 0;
    row.verdict = up === (FIGURES[row.figure].better === 'higher') ? 'better' : 'worse';
  }
}

/** Below that nobody asks. */
const LEAST_P = 1e-7;

/** The least p at which the interval at 1 − p leaves zero out. */
function pValue({ at }: Open): number {
  const shown = (p: number): boolean => {
    const { low, high } = at?.(1 - p) ?? { low: 0, high: 0 };
    return low > NOTHING || high < -NOTHING;
  };
  if (!shown(1 - 1e-6)) return 1;
  let [low, high] = [Math.log(LEAST_P), 0];
  if (shown(LEAST_P)) return LEAST_P;
  for (let i = 0; i < 12; i++) {
    const mid = (low + high) / 2;
    if (shown(Math.exp(mid))) high = mid;
    else low = mid;
  }
  return Math.exp(high);
}
