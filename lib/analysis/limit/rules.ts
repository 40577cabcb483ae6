/** The rules that tell that a load is too much: each with an interval that must clear its line. MEASURING, "Finding the limit". */
import type { Rule, RuleResult } from '../../results.ts';
import { effectiveSize, rankBounds, shareBounds, toleranceBound } from '../stats/bounds.ts';
import { oneSided, tQuantile } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';
import { pilingUp, throughput } from './backlog.ts';
import type { Evidence } from './evidence.ts';

const ERRORS = 0.005;

/** Where the lines are that may be drawn further out: share of arrivals that pile up; TTFT p99 as a multiple of the baseline's. */
export interface Lines {
  backlog: number;
  ttft: number;
}
export const LINES: Lines = { backlog: 0.01, ttft: 2 };
/**
 * For probes of seconds, which cannot tell a batch that is being filled from one per cent that piles up. TTFT p99 of a batching
 * engine doubles or triples as its steps get longer, far below what it can carry.
 */
export const QUICK_LINES: Lines = { backlog: 0.05, ttft: 5 };

/** Gain in tok/s from one step to the next, or half of what the load gains where that is less. */
const GAIN = 0.05;

/** From the gravest; what breaks several is named by the first. */
export const RULES: readonly Rule[] = ['errors', 'backlog', 'ttft_p99', 'throughput_gain'];

/** What a step is compared with. */
export interface Against {
  /** A step at little load. */
  baseline?: Evidence | undefined;
  /** The next lower load. */
  before?: Evidence | undefined;
  /** All lower loads; see ttft. */
  lower?: readonly Evidence[];
  /** Default LINES. */
  lines?: Lines;
}

/** A figure with its interval; low or high may be infinite. */
interface Figure {
  value: number;
  low: number;
  high: number;
  line: number;
  /** Broken below the line instead of above it. */
  below?: boolean;
  /** What the value is a multiple of something of, ms. */
  of?: number;
}

type Judge = (e: Evidence, against: Against, confidence: number) => Figure | string;

