/** What a bench is going to do, as a table: before it begins. */
import type { SearchPlan } from '../../lib/analysis/limit/search-plan.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { missesToCertify, requestsToCertify } from '../../lib/analysis/stats/certify.ts';
import { confidenceText, SHARE } from '../../lib/analysis/verdict.ts';
import { fold, table, timeText } from '../../lib/report/table.ts';
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

interface Row {
  phase: string;
  load: string;
  time: string;
  requests: string;
  why: string;
}

/** The phases, how long they take, and what the verdict needs. @param plan of the search, its baseline included */
export function planTable(phases: Phases, search: Search, plan: SearchPlan, service: Service): string[] {
  const { warmup, baselineSeconds, validationSeconds, staircase } = phases;
  const searchSeconds = Math.max(0, plan.seconds - baselineSeconds - search.overhead);
  const least = leastOf(service);
  const count = (rate: number, seconds: number) => String(Math.round(rate * seconds));
  const rows: Row[] = [
    ...(warmup.seconds > 0
      ? [
          {
            phase: 'warm-up',
            load: `${warmup.rate} req/s`,
            time: timeText(warmup.seconds),
            requests: count(warmup.rate, warmup.seconds),
            why: 'not measured: caches fill, clocks rise',
          },
        ]
      : []),
    {
      phase: 'baseline',
      load: `${search.baseline} req/s`,
      time: timeText(baselineSeconds),
      requests: count(search.baseline, baselineSeconds),
      why: 'what the other loads are compared with',
    },
    {
      phase: 'search',
      load: staircase ? stairs(staircase) : `${Math.max(0, plan.probes - 1)} loads or so`,
      time: `~ ${timeText(searchSeconds)}`,
      requests: staircase
        ? `≤ ${count(
            staircase.loads.reduce((a, b) => a + b, 0),
            staircase.seconds,
          )}`
        : 'depends',
      why: staircase ? 'until one breaks and the next one too' : precisionText(plan),
    },
    {
      phase: 'validation',
      load: 'as found',
      time: timeText(validationSeconds),
      requests: least ? `≥ ${least.requests}` : 'depends',
      why: needText(service),
    },
    {
      phase: 'in all',
      load: '',
      time: `~ ${timeText(wholeSeconds(phases, plan))}`,
      requests: '',
      why: '',
    },
  ];
  return table<Row>(
    [
      { head: 'phase', width: 10, left: true, cell: (r) => r.phase },
      { head: 'load', width: 15, left: true, cell: (r) => r.load },
      { head: 'time', width: 8, cell: (r) => r.time },
      { head: 'requests', width: 8, cell: (r) => r.requests },
      { head: 'why', width: 0, left: true, cell: (r) => r.why },
    ],
    rows,
  ).flatMap((line) => fold(line));
}

const stairs = ({ loads }: NonNullable<Search['staircase']>): string => `${loads[0]}–${loads.at(-1)} req/s`;

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
