/** A server that is broken at known times, in virtual time: what clients of it record, frame by frame. */
import { judgeChaos } from '../../lib/analysis/chaos/chaos.ts';
import type { Chaos, FaultNote } from '../../lib/analysis/chaos/result.ts';
import { type Columns, columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { type Measured, measureStep } from '../../lib/analysis/steps.ts';
import type { Phase, Step } from '../../lib/load/plan.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import { createBalance, type Policy } from '../../mock/router/balance.ts';
import { type Draw, drawOf } from './draw.ts';
import { Heap } from './heap.ts';

export const EPOCH = Date.UTC(2026, 0, 1);
/** Virtual ms at which the fault is made and undone, and at which load ends; the first requests start at 0. */
export interface Times {
  inject: number;
  restore: number;
  end: number;
}
export const TIMES: Times = { inject: 20_137, restore: 50_211, end: 80_000 };

/** What happens to one backend while the fault lasts. */
export type Fault =
  /** Its streams are reset, its port is closed. */
  | { kind: 'dead' }
  /** Nothing passes; what had begun goes on afterwards. */
  | { kind: 'partition' }
  /** Reading prompts and writing tokens take so many times as long. */
  | { kind: 'slow'; ttft: number; gap: number }
  /** First tokens come so many ms later. */
  | { kind: 'later'; ms: number }
  /** So large a share of the requests is reset; the rest of them is well. */
  | { kind: 'resets'; share: number }
  | { kind: 'status'; status: number };

export interface Setup {
  rate: number;
  /** Default TIMES. */
  times?: Times;
  /** Faults by backend; one without is well. */
  backends: readonly (Fault | undefined)[];
  ttft: number | Draw;
  gap: number | Draw;
  tokens: number;
  policy?: Policy;
  /** The router takes a backend that is dead out of its rotation. */
  knows?: boolean;
  /** Requests that each backend answers at once; one more waits. Default: without end. */
  slots?: number;
  /** So many times the rate while the fault lasts. */
  spike?: number;
  /** The fault is over at this moment, whoever undoes it when. */
  heals?: number;
  /** It began by itself at this moment. */
  begins?: number;
  /** Share of requests that fail at any time. */
  errors?: number;
  /** No answer within so many ms is a time-out. */
  patience?: number;
}

export interface Broken {
  columns: Columns;
  lines: RecordLine[];
  steps: Step[];
  faults: FaultNote[];
  /** Virtual ms at which the last request began that had to wait for a slot. */
  drained: number;
}

/** Runs it. Streams are settled as they begin: faults come and go at known times. */
export function broken(setup: Setup, seed: number): Broken {
  const { rate, backends, spike = 1, policy = 'round-robin', knows = false, slots = Number.POSITIVE_INFINITY } = setup;
  const random = createRandom(seed);
  const names = backends.map((_, k) => ({ name: `b${k + 1}`, models: ['m'], weight: 1 }));
  const balance = createBalance(names, { policy, random });
  const { times = TIMES } = setup;
  const { inject, restore, end } = times;
  const over = setup.heals ?? restore;
  const from = setup.begins ?? inject;
  /** When the requests of each backend end. */
  const busy = backends.map(() => new Heap());
  const lines: RecordLine[] = [];
  let drained = 0;
  let index = 0;
  for (let t = (random() * 1000) / rate; t < end; t += 1000 / (t >= inject && t < restore ? rate * spike : rate)) {
    for (let k = 0; k < busy.length; k++) {
      balance.healthy(k, !(knows && backends[k]?.kind === 'dead' && t >= from && t < over));
      for (const list = busy[k] as Heap; list.least() <= t; list.pop()) balance.end(k);
    }
    const backend = balance.choose('m')?.backend ?? 0;
    const list = busy[backend] as Heap;
    const wait = list.size >= slots ? Math.max(0, list.largest(slots) - t) : 0;
    if (wait > 0) drained = t;
    const fault = t + 120_000 > from ? backends[backend] : undefined;
    const line = answer(setup, t, wait, fault, from, over, random);
    balance.begin(backend);
    list.push(t + (line.end as number), index);
    // All of one shape: records of many shapes take three times as long to read.
    const { outcome, error, status, headers, ttft, gaps, frames, e2e, end: took, out } = line;
    lines.push({
      t: EPOCH + t,
      i: index++,
      scenario: 'step',
      phase: t < inject ? 'pre' : t < restore ? 'during' : 'post',
      model: 'm',
      backend: headers === null ? null : names[backend]?.name,
      outcome,
      error,
      status,
      resent: 0,
      headers,
      ttft,
      e2e,
      end: took,
      gaps: gaps ?? null,
      out,
      frames,
      warm: false,
    });
  }
  // Records come as answers end.
  lines.sort((a, b) => (a.t as number) + (a.end as number) - (b.t as number) - (b.end as number));
  const faults = [
    { kind: 'fault', did: 'inject', name: 'sim', asked: EPOCH + inject - 3, at: EPOCH + inject },
    { kind: 'fault', did: 'restore', name: 'sim', asked: EPOCH + restore - 3, at: EPOCH + restore },
  ] as const;
  return { columns: columnsOf(lines), lines, steps: stepsOf(rate, spike, times), faults: [...faults], drained };
}

function stepsOf(rate: number, spike: number, { inject, restore, end }: Times): Step[] {
  const step = (phase: Phase, offset: number, to: number, load: number): Step => ({
    name: phase,
    scenario: 'step',
    phase,
    load: { kind: 'open', rate: load },
    offset,
    duration: to - offset,
    judged: phase !== 'during',
    shared: true,
  });
  return [
    step('pre', 0, inject, rate),
    step('during', inject, restore, rate * spike),
    step('post', restore, end, rate),
  ];
}

function answer(
  setup: Setup,
  t: number,
  wait: number,
  fault: Fault | undefined,
  from: number,
  over: number,
  random: Random,
): RecordLine {
  const { tokens, errors = 0, patience = 10_000 } = setup;
  const there = (at: number) => fault !== undefined && at >= from && at < over;
  const failed = (outcome: string, error: string, end: number, more: RecordLine = {}): RecordLine => ({
    outcome,
    error,
    end,
    headers: null,
    frames: 0,
    ...more,
  });
  if (random() < errors) return failed('http_error', 'HTTP 500: oops', 5);
  if (there(t) && fault?.kind === 'dead') return failed('connection', 'dial: connection refused', 1);
  if (there(t) && fault?.kind === 'status')
    return failed('http_error', `HTTP ${fault.status}: no`, 3, { status: fault.status });
  if (there(t) && fault?.kind === 'resets' && random() < fault.share)
    return failed('connection', 'read: connection reset by peer', 20);
  const slow = fault?.kind === 'slow' ? fault : { ttft: 1, gap: 1 };
  const steps = [drawOf(setup.ttft).draw(random) + (there(t) && fault?.kind === 'later' ? fault.ms : 0)];
  const gap = drawOf(setup.gap);
  for (let k = 1; k < tokens; k++) steps.push(gap.draw(random));
  let at = t + wait;
  const frames: number[] = [];
  for (let k = 0; k < steps.length; k++) {
    at = passed(at, steps[k] as number, k === 0 ? slow.ttft : slow.gap, from, over);
    if (fault?.kind === 'dead' && t < from && at >= from)
      return failed('connection', 'read: connection reset by peer', from - t, streamed(frames, t));
    const moved = fault?.kind === 'partition' && there(at) ? over : at;
    if (k === 0 && moved - t > patience) return failed('timeout_first', 'no token', patience);
    if (k > 0 && moved - (frames.at(-1) as number) > patience)
      return failed('timeout_idle', 'idle', (frames.at(-1) as number) + patience - t, streamed(frames, t));
    at = moved;
    frames.push(at);
  }
  const end = at - t;
  return { outcome: 'ok', status: 200, ...streamed(frames, t), e2e: end, end, out: tokens };
}

/** When work of so many ms is done that takes `times` as long from `from` to `over`. */
function passed(at: number, work: number, times: number, from: number, over: number): number {
  const before = Math.min(work, Math.max(0, from - at));
  const inside = Math.min(work - before, Math.max(0, over - Math.max(at, from)) / times);
  return at + before + inside * times + (work - before - inside);
}

function streamed(frames: readonly number[], t: number): RecordLine {
  if (frames.length === 0) return {};
  const gaps: number[] = [];
  for (let k = 1; k < frames.length; k++) gaps.push((frames[k] as number) - (frames[k - 1] as number));
  return { headers: 1, ttft: (frames[0] as number) - t, gaps, frames: frames.length };
}

export const measuredOf = ({ columns, steps }: Pick<Broken, 'columns' | 'steps'>): Measured[] =>
  stepData(columns, steps).map((data) => measureStep(columns, data, undefined));

export const judgeBroken = (run: Broken): Chaos =>
  judgeChaos(run.columns, measuredOf(run), { faults: run.faults, terms: [] });
