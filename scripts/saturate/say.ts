/** What a search says of itself. */
import { bracketOf } from '../../lib/analysis/limit/search-judge.ts';
import type { SearchPlan } from '../../lib/analysis/limit/search-plan.ts';
import type { Search, Tried } from '../../lib/analysis/limit/search-types.ts';
import { msText, rateText, timeText } from '../../lib/report/table.ts';

const UNIT = { rate: 'req/s', concurrency: 'in flight' } as const;

export const loadText = ({ by }: Pick<Search, 'by'>, load: number): string => `${load} ${UNIT[by]}`;

export const percentText = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

export function planText({ budget }: Search, { probes, seconds, precision }: SearchPlan): string {
  if (budget === undefined)
    return `about ${probes} probes in about ${timeText(seconds)}, for the limit to ${percentText(precision ?? 1)}`;
  const buys = `a budget of ${timeText(budget)} buys`;
  if (precision === undefined) return `${buys} ${probes} probes, and may not reach the limit`;
  return `${buys} the limit to about ${percentText(precision)}: ${probes} probes in about ${timeText(seconds)}`;
}

/** `16 req/s held: TTFT p99 212 ms, 1.02 × baseline, 806 tok/s (20 s, 320 requests)` */
export function probeText(search: Search, tried: readonly Tried[]): string {
  const { probe, result, evidence } = tried.at(-1) as Tried;
  const { loads } = bracketOf(search, tried);
  const judged = loads.find((j) => j.load === probe.load);
  const p99 = result.metrics.ttft?.p99;
  const usual = tried[0]?.result.metrics.ttft?.p99;
  const ratio =
    tried.length > 1 && p99 !== undefined && usual ? `, ${Number((p99 / usual).toPrecision(3))} × baseline` : '';
  const figures = `TTFT p99 ${msText(p99)} ms${ratio}, ${rateText(result.throughput)} tok/s`;
  const size = `(${timeText(evidence.duration / 1000)}, ${result.requests} requests)`;
  const verdict = { held: 'held', broken: 'broke', unclear: 'is unclear' }[judged?.verdict ?? 'unclear'];
  const why = judged?.verdict === 'held' ? figures : judged?.client ? `the client: ${judged.client}` : judged?.why;
  return `${loadText(search, probe.load)}${tried.length === 1 ? ' (baseline)' : ''} ${verdict}: ${why} ${size}`;
}

/** A staircase as the scenario saturation has it by default: 5..100:5, 60 s each, after 120 s at 1 req/s. */
const STAIRCASE = { top: 100, requests: 60 * 1050 + 120, seconds: 60 * 20 + 120 };

/** What it took, beside what a staircase would have taken that finds the same limit. */
export function effortText(search: Search, tried: readonly Tried[], seconds: number): string {
  const requests = tried.reduce((sum, t) => sum + t.result.requests, 0);
  const { held, broken } = bracketOf(search, tried);
  const precision = held !== undefined && broken !== undefined ? ` to ${percentText(broken / held - 1)}` : '';
  const took = `searched${precision} with ${requests} requests in ${timeText(seconds)}`;
  if (search.by !== 'rate' || broken === undefined || broken > STAIRCASE.top) return took;
  return `${took}; the staircase of \`run saturation\` (5..100:5, 60 s each) sends ${STAIRCASE.requests} in ${timeText(STAIRCASE.seconds)}`;
}
