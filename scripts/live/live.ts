import { quantile } from '../../lib/analysis/stats/quantile.ts';
import { msText, rateText } from '../../lib/report/table.ts';
import type { Planned } from './plan.ts';

/** Figures are of what ended in so many ms before now. */
const WINDOW = 10_000;

/** What is going on, out of the lines of a records file as they come. */
export interface Live {
  see(line: string): void;
  /** One line for a person; undefined before anything is known. */
  text(): string | undefined;
  /** The same for a narrow line: req/s, TTFT p99, failures. */
  brief(): string | undefined;
}

interface Ended {
  at: number;
  ttft: number | undefined;
}

interface Line {
  kind?: string;
  t?: number;
  in_flight?: number;
  frames?: number;
  end?: number;
  ttft?: number | null;
  scenario?: string;
  phase?: string;
  outcome?: string;
  warm?: boolean;
  turn?: number | null;
}

export function createLive(plan: readonly Planned[]): Live {
  let now = 0;
  let began: number | undefined;
  let inFlight = 0;
  let stage = '';
  let done = 0;
  let failed = 0;
  const doneOf = new Map<string, number>();
  let ended: Ended[] = [];
  let frames: { at: number; count: number }[] = [];

  function see(text: string): void {
    const line = parse(text);
    if (line?.t === undefined) return;
    if (line.kind === 'live') {
      now = Math.max(now, line.t);
      inFlight = line.in_flight ?? 0;
      frames.push({ at: line.t, count: line.frames ?? 0 });
    } else if (line.kind === undefined) {
      began = Math.min(began ?? line.t, line.t);
      done++;
      if (line.outcome !== 'ok') failed++;
      const { scenario = '?', phase = '' } = line;
      // What a plan counts are iterations, and one of conversations has several requests.
      if (!line.warm && !((line.turn ?? 1) > 1)) doneOf.set(scenario, (doneOf.get(scenario) ?? 0) + 1);
      stage = line.warm ? 'warm-up' : phase === 'steady' ? scenario : `${scenario} ${phase}`;
      ended.push({ at: line.t + (line.end ?? 0), ttft: line.ttft ?? undefined });
    }
  }

  /** Tokens a second as frames a second: usage comes only at an answer's end. */
  function frameRate(): number | undefined {
    const [first, last] = [frames[0], frames.at(-1)];
    if (!first || !last || last.at <= first.at) return undefined;
    return ((last.count - first.count) * 1000) / (last.at - first.at);
  }

  /** Of the last ten seconds; undefined before anything has begun. */
  function recent(): { elapsed: number; seconds: number; rate: string; ttft: Float64Array } | undefined {
    if (began === undefined) return undefined;
    now = Math.max(now, ...ended.slice(-1).map((e) => e.at));
    ended = ended.filter((e) => e.at >= now - WINDOW);
    frames = frames.filter((f, i) => f.at >= now - WINDOW || frames[i + 1] === undefined);
    const seconds = Math.min(WINDOW, Math.max(1000, now - began)) / 1000;
    const rate = `${rateText(ended.length / seconds)} req/s`;
    return { elapsed: now - began, seconds, rate, ttft: Float64Array.from(ended.flatMap((e) => e.ttft ?? [])).sort() };
  }

  function text(): string | undefined {
    const figures = recent();
    if (!figures) return inFlight > 0 ? `starting · ${inFlight} in flight` : undefined;
    const { elapsed, seconds, rate, ttft } = figures;
    const first = ttft.length ? `TTFT p50 ${msText(quantile(ttft, 0.5))} p99 ${msText(quantile(ttft, 0.99))} ms` : '';
    return [
      stage,
      timeLeft(plan, doneOf, elapsed),
      `${inFlight} in flight`,
      `last ${Math.round(seconds)} s: ${rate} ${rateText(frameRate())} tok/s`,
      first,
      `${failed} of ${done} failed`,
    ]
      .filter(Boolean)
      .join(' · ');
  }

  function brief(): string | undefined {
    const figures = recent();
    if (!figures) return undefined;
    const { rate, ttft } = figures;
    const first = ttft.length ? `TTFT p99 ${msText(quantile(ttft, 0.99))} ms` : '';
    return [rate, first, `${failed} failed`].filter(Boolean).join(' · ');
  }
  return { see, text, brief };
}

/** Until the last scenario's planned end, or until its requests are done at the pace so far. */
export function timeLeft(plan: readonly Planned[], doneOf: ReadonlyMap<string, number>, elapsed: number): string {
  let end: number | undefined = 0;
  for (const { name, start, length, requests } of plan) {
    const done = doneOf.get(name) ?? 0;
    const byCount = requests && done > 0 ? start + ((elapsed - start) * requests) / done : undefined;
    const own = length === undefined ? byCount : Math.min(start + length, byCount ?? Number.POSITIVE_INFINITY);
    end = end === undefined || own === undefined ? undefined : Math.max(end, own);
  }
  if (end === undefined) return '';
  const left = Math.round((end - elapsed) / 1000);
  return left > 0 ? `${clock(left)} left` : 'finishing';
}

/** 75 → 1:15 */
export const clock = (seconds: number): string =>
  seconds < 3600
    ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    : `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
