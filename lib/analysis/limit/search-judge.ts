/** What the probes of a search come to. */
import { requestLimits } from '../../../thresholds/slo.ts';
import type { Step } from '../../load/plan.ts';
import type { Limit, RuleResult, SloResult } from '../../results.ts';
import { clientLimit } from '../audit/client-load.ts';
import type { Columns } from '../columns/columns.ts';
import { stepData } from '../measure.ts';
import { shareBounds } from '../stats/bounds.ts';
import { measureStep } from '../steps.ts';
import { confidenceText, judge } from '../verdict.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { type Judged, judgeSteps, limitOf } from './limit.ts';
import { quickDoubts, quickly } from './quick-judge.ts';
import { LINES, QUICK_LINES } from './rules.ts';
import type { Probe, Search, Tried } from './search-types.ts';

/**
 * A probe's records → what became of it.
 * @param endedAt epoch ms, where it was cut short
 * @throws Error where it has none
 */
export function measureProbe(search: Search, probe: Probe, step: Step, columns: Columns, endedAt?: number): Tried {
  const { terms, confidence } = search;
  const [data] = stepData(columns, [step], endedAt);
  if (!data || data.rows.length === 0) throw new Error(`nothing was measured at ${probe.load}`);
  const measured = measureStep(columns, data, terms.length > 0 ? requestLimits(terms) : undefined);
  const { result } = measured;
  return {
    probe,
    evidence: evidenceOf(columns, measured),
    result,
    slo: terms.map((term) => judge(result, term, measured, { confidence, columns })),
    client: clientLimit(columns.live(), data.from, data.to, result.metrics.ttft?.p50),
  };
}

/** What became of one load, of all its probes together. */
export interface LoadVerdict extends Judged {
  /** Tried more than once. */
  repeated: boolean;
  /** Every term of the SLO holds, each percentile at the confidence asked for. */
  certified: boolean;
}

export interface Bracket {
  /** In rising order. */
  loads: LoadVerdict[];
  /** Every rule on every probe. */
  checks: RuleResult[];
  /** The highest that held below the lowest that broke. */
  held: number | undefined;
  broken: number | undefined;
  /** What the search stays below: broken, or still unclear after a second try. */
  ceiling: number | undefined;
}

export function bracketOf(search: Search, tried: readonly Tried[]): Bracket {
  const order = [...tried].sort((a, b) => a.probe.load - b.probe.load); // repeats stay in the order of time
  const { judged, checks } = judgeProbes(search, order, tried[0]?.evidence);
  const loads = [...new Set(judged.map((j) => j.load))].map((load): LoadVerdict => {
    const own = judged.filter((j) => j.load === load);
    const said = own.find((j) => j.verdict === 'broken') ?? (own.at(-1) as Judged);
    const passed = order.some((t) => t.probe.load === load && t.slo.every((v) => v.verdict === 'PASS'));
    return {
      ...said,
      repeated: own.length > 1,
      certified: search.terms.length > 0 && passed && said.verdict === 'held',
    };
  });
  const broken = loads.find((j) => j.verdict === 'broken')?.load;
  const below = loads.filter((j) => broken === undefined || j.load < broken);
  const held = below.filter((j) => j.verdict === 'held').at(-1)?.load;
  const stuck = below.find((j) => j.verdict === 'unclear' && j.repeated && j.load > (held ?? 0));
  return { loads, checks, held, broken, ceiling: stuck?.load ?? broken };
}

/** The limit by what was tried so far. */
export function limitFound(search: Search, tried: readonly Tried[]): Limit {
  const { loads, checks, held } = bracketOf(search, tried);
  // A dozen requests at little load, of which none failed, are enough to begin with.
  const floor = search.quick && loads[0]?.verdict !== 'broken' ? search.baseline : undefined;
  const limit = { ...limitOf(loads, search.by, floor), checks };
  if (search.quick) return { ...limit, sentence: [limit.sentence, ...quickDoubts(limit, loads)].join('; ') };
  if (search.terms.length === 0 || held === undefined) return limit;
  const sure = loads.find((j) => j.load === held)?.certified;
  const certainty = sure ? `certified at ${confidenceText(search.confidence)}` : 'observed, not certified';
  return { ...limit, sentence: `${limit.sentence}; that ${held} holds is ${certainty}` };
}

function judgeProbes(search: Search, order: readonly Tried[], baseline: Evidence | undefined) {
  const rules = judgeSteps(
    order.map((t) => t.evidence),
    baseline,
    order.map((t) => t.client),
    search.quick ? QUICK_LINES : LINES,
  );
  if (search.quick)
    return { ...rules, judged: rules.judged.map((j, i) => quickly(j, order[i] as Tried, rules.checks)) };
  if (search.terms.length === 0) return rules;
  const found = rules.judged.map((j, i) =>
    bySlo(
      j,
      (order[i] as Tried).slo,
      rules.checks.find((c) => c.step === j.step && c.rule === 'backlog'),
    ),
  );
  return { judged: found.map((f) => f.judged), checks: found.flatMap((f) => f.checks) };
}

/** A load at which requests pile up cannot be kept up, though the SLO may hold for a while: the one rule that counts here. */
function bySlo(j: Judged, slo: readonly SloResult[], backlog: RuleResult | undefined) {
  const worst = (['broken', 'unclear', 'held'] as const).find((verdict) => slo.some((v) => termVerdict(v) === verdict));
  const said = slo.find((v) => termVerdict(v) === worst);
  const check: RuleResult = {
    rule: 'slo',
    step: j.step,
    value: null,
    low: null,
    high: null,
    line: 0,
    verdict: worst ?? 'held',
    why: said ? termText(said) : '',
  };
  const checks = [check, ...(backlog ? [backlog] : [])];
  const rules = [...(worst === 'broken' ? (['slo'] as const) : []), ...j.rules.filter((rule) => rule === 'backlog')];
  const open = checks.find((c) => c.verdict === 'broken' || c.verdict === 'unclear');
  const judged: Judged = {
    ...j,
    rules,
    verdict: rules.length > 0 ? 'broken' : open ? 'unclear' : 'held',
    why: (rules[0] === 'backlog' ? backlog : open)?.why ?? '',
  };
  return { judged, checks };
}

/** A percentile breaks where it is certain to fail; errors where their bound is over the limit too; the rest by their value. */
function termVerdict({ term, verdict, measured, limit, n, misses, confidence = 0.99 }: SloResult): Judged['verdict'] {
  if (verdict === 'PASS') return 'held';
  if (verdict === 'INCONCLUSIVE') return (measured ?? Number.POSITIVE_INFINITY) <= limit ? 'held' : 'unclear';
  if (verdict === 'NOT_MEASURED' || misses === null || !term.startsWith('errors')) return 'broken';
  return shareBounds(misses / n, n, confidence).low > limit ? 'broken' : 'unclear';
}

function termText({ term, measured, n, misses, allowed, why }: SloResult): string {
  if (measured === null) return `${term}: ${why}`;
  if (misses === null) return `${term}: measured ${Number(measured.toPrecision(3))}`;
  return `${term}: ${misses} of ${n} requests miss it${allowed === null ? '' : `, ${allowed} may`}`;
}
