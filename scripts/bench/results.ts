/** What a bench found, out of the records of all its parts. */
import type { Extra } from '../../lib/analysis/analyze.ts';
import { type Charts, chartsOf } from '../../lib/analysis/charts/charts.ts';
import type { Columns } from '../../lib/analysis/columns/columns.ts';
import { loadOf } from '../../lib/analysis/limit/limit.ts';
import type { Measured } from '../../lib/analysis/steps.ts';
import { mostWaiting } from '../../lib/analysis/waiting.ts';
import { benchSentence } from '../../lib/report/bench.ts';
import { costText } from '../../lib/report/cost.ts';
import { ratesTable } from '../../lib/report/rates.ts';
import { serverSummary } from '../../lib/report/server.ts';
import { certifiesSla, overall } from '../../lib/report/sla.ts';
import { fold } from '../../lib/report/table.ts';
import { verdictTable } from '../../lib/report/text.ts';
import type { Bench, BenchPhase, Results } from '../../lib/results.ts';
import { serverAfter } from '../analyze/analyze.ts';
import type { Metrics } from '../analyze/flags.ts';
import type { Pricing } from '../report/price.ts';
import { resultsFound, type Told } from '../saturate/results.ts';
import { effortText } from '../saturate/say.ts';
import type { Session } from '../saturate/session.ts';
import type { Phases } from './flags.ts';
import { costReport } from './gpus.ts';
import type { Service } from './plan.ts';
import { type BenchEnded, VALIDATION } from './run.ts';

/** What was asked for. */
export interface Asked {
  phases: Phases;
  service: Service;
  pricing: Pricing;
  /** Where the server's own metrics are, if they are known. */
  metrics?: Metrics;
}

export async function benchFound(
  session: Session,
  told: Omit<Told, 'scenario' | 'doubts'>,
  { phases, service, pricing, metrics }: Asked,
  ended: BenchEnded,
  interrupted: boolean,
): Promise<{ results: Results; extras: Extra[]; charts: Charts }> {
  const { terms, confidence } = service;
  const drift = confidence === undefined ? [] : [certifiesSla];
  const judging = {
    terms,
    ...(confidence !== undefined && { confidence }),
    extras: drift,
    more: ended.validation ? [ended.validation] : [],
  };
  const found = resultsFound(session, { ...told, scenario: 'bench', doubts: ended.doubts }, judging);
  const { columns, measured } = found;
  const server = metrics && (await serverAfter(found.results, metrics, session.status.say));
  const known: Results = { ...found.results, ...(server && { server }) };
  const results: Results = {
    ...known,
    bench: benchOf(known, columns, measured, { service, quick: phases.quick, ended, interrupted }),
  };
  const cost = costReport(results, phases.quick, pricing);
  return {
    results: cost ? { ...results, cost } : results,
    extras: [reads(phases), ...found.extras, says(phases, session), explains, ...drift],
    charts: chartsOf(columns, measured),
  };
}

interface Came {
  service: Service;
  quick: boolean;
  ended: BenchEnded;
  interrupted: boolean;
}

function benchOf(
  { steps, slo, limit, server }: Results,
  columns: Columns,
  measured: readonly Measured[],
  { service, quick, ended, interrupted }: Came,
): Bench {
  if (!limit) throw new Error('a bench has a limit');
  const validation = steps.find((s) => s.name === VALIDATION);
  const [, broken] = limit.range;
  const queues = measured
    .filter(({ result }) => result.name !== VALIDATION && loadOf(result) === broken)
    .flatMap((m) => mostWaiting(columns, m) ?? []);
  const waiting = queues.length > 0 ? Math.max(...queues) : undefined;
  const { failure } = ended;
  const evidence = evidenceAt(broken, steps, server);
  return {
    sentence: benchSentence({ limit, slo, validation, service: service.name, waiting, evidence, interrupted, failure }),
    verdict: validation ? overall(slo) : null,
    quick,
    phases: [...(ended.warmup ? [ended.warmup] : []), ...phasesOf(steps)],
    ...(validation && { validation: VALIDATION }),
    ...(waiting !== undefined && { waiting }),
    interrupted,
  };
}

/** What the server shows of the load that broke it. */
function evidenceAt(load: number | null, steps: Results['steps'], server: Results['server']): string | undefined {
  const { kind = null, step, sentence } = server?.bottleneck ?? {};
  return kind !== null && steps.some((s) => s.name === step && loadOf(s) === load) ? sentence : undefined;
}

/** When each phase was, from its first window to its last. */
function phasesOf(steps: Results['steps']): BenchPhase[] {
  const named = (name: string): BenchPhase['name'] => (name === 'baseline' || name === VALIDATION ? name : 'search');
  return (['baseline', 'search', 'validation'] as const).flatMap((name) => {
    const own = steps.filter((s) => named(s.name) === name && s.requests > 0);
    if (own.length === 0) return [];
    return [
      {
        name,
        from: Math.min(...own.map((s) => s.window.from)),
        to: Math.max(...own.map((s) => s.window.to)),
        requests: own.reduce((sum, s) => sum + s.requests, 0),
      },
    ];
  });
}

/** The sentence above the table of loads, what tokens cost below the verdicts. */
const reads = ({ quick }: Phases): Extra => ({
  find: () => ({}),
  table: (results) => [...fold(results.bench?.sentence ?? ''), '', ...ratesTable(results)],
  text: () => [],
  verdicts(results) {
    const { slo, cost } = results;
    const verdicts = slo.length === 0 ? [] : ((!quick && certifiesSla.verdicts) || verdictTable)(results);
    return [...verdicts, ...(cost ? [...(verdicts.length > 0 ? [''] : []), costText(cost).trimEnd()] : [])];
  },
});

/** What the search took. */
const says = ({ staircase }: Phases, { search, tried }: Session): Extra => ({
  find: () => ({}),
  text() {
    const [from = 0, to = 0] = [tried[0]?.result.window.from, tried.at(-1)?.result.window.to];
    return staircase ? [] : [effortText(search, tried, (to - from) / 1000)];
  },
});

/** Why it breaks, by the server's own metrics. */
const explains: Extra = {
  find: () => ({}),
  text: ({ server }) => (server ? serverSummary(server) : []),
};
