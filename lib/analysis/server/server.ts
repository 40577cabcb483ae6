/** What a server's own metrics say of the steps of a run. */
import type { Results, StepResult } from '../../results.ts';
import { loadOf } from '../limit/limit.ts';
import { spearman } from '../stats/spearman.ts';
import { bottleneckOf, LEAST_SAMPLES, type Seen } from './bottleneck.ts';
import { SIGNAL_NAMES, SIGNALS, type Signal, type SignalName } from './catalogue.ts';
import type { Correlation, GpuBand, ServerResult, ServerStep } from './result.ts';
import { type Reading, reading, type Series } from './series.ts';

/** A signal that somebody told of. */
export interface Found {
  /** A SignalName, or the name of a query of one's own. */
  signal: string;
  source: string;
  query: string;
  series: readonly Series[];
  /** Nothing is judged by it. */
  broad?: true;
  /** Absent: as in SIGNALS. */
  own?: Pick<Signal, 'kind' | 'over' | 'limit'> & { unit: string };
}

const isSignal = (name: string): name is SignalName => Object.hasOwn(SIGNALS, name);

/** @param prometheus its address as it may be shown */
export function judgeServer(results: Results, prometheus: string, found: readonly Found[]): ServerResult {
  const measured = stepsOf(results);
  const read = measured.map((step) => ({ step, ...readingsOf(step, found) }));
  const broad = new Set(found.filter((one) => one.broad).map(({ signal }) => signal));
  const seen = read.map(({ step, readings, tokens }) => seenIn(step, without(readings, broad), tokens));
  const steps = read.map(
    ({ step, ...rest }, k): ServerStep => ({
      step: step.name,
      ...rest,
      bottleneck: bottleneckOf(seen[k] as Seen, seen),
    }),
  );
  const absent = SIGNAL_NAMES.filter((name) => !steps.some(({ readings }) => readings[name]));
  const judged = judgedStep(results, measured);
  const band = bandOf(results, steps[judged]);
  return {
    prometheus,
    signals: found.map(({ signal, source, query, series, own }) => ({
      signal,
      source,
      query,
      unit: own?.unit ?? (isSignal(signal) ? SIGNALS[signal].unit : ''),
      instances: [...new Set(series.map(({ instance }) => instance))].sort(),
    })),
    absent,
    steps,
    correlations: correlationsOf(measured, steps),
    ...(band && { gpuBand: band }),
    bottleneck: primary(steps, judged, absent),
    notes: notesOf(found, steps),
  };
}

/** Steady ones, where there are any. */
function stepsOf({ steps }: Results): StepResult[] {
  const sent = steps.filter(({ requests }) => requests > 0);
  const steady = sent.filter(({ phase }) => phase === 'steady');
  return steady.length > 0 ? steady : sent;
}

function readingsOf(step: StepResult, found: readonly Found[]): Pick<ServerStep, 'readings' | 'custom' | 'tokens'> {
  const readings: Partial<Record<SignalName, Reading>> = {};
  const custom: Record<string, Reading> = {};
  for (const { signal, series, own } of found) {
    const known = isSignal(signal);
    const value = reading(own ?? SIGNALS[signal as SignalName], series, step.window);
    if (value && known) readings[signal] = value;
    else if (value) custom[signal] = value;
  }
  const [server, ours] = [readings.tokens?.mean, step.throughput];
  return { readings, custom, ...(server !== undefined && ours !== undefined && { tokens: { server, ours } }) };
}

const without = (readings: ServerStep['readings'], names: ReadonlySet<string>): ServerStep['readings'] =>
  Object.fromEntries(Object.entries(readings).filter(([name]) => !names.has(name)));

const seenIn = (step: StepResult, readings: Seen['readings'], tokens: Seen['tokens']): Seen => ({
  load: `${loadOf(step)} ${step.load.kind === 'open' ? 'req/s' : 'in flight'}`,
  readings,
  ...(step.inFlight !== undefined && { inFlight: step.inFlight }),
  ...(step.metrics.itl?.mean !== undefined && { itl: step.metrics.itl.mean }),
  ...(tokens && { tokens }),
});

/** The lowest load that broke the server, else the highest. */
function judgedStep({ limit }: Results, steps: readonly StepResult[]): number {
  const broke = steps.findIndex((step) => limit && loadOf(step) === limit.range[1]);
  if (broke >= 0) return broke;
  return steps.reduce((most, step, k) => (loadOf(step) >= loadOf(steps[most] as StepResult) ? k : most), 0);
}

