/**
 * The search in a hundred seconds, by capacity: after the baseline loads go up eightfold until one breaks; what the server
 * finishes of that is what it can do, so the next probes lie a little below and a little above. The guess only says where to
 * look: what held and what broke is for the rules to say, with QUICK_LINES.
 */
import { MOST, middle } from './search.ts';
import { type Bracket, bracketOf, type LoadVerdict } from './search-judge.ts';
import { answerSeconds, baselineSeconds } from './search-time.ts';
import type { Probe, Search, Tried } from './search-types.ts';

/** s for all of it, baseline included, where no budget is given. */
export const QUICK_SECONDS = 100;
/** How many times more is tried next, the first that fits; and where answers take so many times longer than alone. */
const STEPS_UP = [8, 4, 2];
const SLOWED = 1.5;
const STEP_WHERE_SLOWED = [2];
/** Time of a probe on the way up, in answers and in requests, and its bounds in s: enough to fill a batch and begin a queue. */
const UP = { answers: 3.5, requests: 60, enough: 4, least: 5, most: 6, mostForRequests: 8 };
/** Where to look, as shares of the capacity; the later ones for where the ones before were too much, or too little. */
const BELOW = [0.92, 0.8, 0.65];
const ABOVE = [1.4, 1.8];
/** Shares of the capacity beyond which an end of the range is near enough. */
const [LOW_ENOUGH, HIGH_ENOUGH] = [0.85, 1.6];
/** What broke is at most so much above what held: probes of seconds cannot tell loads apart that are nearer. */
const PRECISION = 0.25;
/** A load of which the server finishes less than this share a second looks like too much. */
const BEHIND = 0.75;
/** How much longer than alone the last answers of a probe take. */
const LAST_ANSWERS = 1.5;

/** How long a probe shall be, and what would still do: s, answers one after the other, requests. */
type Length = Record<'wanted' | 'enough', { least: number; answers: number; requests: number }>;
/** A batch takes about an answer to fill. */
const NEAR: Length = {
  wanted: { least: 8, answers: 1.4, requests: 60 },
  enough: { least: 8, answers: 1, requests: 30 },
};
const NEARER: Length = {
  wanted: { least: 12, answers: 4, requests: 120 },
  enough: { least: 12, answers: 3, requests: 60 },
};

/** The next probe; undefined when the search is over, or no probe that would tell anything fits. @param elapsed s */
export function nextQuick(search: Search, tried: readonly Tried[], elapsed: number): Probe | undefined {
  if (tried.length === 0) return { load: search.baseline, seconds: baselineSeconds(search) };
  const bracket = bracketOf(search, tried);
  const { broken } = bracket;
  if (broken !== undefined && broken <= search.baseline) return undefined;
  const left =
    (search.budget ?? QUICK_SECONDS) - elapsed - search.overhead - LAST_ANSWERS * answerSeconds(search, tried);
  const guess = guessed(tried, bracket);
  const found = guess && near(search, bracket, guess, left);
  return found ?? (broken === undefined ? up(tried, bracket, guess, left) : undefined);
}

/** What the server can do, by the highest load, or the lowest that broke. */
interface Guess {
  /** The load itself. */
  top: number;
  /** req/s */
  capacity: number;
  /** s that an answer takes there once it has begun. */
  answer: number;
}

/** Undefined while no load was too much or looked so. */
function guessed(tried: readonly Tried[], { loads, broken }: Bracket): Guess | undefined {
  const highest = loads.at(-1) as LoadVerdict;
  const top = broken ?? highest.load;
  const over = tried.filter((t) => t.probe.load >= top);
  const alone = tried[0]?.evidence.heldP50 ?? 0;
  const capacity = Math.max(...over.map((t) => pace(t, alone)));
  const last = over.at(-1);
  if (!last || capacity === 0) return undefined;
  const { e2e, ttft } = last.result.metrics;
  const answer = Math.max(0, (e2e?.p90 ?? 0) - (ttft?.p50 ?? 0));
  const seemsTooMuch = highest.verdict !== 'held' && isSlow(last, tried) && capacity < BEHIND * top;
  return broken !== undefined || seemsTooMuch ? { top, capacity, answer: answer / 1000 } : undefined;
}

