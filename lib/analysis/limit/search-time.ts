/** How long the probes of a search are. All times in s. */
import type { Term } from '../../../thresholds/slo.ts';
import { requestsToCertify } from '../stats/certify.ts';
import { SHARE } from '../verdict.ts';
import type { Probe, Search, Tried } from './search-types.ts';

/** Requests that a probe shall have, answers one after the other, least time, and most time for the requests. */
interface Length {
  requests: number;
  answers: number;
  least: number;
  most: number;
}
const BASELINE: Length = { requests: 60, answers: 4, least: 10, most: 60 };
/** With an SLO nothing is compared with the baseline but the client. */
const BASELINE_OF_SLO: Length = { requests: 20, answers: 4, least: 10, most: 20 };
/** s of a quick search's. */
const BASELINE_QUICK = 12;
/** While doubling. */
const COARSE: Length = { requests: 50, answers: 4, least: 10, most: 30 };
/** Where a few per cent of the arrivals that pile up must be seen, in 12 blocks of which the first answer's are cut off. */
const FINE: Length = { requests: 400, answers: 6, least: 20, most: 60 };
/** The same where arrivals are random: time for several queues to come and go. */
const FINE_RANDOM: Length = { ...FINE, least: 40 };
/** How much longer a load is tried again. */
const AGAIN = 3;
/** More requests than certifying needs with the misses so far, since a few more may miss. */
const MARGIN = 1.25;
/** A load whose misses ask for so many times more than no miss would is too near to the limit. */
const MOST_CERTIFYING = 5;

/** E2E p90 of the baseline. */
export function answerSeconds({ alone }: Search, tried: readonly Tried[]): number {
  const p90 = (tried[0]?.result.metrics.e2e?.p90 ?? 0) / 1000;
  return p90 > 0 ? p90 : alone;
}

function lengthOf({ requests, answers, least, most }: Length, perSecond: number, answer: number): number {
  return Math.ceil(Math.max(answers * answer, least, Math.min(most, requests / perSecond)));
}

const perSecond = ({ by }: Search, load: number, answer: number): number => (by === 'rate' ? load : load / answer);

export function baselineSeconds(search: Search): number {
  const { baseline, alone, terms, quick } = search;
  if (search.baselineSeconds !== undefined) return search.baselineSeconds;
  if (quick) return BASELINE_QUICK;
  return lengthOf(terms.length > 0 ? BASELINE_OF_SLO : BASELINE, perSecond(search, baseline, alone), alone);
}

/** @param fine the load is between one that held and one that broke */
export function probeSeconds(search: Search, tried: readonly Tried[], load: number, fine: boolean): number {
  const before = tried.filter((t) => t.probe.load === load && !t.probe.certify).at(-1);
  return Math.max(AGAIN * (before?.probe.seconds ?? 0), newSeconds(search, tried, load, fine));
}

/** For a load that was not tried yet. */
function newSeconds(search: Search, tried: readonly Tried[], load: number, fine: boolean): number {
  const answer = answerSeconds(search, tried);
  const length = !fine ? COARSE : search.random ? FINE_RANDOM : FINE;
  return lengthOf(length, perSecond(search, load, answer), answer);
}

/** Whether a load was only tried for as long as doubling takes. */
export const hastily = (search: Search, tried: readonly Tried[], load: number): boolean =>
  tried.every((t) => t.probe.load !== load || t.probe.seconds < newSeconds(search, tried, load, true));

/** For a load that was tried; 0 where no percentile is to be certified. */
export function certifySeconds({ terms, confidence }: Search, tried: readonly Tried[], load: number): number {
  const last = tried.filter((t) => t.probe.load === load).at(-1);
  const requests = terms.map((term, i) => {
    const least = leastRequests(term, confidence);
    const { n = 0, more } = last?.slo[i] ?? {};
    return Math.min(more ? n + more.requests : least, MOST_CERTIFYING * least);
  });
  const most = Math.max(0, ...requests);
  return most === 0 ? 0 : Math.max(FINE.least, Math.ceil((MARGIN * most) / (last?.result.achieved || load)));
}

/** With no miss. */
function leastRequests(term: Term, confidence: number): number {
  const share = 'stat' in term ? SHARE[term.stat] : undefined;
  return share === undefined ? 0 : requestsToCertify(share, 0, confidence);
}

/** What a probe takes beside its measured time, answers that are still to come left out; by those so far, where that is more. */
export function overheadSeconds({ overhead }: Search, tried: readonly Tried[], elapsed: number): number {
  const measured = tried.reduce((sum, t) => sum + t.probe.seconds, 0);
  return Math.max(overhead, (elapsed - measured) / Math.max(1, tried.length));
}

/** From a probe's measured end until the server is idle again: what piled up, if the server can do no more than what held. */
export const drainSeconds = (search: Search, tried: readonly Tried[], { load, seconds }: Probe, held: number): number =>
  answerSeconds(search, tried) * (search.by === 'rate' ? 1 : load / held) +
  (search.by === 'rate' ? Math.max(0, load / held - 1) * seconds : 0);
