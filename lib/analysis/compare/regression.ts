/** The gate: by how much a figure may be worse. */
import { SettingsError } from '../../settings/parse.ts';
import type { RunComparison } from './compare.ts';
import { FIGURE_NAMES, FIGURES, type FigureName, isShare } from './figures.ts';

/** `ttft.p99:10%`, `errors:0.5pp`. */
export interface Allowed {
  figure: FigureName;
  /** A share of the first run's; of a figure that is a share itself, what may be added to it. */
  limit: number;
}

export interface Gated {
  figure: FigureName;
  limit: number;
  verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  why: string;
}

const ALLOWED = `regression=FIGURE:LIMIT, as in regression=ttft.p99:10%,errors:0.5pp; figures: ${FIGURE_NAMES.join(' ')}; a limit in %, of errors and cached in pp`;

/** @throws SettingsError */
export function parseFailOn(text: string): Allowed[] {
  const bad = (wrong: string) => new SettingsError('--fail-on', text, wrong, ALLOWED);
  if (!text.startsWith('regression=')) throw bad('unknown');
  return text
    .slice('regression='.length)
    .split(',')
    .map((part) => {
      const [, figure = '', digits, unit] = /^\s*([^:]+):(\d+(?:\.\d+)?)(%|pp)\s*$/.exec(part) ?? [];
      if (digits === undefined) throw bad(`"${part.trim()}" is no FIGURE:LIMIT`);
      if (!Object.hasOwn(FIGURES, figure)) throw bad(`no figure "${figure}"`);
      const name = figure as FigureName;
      const wanted = isShare(name) ? 'pp' : '%';
      if (unit !== wanted) throw bad(`a limit of ${name} is in ${wanted}`);
      if (!(Number(digits) > 0)) throw bad(`the limit of ${name} is not above 0`);
      return { figure: name, limit: Number(digits) / 100 };
    });
}

/**
 * FAIL where it is 99 % certain that the figure is worse by more than the limit. INCONCLUSIVE where that could not be told of
 * one that is worse by twice the limit: its interval reaches further down than the limit. That depends on how long the runs
 * are, and hardly on chance, and so a gate does not pass one day and doubt the next.
 */
export function judgeRegressions(comparison: RunComparison, allowed: readonly Allowed[]): Gated[] {
  return allowed.flatMap(({ figure, limit }): Gated[] => {
    const judged = (verdict: Gated['verdict'], why: string): Gated => ({ figure, limit, verdict, why });
    const of = (share: number) => `${(100 * share).toFixed(1)} ${isShare(figure) ? 'pp' : '%'}`;
    const rows = comparison.rows.filter((row) => row.figure === figure);
    const { only, loads, searched, a, b } = comparison;
    // What a search did not come to is not missing.
    const lost = searched?.a
      ? []
      : [
          ...only.a.map((step) => `${b} has no ${step}`),
          ...loads.map(({ step, ...load }) => `${step} is ${load.a} and ${load.b}`),
        ];
    const none = rows.length + lost.length > 0 ? [] : [`${a} and ${b} do not both have it`];
    return [
      ...[...lost, ...none].map((why) => judged('INCONCLUSIVE', why)),
      ...rows.map(({ step, change, low, high, why = '' }) => {
        if (change === null || low === null || high === null) return judged('INCONCLUSIVE', `${step}: ${why}`);
        // Upwards is worse.
        const [value, near] = FIGURES[figure].better === 'lower' ? [change, low] : [-change, -high];
        const told = `${step}: ${of(value)} worse, at least ${of(near)}`;
        if (near > limit) return judged('FAIL', told);
        if (value - near > limit)
          return judged('INCONCLUSIVE', `${told}: too few requests to tell a difference of ${of(limit)}`);
        return judged('PASS', told);
      }),
    ];
  });
}