/** Answers a second that the server finished: nine tenths of them, less the time of one alone, in which none can be. */
const pace = ({ evidence: { ok, nineTenths } }: Tried, alone: number): number =>
  nineTenths > alone ? (900 * ok) / (nineTenths - alone) : 0;

const isSlow = ({ evidence }: Tried, [baseline]: readonly Tried[]): boolean =>
  evidence.heldP50 > SLOWED * (baseline?.evidence.heldP50 ?? 0);

/** A load near what the server can do. */
function near(search: Search, bracket: Bracket, guess: Guess, left: number): Probe | undefined {
  const { top, capacity, answer } = guess;
  const { loads, held = search.baseline, broken } = bracket;
  const beyond = loads.filter((j) => j.load > held && isBeyond(bracket, j));
  const ceiling = beyond[0]?.load ?? top;
  const floor = Math.max(held, ...beyond.filter((j) => j.load < top).map((j) => j.load));
  const at = (share: number) => rounded(share * capacity);
  const low = held < LOW_ENOUGH * capacity ? BELOW.map(at).find((load) => load > held && load < ceiling) : undefined;
  const far = broken === undefined || broken > HIGH_ENOUGH * capacity;
  const high = far ? ABOVE.map(at).find((load) => load > floor && load < top) : undefined;
  const probe = (load: number | undefined, { wanted, enough }: Length): Probe | undefined => {
    if (load === undefined || loads.some((j) => j.load === load)) return undefined;
    const [most, least] = [wanted, enough].map((l) => Math.max(l.least, l.answers * answer, l.requests / load));
    const seconds = Math.floor(Math.min(most as number, longest(load, capacity, left)));
    return seconds >= Math.floor(least as number) ? { load, seconds } : undefined;
  };
  const found = probe(low, NEAR) ?? probe(high, NEAR);
  if (found || low !== undefined || broken === undefined) return found;
  return probe(middle({ ...search, precision: Math.max(search.precision, PRECISION) }, held, ceiling), NEARER);
}

/** Beyond a line, though it may be chance; not: too short to tell. */
const isBeyond = ({ checks }: Bracket, { step }: LoadVerdict): boolean =>
  checks.some((c) => c.step === step && (c.verdict === 'unclear' || c.verdict === 'broken'));

/** On the way up, as far and for as long as fits if the server can do no more than what it did last. */
function up(tried: readonly Tried[], bracket: Bracket, guess: Guess | undefined, left: number): Probe | undefined {
  const last = bracket.loads.at(-1) as LoadVerdict;
  const latest = tried.at(-1) as Tried;
  const answer = (latest.result.metrics.e2e?.p90 ?? 0) / 1000;
  const broke = bracket.checks.some((c) => c.step === last.step && c.verdict === 'broken'); // though not for certain
  const careful = broke || isSlow(latest, tried);
  for (const step of careful ? STEP_WHERE_SLOWED : STEPS_UP) {
    const load = step * last.load;
    const wanted = Math.max(
      UP.least,
      Math.min(UP.most, UP.answers * answer),
      Math.min(UP.mostForRequests, UP.requests / load),
    );
    const seconds = Math.floor(Math.min(wanted, longest(load, guess?.capacity ?? last.load, left)));
    if (load <= MOST && seconds >= UP.enough) return { load, seconds };
  }
  return undefined;
}

/** s that a probe may take, with what it leaves to be worked off if the server can do so much. */
const longest = (load: number, capacity: number, left: number): number => left / Math.max(1, load / capacity);

const rounded = (load: number): number => Number(load.toPrecision(3));
