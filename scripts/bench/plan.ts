/** What a bench is going to do, as a table: before it begins. */
import type { SearchPlan } from '../../lib/analysis/limit/search-plan.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { missesToCertify, requestsToCertify } from '../../lib/analysis/stats/certify.ts';
import { confidenceText, SHARE } from '../../lib/analysis/verdict.ts';
import { type Column, fold, table, timeText } from '../../lib/report/table.ts';
import type { Term } from '../../thresholds/slo.ts';
import { percentText } from '../saturate/say.ts';
import { START } from '../saturate/search.ts';
import type { Phases } from './flags.ts';

/** What the SLO is judged by. */
export interface Service {
  /** As it was asked for: `chat`. */
  name: string;
  terms: readonly Term[];
  /** Absent: observed. */
  confidence?: number;
}

/** Phase, load, time, requests, why. */
type Row = readonly [string, string, string, string, string];

/** The phases, how long they take, and what the verdict needs. @param plan of the search, its baseline included */
export function planTable(phases: Phases, search: Search, plan: SearchPlan, service: Service): string[] {
  const { warmup, baselineSeconds, validationSeconds } = phases;
  const least = leastOf(service);
  const steady = (rate: number, seconds: number) =>
    [`${rate} req/s`, timeText(seconds), String(Math.round(rate * seconds))] as const;
  const rows: Row[] = [
    ['warm-up', ...steady(warmup.rate, warmup.seconds), 'not measured: caches fill, clocks rise'],
    ['baseline', ...steady(search.baseline, baselineSeconds), 'what the other loads are compared with'],
    searchRow(phases, search, plan),
    [
      'validation',
      'as found',
      timeText(validationSeconds),
      least ? `≥ ${least.requests}` : 'depends',
      needText(service),
    ],
    ['in all', '', `~ ${timeText(wholeSeconds(phases, plan))}`, '', ''],
  ];
  const column = (head: string, at: number, width: number, left: boolean): Column<Row> => ({
    head,
    width,
    left,
    cell: (row) => row[at] ?? '',
  });
  return table<Row>(
    [
      column('phase', 0, 10, true),
      column('load', 1, 15, true),
      column('time', 2, 8, false),
      column('requests', 3, 8, false),
      column('why', 4, 0, true),
    ],
    warmup.seconds > 0 ? rows : rows.slice(1),
  ).flatMap((line) => fold(line));
}

function searchRow({ staircase, baselineSeconds }: Phases, { overhead }: Search, plan: SearchPlan): Row {
  const time = `~ ${timeText(Math.max(0, plan.seconds - baselineSeconds - overhead))}`;
  if (!staircase) return ['search', `~ ${Math.max(0, plan.probes - 1)} load(s)`, time, 'depends', precisionText(plan)];
  const { loads, seconds } = staircase;
  const most = Math.round(loads.reduce((a, b) => a + b, 0) * seconds);
  return ['search', `${loads[0]}–${loads.at(-1)} req/s`, time, `≤ ${most}`, 'until one breaks and the next one too'];
}

const precisionText = ({ precision }: SearchPlan): string =>
  precision === undefined ? 'the limit, if the time is enough to reach it' : `the limit to ${percentText(precision)}`;

/** s from the beginning to the end. @param plan of the search, its baseline included */
const wholeSeconds = ({ warmup, validationSeconds }: Phases, { seconds }: Pick<SearchPlan, 'seconds'>): number =>
  (warmup.seconds > 0 ? warmup.seconds + START : 0) + seconds + START + validationSeconds;

interface Least {
  term: string;
  share: number;
  requests: number;
}

/** The percentile that takes the most requests to certify, and how many these are with no miss. */
function leastOf({ terms, confidence }: Service): Least | undefined {
  if (confidence === undefined) return undefined;
  const all = terms.flatMap(({ text: term, ...more }): Least[] => {
    const share = 'stat' in more ? SHARE[more.stat] : undefined;
    return share === undefined ? [] : [{ term, share, requests: requestsToCertify(share, 0, confidence) }];
  });
  return all.sort((a, b) => b.requests - a.requests)[0];
}

function needText(service: Service): string {
  const { name, confidence } = service;
  if (confidence === undefined) return `observes ${name}`;
  const least = leastOf(service);
  if (!least) return `judges ${name} by its values`;
  const { term, share, requests } = least;
  const one = requestsToCertify(share, 1, confidence);
  return `certifies ${name} at ${confidenceText(confidence)}: ${term} takes ${requests} requests, ${one} with one miss`;
}

/** What the validation will be, once its load is known. */
export function validationText(service: Service, rate: number, seconds: number): string {
  const requests = Math.round(rate * seconds);
  const head = `validation: ${rate} req/s for ${timeText(seconds)}, ${requests} requests`;
  const least = leastOf(service);
  if (!least || service.confidence === undefined) return head;
  const misses = missesToCertify(least.share, requests, service.confidence);
  if (misses !== undefined) return `${head}: certifies ${least.term} with up to ${misses} misses`;
  const enough = `${Math.ceil(least.requests / rate / 60)}m`;
  return `${head}: too few to certify ${least.term}, which takes ${least.requests}; --validation-time ${enough} would do`;
}