/** Every rule on one step, at this two-sided confidence: the interval is broken when it lies wholly beyond the line. */
export function judgeRules(e: Evidence, against: Against, confidence: number): RuleResult[] {
  return RULES.filter((rule) => rule !== 'backlog' || e.load.kind === 'open').map((rule) => {
    const { judge, say } = TABLE[rule];
    const figure = judge(e, against, confidence);
    if (typeof figure === 'string')
      return { rule, step: e.step, value: null, low: null, high: null, line: 0, verdict: 'not_measured', why: figure };
    const { value, low, high, line, below } = figure;
    const broken = below ? high < line : low > line;
    const beyond = below ? value < line : value > line;
    return {
      rule,
      step: e.step,
      value,
      low: finite(low),
      high: finite(high),
      line,
      verdict: broken ? 'broken' : beyond ? 'unclear' : 'held',
      why: say(figure, against),
    };
  });
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** What a step says by itself, kept: all that follow it ask for it, and so does a search after every probe. */
function remembered<T>(make: (e: Evidence, confidence: number) => T): (e: Evidence, confidence: number) => T {
  const all = new WeakMap<Evidence, Map<number, T>>();
  return (e, confidence) => {
    const known = all.get(e) ?? new Map<number, T>();
    all.set(e, known);
    const made = known.get(confidence) ?? make(e, confidence);
    known.set(confidence, made);
    return made;
  };
}

/** Clopper–Pearson, the sample deflated where failures come in bursts. Requests that never started are failures too. */
const errorBounds = remembered((e, confidence) => {
  const { failed, started, unsent } = e.blocks;
  const n = effectiveSize(
    failed.map((count, b) => count + (unsent[b] as number)),
    started.map((count, b) => count + (unsent[b] as number)),
  );
  const value = e.failed / e.asked;
  return { value, ...shareBounds(value, n, oneSided(confidence)) };
});
const errors: Judge = (e, _, confidence) =>
  e.asked === 0 ? 'no request was sent' : { ...errorBounds(e, confidence), line: ERRORS };

const piling = remembered(pilingUp);
const backlog: Judge = (e, { lines = LINES }, confidence) => {
  const found = piling(e, confidence);
  return typeof found === 'string' ? found : { ...found, line: lines.backlog };
};

/** At least so many requests make a baseline. */
const BASELINE_LEAST = 10;
const Z99 = 2.3263;

/**
 * The ratio of the two TTFT p99s. The step's bounds are order statistics; so is the baseline's upper one where it has the
 * samples (459 at 99 %), else it is a lognormal's tolerance bound, and never below the slowest request seen. More load makes
 * no server quicker, so the upper bound of any lower step bounds the baseline too; those have more samples.
 */
const ttft: Judge = (e, { baseline, lower = [], lines = LINES }, confidence) => {
  if (!baseline || baseline.ttft.length < BASELINE_LEAST)
    return `the baseline has ${baseline?.ttft.length ?? 0} requests with a TTFT, ${BASELINE_LEAST} are needed`;
  if (e.ttft.length === 0) return 'no TTFT was measured';
  const own = p99Bounds(e, oneSided(confidence));
  const base = p99Bounds(baseline, oneSided(confidence));
  let high = highestP99(baseline, confidence);
  for (const step of lower) {
    if (step.ttft.length >= BASELINE_LEAST) high = Math.min(high, highestP99(step, confidence));
  }
  return {
    value: own.value / Math.min(base.value, high),
    low: own.low / high,
    high: own.high / Math.min(base.low, high),
    line: lines.ttft,
    of: own.value,
  };
};

const highestP99 = remembered((e, confidence) => {
  const { high } = p99Bounds(e, oneSided(confidence));
  if (high < Number.POSITIVE_INFINITY) return high;
  const z = tQuantile(oneSided(confidence), 1e6);
  return Math.max(e.ttft[e.ttft.length - 1] as number, toleranceBound(e.ttft, Z99, z));
});

interface P99 {
  value: number;
  low: number;
  high: number;
}

/** A step's p99 with its bounds, 0 and infinity where it has too few samples. */
const p99Bounds = remembered(findP99);

function findP99({ ttft: sorted, came, blocks }: Evidence, confidence: number): P99 {
  const value = quantile(sorted, 0.99);
  const sizes = new Float64Array(blocks.started.length);
  const over = new Float64Array(blocks.started.length);
  for (let i = 0; i < came.ttft.length; i++) {
    const block = came.block[i] as number;
    sizes[block] = (sizes[block] as number) + 1;
    if ((came.ttft[i] as number) > value) over[block] = (over[block] as number) + 1;
  }
  const { low, high } = rankBounds(0.99, effectiveSize(over, sizes), confidence);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  return {
    value,
    low: Number.isNaN(low) ? 0 : at(low),
    high: Number.isNaN(high) ? Number.POSITIVE_INFINITY : at(high),
  };
}

/** Welch's t on the settled blocks of two neighbouring steps, as a ratio (the delta method). */
const gain: Judge = (e, { before }, confidence) => {
  if (!before) return 'there is no lower step to compare with';
  const [own, other] = [throughput(e), throughput(before)];
  if (!own || !other || other.mean === 0) return 'no tokens were counted';
  const value = own.mean / other.mean - 1;
  const [a, b] = [(own.error / own.mean) ** 2, (other.error / other.mean) ** 2];
  const df = a + b > 0 ? (a + b) ** 2 / (a ** 2 / own.df + b ** 2 / other.df) : own.df;
  const half = tQuantile(oneSided(confidence), Math.max(1, df)) * Math.sqrt(a + b) * (1 + value);
  return { value, low: value - half, high: value + half, line: gainLine(e, before), below: true };
};

const amount = ({ load }: Evidence): number => (load.kind === 'open' ? load.rate : load.concurrency);

/** A step of 5 % more load cannot be asked for 5 % more tokens. */
const gainLine = (e: Evidence, before: Evidence): number => Math.min(GAIN, (amount(e) / amount(before) - 1) / 2);

const percent = (share: number): string => `${number(share * 100)} %`;
/** Three figures; what is nearly nothing is nothing. */
const number = (x: number): string => String(Math.abs(x) < 1e-6 ? 0 : Number(x.toPrecision(3)));
const span = ({ low, high }: Figure, of: (x: number) => string): string =>
  Number.isFinite(high) ? `99 % interval ${of(low)} to ${of(high)}` : `${of(low)} or more at 99 %`;

const TABLE: Record<Rule, { judge: Judge; say: (f: Figure, against: Against) => string }> = {
  errors: {
    judge: errors,
    say: (f) =>
      `${percent(f.value)} of the requests failed or were never sent (${span(f, percent)}, line ${percent(f.line)})`,
  },
  backlog: {
    judge: backlog,
    say: (f) => `${percent(f.value)} of the arrivals pile up (${span(f, percent)}, line ${percent(f.line)})`,
  },
  ttft_p99: {
    judge: ttft,
    say: (f) =>
      `TTFT p99 is ${(f.of ?? 0).toFixed(0)} ms, ${number(f.value)} × the baseline's (${span(f, number)}, line ${f.line})`,
  },
  throughput_gain: {
    judge: gain,
    say: (f, { before }) =>
      `${percent(f.value)} more output tok/s than at ${before ? amount(before) : '?'} (${span(f, percent)}, line ${percent(f.line)})`,
  },
};