function primary(
  steps: readonly ServerStep[],
  judged: number,
  absent: readonly SignalName[],
): ServerResult['bottleneck'] {
  const at = steps[judged];
  if (at?.bottleneck) return { kind: at.bottleneck.kind, step: at.step, sentence: at.bottleneck.why };
  const missing = (['waiting', 'running', 'kv_cache', 'gpu'] as const).filter((name) => absent.includes(name));
  const few = Object.values(at?.readings ?? {}).every(({ samples }) => samples < LEAST_SAMPLES);
  const why = [
    ...(few ? [`fewer than ${LEAST_SAMPLES} scrapes in ${at?.step ?? 'any step'}`] : []),
    ...(missing.length > 0 ? [`nothing is known of ${missing.map((name) => SIGNALS[name].title).join(', ')}`] : []),
  ];
  return { kind: null, step: at?.step ?? null, sentence: ['none shown', ...why].join('; ') };
}

/** Fewer steps than this show no order. */
const LEAST_STEPS = 4;

function correlationsOf(measured: readonly StepResult[], steps: readonly ServerStep[]): Correlation[] {
  const names = [...SIGNAL_NAMES, ...new Set(steps.flatMap(({ custom }) => Object.keys(custom)))];
  return (['ttft', 'itl'] as const).flatMap((latency) =>
    names.flatMap((signal) => {
      const pairs = steps.flatMap(({ readings, custom }, k) => {
        const value = (isSignal(signal) ? readings[signal] : custom[signal])?.mean;
        const late = measured[k]?.metrics[latency]?.p99;
        return value === undefined || late === undefined ? [] : [[value, late] as const];
      });
      if (pairs.length < LEAST_STEPS) return [];
      const rho = spearman(
        pairs.map(([value]) => value),
        pairs.map(([, late]) => late),
      );
      return rho === undefined ? [] : [{ signal, latency: `${latency}.p99` as const, rho, n: pairs.length }];
    }),
  );
}

/** Of the SLO's kind of work; a chat where it names none. */
function bandOf({ run }: Results, step: ServerStep | undefined): GpuBand | undefined {
  const used = step?.readings.gpu?.mean;
  if (used === undefined) return undefined;
  const batch = /\bbatch\b/.test(String(run.settings.SLO ?? ''));
  const [low, high] = batch ? [0.9, 1] : [0.7, 0.85];
  return { for: batch ? 'batch' : 'chat', low, high, used, is: used < low ? 'below' : used > high ? 'above' : 'in' };
}

function notesOf(found: readonly Found[], steps: readonly ServerStep[]): string[] {
  const several = found.flatMap(({ signal, series }) => {
    const instances = [...new Set(series.map(({ instance }) => instance))].sort();
    return instances.length > 1 ? [{ signal, instances: instances.join(', ') }] : [];
  });
  const told = new Map<string, string[]>();
  for (const { signal, instances } of several) told.set(instances, [...(told.get(instances) ?? []), signal]);
  const few = steps.filter(({ readings }) => Object.values(readings).some(({ samples }) => samples < LEAST_SAMPLES));
  const none = steps.filter(({ readings }) => Object.keys(readings).length === 0);
  const off = steps.filter(({ tokens }) => tokens && Math.abs(tokens.server - tokens.ours) > 0.1 * tokens.ours);
  return [
    ...[...told].map(
      ([instances, signals]) =>
        `${signals.join(', ')}: of ${instances} together, counts added and shares of the fullest; narrow it with --selector`,
    ),
    ...(none.length > 0 ? [`no scrape in ${none.map(({ step }) => step).join(', ')}`] : []),
    ...(few.length > 0
      ? [`fewer than ${LEAST_SAMPLES} scrapes in ${few.map(({ step }) => step).join(', ')}: nothing is judged by them`]
      : []),
    ...tokensNote(
      off.filter((step) => (step.tokens?.server ?? 0) > (step.tokens?.ours ?? 0)),
      MORE,
    ),
    ...tokensNote(
      off.filter((step) => (step.tokens?.server ?? 0) <= (step.tokens?.ours ?? 0)),
      FEWER,
    ),
  ];
}

const MORE = 'more output tokens than we: other clients, requests of the warm-up, or tokens still on their way';
const FEWER = 'fewer output tokens than we: a part of it is not in this Prometheus, or it counts late';

function tokensNote(steps: readonly ServerStep[], says: string): string[] {
  const each = steps.flatMap(({ step, tokens }) =>
    tokens ? [`${Math.round(tokens.server)} to our ${Math.round(tokens.ours)} tok/s in ${step}`] : [],
  );
  return each.length > 0 ? [`the server counts ${says} (${each.join(', ')})`] : [];
}
