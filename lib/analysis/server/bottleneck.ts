/** What slows a server down in a step, by rules in this order; the first that holds is named with its evidence. */
import { SIGNALS, type SignalName } from './catalogue.ts';
import type { Bottleneck, BottleneckKind } from './result.ts';
import type { Reading } from './series.ts';

/** A step, by its server and by us. */
export interface Seen {
  /** `45 req/s` */
  load: string;
  readings: Partial<Record<SignalName, Reading>>;
  /** Requests in flight, by us. */
  inFlight?: number;
  /** Mean, ms. */
  itl?: number;
  tokens?: { server: number; ours: number };
}

/** Fewer scrapes than this within a step show nothing. */
export const LEAST_SAMPLES = 3;

/** From this share on a network, a KV cache or a GPU has nothing left to speak of; of a CPU, CPU_FULL. */
const FULL = 0.9;
const CPU_FULL = 0.95;

type Rule = (seen: Seen, all: readonly Seen[]) => string | undefined;

const RULES: readonly (readonly [BottleneckKind, Rule])[] = [
  ['network', fullNetwork],
  ['network', onTheWay],
  ['kv_cache', fullCache],
  ['queue', fullBatch],
  ['cpu', fullCpu],
  ['compute', busyGpu],
];

/** @param all the steps of the run, this one too */
export function bottleneckOf(seen: Seen, all: readonly Seen[]): Bottleneck | null {
  for (const [kind, rule] of RULES) {
    const why = rule(seen, all);
    if (why !== undefined) return { kind, why };
  }
  return null;
}

/** Where it was scraped often enough. */
function of({ readings }: Seen, signal: SignalName): Reading | undefined {
  const reading = readings[signal];
  return reading && reading.samples >= LEAST_SAMPLES ? reading : undefined;
}

/** Requests stand in line for a good part of their time: the odd one that comes between two steps of the engine does not. */
function waits(seen: Seen): Reading | undefined {
  const waiting = of(seen, 'waiting');
  const running = of(seen, 'running')?.mean ?? 0;
  return waiting && waiting.mean >= 1 && waiting.mean >= 0.1 * running ? waiting : undefined;
}

function fullNetwork(seen: Seen): string | undefined {
  for (const signal of ['network_tx', 'network_rx'] as const) {
    const reading = of(seen, signal);
    if (reading?.limit === undefined || reading.mean < FULL * reading.limit) continue;
    const [mean, limit] = [reading.mean, reading.limit].map(bytes);
    return `the network is full: ${SIGNALS[signal].title} ${mean} of ${limit} at ${seen.load}${waitsFor(seen)}`;
  }
  return undefined;
}

const waitsFor = (seen: Seen): string => (waits(seen) ? '' : of(seen, 'waiting') ? ', while no request waits' : '');

/** The server is done with requests that we still wait for. Where it counts fewer tokens than we do, a part of it is not seen. */
function onTheWay(seen: Seen): string | undefined {
  const [running, waiting, { tokens, inFlight }] = [of(seen, 'running'), of(seen, 'waiting'), seen];
  if (!running || !waiting || !tokens || inFlight === undefined || tokens.server < 0.9 * tokens.ours) return undefined;
  const there = running.mean + waiting.mean;
  if (inFlight < 2 * there + 2) return undefined;
  return (
    `requests are on their way, not in the server: ${count(inFlight)} in flight at ${seen.load}, ` +
    `${count(running.mean)} running and ${count(waiting.mean)} waiting there`
  );
}

function fullCache(seen: Seen): string | undefined {
  const [waiting, cache, preempted] = [waits(seen), of(seen, 'kv_cache'), of(seen, 'preemptions')];
  const thrownOut = (preempted?.mean ?? 0) > 0;
  const full = cache !== undefined && cache.mean >= FULL;
  if (!(waiting && (full || thrownOut)) && !(full && thrownOut)) return undefined;
  return [
    waiting
      ? `requests wait: ${count(waiting.mean)} at ${seen.load}`
      : `running requests are thrown out at ${seen.load}`,
    ` while the KV cache is ${cache ? `at ${percent(cache.mean)}` : 'full'}`,
    thrownOut && preempted ? `, ${rate(preempted.mean)} preemptions/s` : '',
  ].join('');
}

/** No step had more requests running, and others wait for a place. */
function fullBatch(seen: Seen, all: readonly Seen[]): string | undefined {
  const [waiting, running, cache] = [waits(seen), of(seen, 'running'), of(seen, 'kv_cache')];
  if (!waiting || (running && running.mean < FULL * highest(all))) return undefined;
  return [
    `requests wait: ${count(waiting.mean)} at ${seen.load}`,
    running ? ` while the batch is full: ${count(running.mean)} running, and never more` : '',
    cache ? `, KV cache at ${percent(cache.mean)}` : ', and how full the KV cache is is not known',
  ].join('');
}

const highest = (all: readonly Seen[]): number => Math.max(0, ...all.map((seen) => of(seen, 'running')?.max ?? 0));

function fullCpu(seen: Seen): string | undefined {
  const cpu = of(seen, 'cpu');
  if (!cpu || cpu.mean < CPU_FULL) return undefined;
  const gpu = of(seen, 'gpu');
  return `the host's CPU is at ${percent(cpu.mean)} at ${seen.load}${gpu ? `, its GPU at ${percent(gpu.mean)}` : ''}`;
}

/** A GPU that is always busy is no limit by itself: tokens must take longer for it, or requests wait beside free places. */
function busyGpu(seen: Seen, all: readonly Seen[]): string | undefined {
  const [gpu, running, waiting, cache] = [of(seen, 'gpu'), of(seen, 'running'), waits(seen), of(seen, 'kv_cache')];
  if (!gpu || !running || gpu.mean < FULL) return undefined;
  const busy = `the GPU is busy ${percent(gpu.mean)} of the time at ${seen.load}`;
  if (waiting) {
    const free = `${count(running.mean)} running where ${count(highest(all))} did, KV cache at ${percent(cache?.mean ?? 0)}`;
    return cache ? `${busy}, and ${count(waiting.mean)} requests wait although there are places: ${free}` : undefined;
  }
  const least = all.reduce((a, b) =>
    (of(b, 'running')?.mean ?? Infinity) < (of(a, 'running')?.mean ?? Infinity) ? b : a,
  );
  const before = of(least, 'running')?.mean ?? Infinity;
  if (seen.itl === undefined || least.itl === undefined) return undefined;
  if (running.mean < 1.5 * before || seen.itl < 1.3 * least.itl) return undefined;
  return (
    `${busy} and takes longer for each token the more requests run: ITL ${ms(seen.itl)} with ${count(running.mean)} running, ` +
    `${ms(least.itl)} with ${count(before)}; ${of(seen, 'waiting') ? 'hardly any waits' : 'whether any waits is not known'}`
  );
}

const count = (value: number): string => (value < 10 ? Number(value.toFixed(1)) : Math.round(value)).toString();
const rate = (value: number): string => (value < 0.1 ? value.toPrecision(1) : value.toFixed(1));
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
const bytes = (value: number): string =>
  value < 1e6
    ? `${(value / 1e3).toFixed(1)} kB/s`
    : value < 1e9
      ? `${(value / 1e6).toFixed(1)} MB/s`
      : `${(value / 1e9).toFixed(2)} GB/s`;
