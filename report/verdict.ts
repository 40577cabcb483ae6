/** What a run came to, in a word and in words. */
import type { Chaos } from '../lib/analysis/chaos/result.ts';
import { gateVerdicts } from '../lib/analysis/gate.ts';
import { shareText } from '../lib/report/table.ts';
import type { Results, SloResult, Verdict } from '../lib/results.ts';
import { durationText } from './format.ts';
import { leadingStep, levels, nameOfStep, stepName } from './steps.ts';

const GRAVEST = ['FAIL', 'NOT_MEASURED', 'INCONCLUSIVE'] as const;

/** Undefined where nothing was promised, as in a search for the limit: a load that broke is what it looks for. */
export function overall(results: Results): Verdict | undefined {
  const { bench, limit } = results;
  if (bench) return bench.verdict ?? 'NOT_MEASURED';
  const verdicts = gateVerdicts(results);
  if (limit || verdicts.length === 0) return undefined;
  return GRAVEST.find((verdict) => verdicts.includes(verdict)) ?? 'PASS';
}

/** The verdicts that matter: of the step that the run is about where it looked for a limit, else all. */
export function mainVerdicts(results: Results): SloResult[] {
  const { slo, bench, limit } = results;
  if (!bench && !limit) return slo;
  const own = slo.filter((v) => v.step === (bench?.validation ?? leadingStep(results)?.name));
  return own.length > 0 ? own : slo;
}

/** The first sentence of the page, and the rest of it. */
export function headline(results: Results): { head: string; rest: string } {
  const { bench, limit, routing, router, comparison, slo, chaos = [] } = results;
  if (bench) return { head: upper(bench.sentence), rest: '' };
  if (limit) return cut(limit.sentence);
  if (comparison) return cut(comparison.sentence);
  if (chaos.length > 0) return faults(chaos);
  const failed = (router?.verdicts ?? []).filter((v) => v.verdict === 'FAIL');
  if (failed.length > 0)
    return {
      head: `The router failed: ${failed.map((v) => v.check).join(', ')}`,
      rest: failed.map((v) => v.why).join('; '),
    };
  if (slo.length > 0) return { head: sloSentence(results), rest: '' };
  if (router) return { head: 'The router did nothing wrong that was looked for', rest: '' };
  if (routing) return { head: `Routing: ${routing.why}`, rest: '' };
  return measured(results);
}

/** What became of the faults that were made. */
function faults(chaos: readonly Chaos[]): { head: string; rest: string } {
  const [only] = chaos;
  if (only && chaos.length === 1) {
    const [head, rest] = parts(only.why);
    return { head: `${upper(only.fault)}: ${head}`, rest: upper(rest) };
  }
  const bad = chaos.filter(({ verdict }) => verdict !== 'PASS');
  return {
    head: `${chaos.length - bad.length} of ${chaos.length} faults were withstood`,
    rest: upper(bad.map(({ fault, why }) => `${fault}: ${why}`).join('; ')),
  };
}

/** What was measured where nothing was promised. */
function measured(results: Results): { head: string; rest: string } {
  const step = leadingStep(results);
  if (!step || results.steps.every((s) => s.requests === 0)) return { head: 'Nothing was measured', rest: '' };
  const rest = 'No SLO was set: --slo chat turns figures into a verdict.';
  const all = levels(results).map(stepName);
  if (all.length > 0) return { head: `Measured ${all.length} loads, ${all[0]} to ${all.at(-1)}`, rest };
  const ttft = step.metrics.ttft?.p99;
  const figures = [
    ...(ttft === undefined ? [] : [`TTFT p99 ${durationText(ttft)}`]),
    `${shareText(step.errorRate)} errors`,
  ];
  return { head: `Measured at ${stepName(step)}: ${figures.join(', ')}`, rest };
}

function sloSentence({ slo, steps }: Results): string {
  const names = [...new Set(slo.map((v) => v.step))].map((name) => nameOfStep(steps, name));
  const at = names.length > 3 ? `${names.length} steps` : names.join(', ');
  const bad = slo.filter((v) => v.verdict !== 'PASS');
  const all = slo.length === 1 ? 'The only term' : `All ${slo.length} terms`;
  if (bad.length === 0) return `${all} of the SLO held at ${at}`;
  const terms = [...new Set(bad.map((v) => v.term))].join(', ');
  return `${bad.length} of ${slo.length} terms of the SLO did not hold at ${at}: ${terms}`;
}

/** A long sentence is read by its first part. */
function parts(sentence: string): [first: string, rest: string] {
  const at = sentence.search(/[:;] /);
  return at < 0 ? [sentence, ''] : [sentence.slice(0, at), sentence.slice(at + 2)];
}

function cut(sentence: string): { head: string; rest: string } {
  const [head, rest] = parts(sentence);
  return { head: upper(head), rest: upper(rest) };
}

export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
