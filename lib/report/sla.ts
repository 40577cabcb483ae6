/** Verdicts and drift of an SLA as a person reads them, at most 120 columns wide. */
import type { Extra } from '../analysis/analyze.ts';
import { auditBursts } from '../analysis/audit/bursts.ts';
import { findDrift, LEAST_MS } from '../analysis/drift.ts';
import { gravest } from '../analysis/gate.ts';
import { confidenceText } from '../analysis/verdict.ts';
import type { Results, SloResult, StepResult, Verdict } from '../results.ts';
import { type Column, fold, rateText, table } from './table.ts';
import { valueText, verdictTable } from './text.ts';

/** Rates side by side; the table goes on below with the next ones. */
const ACROSS = 4;

/** One rate: a row a term. Several: a row a metric, a column a rate. What is still missing is said below. */
function slaVerdicts(results: Results): string[] {
  const { slo } = results;
  const steps = results.steps.filter((s) => slo.some((v) => v.step === s.name));
  const several = steps.length > 1;
  const lines = several ? [] : verdictTable(results);
  for (let k = 0; several && k < steps.length; k += ACROSS) {
    if (k > 0) lines.push('');
    lines.push(...ratesTable(slo, steps.slice(k, k + ACROSS)));
  }
  if (several) for (const v of slo) if (v.why) lines.push(...fold(`${rateOf(steps, v.step)} · ${v.term}: ${v.why}`));
  return [...lines, ...fold(legend(slo))];
}

interface Row {
  label: string;
  limit: string;
  value: (step: StepResult) => string;
  verdict: (step: StepResult) => string;
}

function ratesTable(slo: readonly SloResult[], steps: readonly StepResult[]): string[] {
  const terms = [...new Set(slo.map((v) => v.term))];
  const at = (step: StepResult, term: string) => slo.find((v) => v.step === step.name && v.term === term);
  const rows: Row[] = terms.map((term) => ({
    ...nameOf(term),
    value: (step) => valueText(term, at(step, term)?.measured ?? null),
    verdict: (step) => at(step, term)?.verdict ?? '–',
  }));
  if (!terms.some((t) => t.startsWith('throughput')))
    rows.push({
      label: 'throughput',
      limit: '',
      value: (step) => `${rateText(step.throughput)} tok/s`,
      verdict: () => '',
    });
  rows.push({
    label: 'overall',
    limit: '',
    value: () => '',
    verdict: (step) => overall(slo.filter((v) => v.step === step.name)),
  });
  const columns = steps.flatMap((step): Column<Row>[] => {
    const group = rateOf([step], step.name);
    return [
      { group, head: 'measured', width: 9, cell: (row) => row.value(step) },
      { group, head: 'verdict', width: 12, left: true, cell: (row) => row.verdict(step) },
    ];
  });
  return table<Row>(
    [
      { head: 'SLO', width: 10, left: true, cell: (row) => row.label },
      { head: 'limit', width: 7, left: true, cell: (row) => row.limit },
      ...columns,
    ],
    rows,
  );
}

const rateOf = (steps: readonly StepResult[], name: string): string => {
  const load = steps.find((s) => s.name === name)?.load;
  return load?.kind === 'open' ? `${Number(load.rate.toPrecision(4))} req/s` : name;
};

const NAMES: Record<string, string> = { errors: 'error rate', in_slo: 'in SLO' };
const LATENCY = /^(ttft|ttfo|tpot|itl|e2e)\./;

/** `ttft.p99<1000ms` → TTFT P99 and <1000ms. */
function nameOf(term: string): { label: string; limit: string } {
  const cut = term.search(/[<>]/);
  const metric = term.slice(0, cut);
  const label = LATENCY.test(metric) ? metric.replace('.', ' ').toUpperCase() : (NAMES[metric] ?? metric);
  return { label, limit: term.slice(cut) };
}

/** The gravest of the verdicts. */
export const overall = (slo: readonly SloResult[]): Verdict => gravest(slo.map((v) => v.verdict)) ?? 'PASS';

const ITL = 'ITL counts requests: by their own p99 gap, P50 by their mean gap';

/** Which words are which: no observed value passes for a certified one. */
function legend(slo: readonly SloResult[]): string {
  const certified = slo.find((v) => v.kind === 'certified');
  const others = slo
    .filter((v) => v.kind === 'observed' && v.verdict !== 'NOT_MEASURED')
    .map((v) => nameOf(v.term).label);
  const parts = [
    certified
      ? `percentiles certified at ${confidenceText(certified.confidence ?? Number.NaN)}`
      : 'nothing is certified',
    ...(others.length > 0 ? [`as observed: ${[...new Set(others)].join(', ')}`] : []),
    ...(slo.some((v) => v.kind === 'certified' && v.term.startsWith('itl')) ? [ITL] : []),
    ...(slo.some((v) => v.more) ? ['more requests: if the same share of them misses'] : []),
  ];
  return `overall ${overall(slo)} · ${parts.join(' · ')}`;
}

/** What changed over each step. */
function driftText({ drift = [], slo, steps }: Results): string[] {
  const judged = steps.filter((s) => slo.some((v) => v.step === s.name));
  const several = judged.length > 1;
  const lines = drift.filter((d) => d.shown || !several).map((d) => `${several ? `${d.step}: ` : ''}${d.sentence}`);
  if (several && drift.some((d) => !d.shown))
    lines.push(`no${lines.length > 0 ? ' other' : ''} drift of TTFT, ITL or errors shown`);
  if (judged.some((s) => s.window.to - s.window.from < LEAST_MS))
    lines.push(`drift is looked for in steps of ${LEAST_MS / 60_000} min or more`);
  return lines.flatMap((l) => fold(l));
}

/** Certified verdicts, doubts about them, and drift. */
export const certifiesSla: Extra = {
  find: (columns, measured, slo) => ({
    drift: findDrift(columns, measured),
    audit: auditBursts(columns, measured, slo),
  }),
  text: driftText,
  verdicts: slaVerdicts,
};
