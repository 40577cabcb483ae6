import { Counter, Rate, Trend } from 'k6/metrics';
import type { RequestLimits } from '../thresholds/slo.ts';
import { native } from './client/native.ts';
import type { Completion } from './completion.ts';
import type { Recorded } from './record.ts';

/** Every metric: what it is, its unit, and its formula as MEASURING.md has it. The only place that makes k6 metrics. */
interface Metric {
  kind: 'trend' | 'counter' | 'rate';
  unit: 'ms' | 'requests' | 'tokens' | 'frames' | 'share' | 'terms';
  help: string;
}

/** Time per output token: (E2E − TTFT) / (tokens − 1). Undefined below two tokens and where tokens were not streamed. */
export function tpot(c: Completion): number | undefined {
  if (c.outcome !== 'ok' || c.ttft === undefined) return undefined;
  if (c.usage?.reasoning && c.ttfo === c.ttft) return undefined; // its tokens have no frames
  const tokens = c.output ?? 0;
  return tokens > 1 && c.frames > 1 ? (c.e2e - c.ttft) / (tokens - 1) : undefined;
}

/** The request met its limits; undefined where a limit could not be measured. A failure never does. */
export function inSlo(c: Completion, limits: RequestLimits): boolean | undefined {
  if (c.outcome !== 'ok') return false;
  if (c.ttft === undefined) return limits.ttft === undefined && limits.tpot === undefined ? true : undefined;
  const late = c.plannedAt === undefined ? 0 : Math.max(0, c.startedAt - c.connectMs - c.plannedAt);
  if (limits.ttft !== undefined && c.ttft + late > limits.ttft) return false;
  return limits.tpot === undefined || (tpot(c) ?? 0) <= limits.tpot;
}

/** Made when asked for: a VU that registers none needs none of it. */
export const metrics = () =>
  ({
    llm_ttft: { kind: 'trend', unit: 'ms', help: 'first content, reasoning or tool-call frame − t(send)' },
    llm_ttfo: { kind: 'trend', unit: 'ms', help: 'first content or tool-call frame − t(send)' },
    llm_tpot: { kind: 'trend', unit: 'ms', help: '(E2E − TTFT) / (output tokens − 1)' },
    llm_itl: { kind: 'trend', unit: 'ms', help: 'gap between consecutive content frames; one sample a gap' },
    llm_e2e: { kind: 'trend', unit: 'ms', help: 'last content frame − t(send)' },
    llm_connect: { kind: 'trend', unit: 'ms', help: 'opening a connection, TLS included; cold requests only' },
    llm_schedule_lag: { kind: 'trend', unit: 'ms', help: 'actual − planned start, for schedules of our own' },
    llm_requests: { kind: 'counter', unit: 'requests', help: 'measured requests' },
    llm_ttft_samples: {
      kind: 'counter',
      unit: 'requests',
      help: 'requests with a TTFT: k6 passes thresholds without samples',
    },
    llm_output_tokens: { kind: 'counter', unit: 'tokens', help: 'output tokens, by usage else by frames' },
    llm_input_tokens: { kind: 'counter', unit: 'tokens', help: 'input tokens, by usage' },
    llm_frames: { kind: 'counter', unit: 'frames', help: 'frames with content, reasoning or a tool call' },
    llm_resent: {
      kind: 'counter',
      unit: 'requests',
      help: 'sent again because the server had closed a kept-alive connection',
    },
    llm_warmup_requests: { kind: 'counter', unit: 'requests', help: 'unmeasured requests' },
    llm_errors: { kind: 'rate', unit: 'share', help: 'failed / sent' },
    llm_in_slo: { kind: 'rate', unit: 'share', help: 'ok, TTFT and TPOT within the SLO' },
    llm_slo_failed: { kind: 'counter', unit: 'terms', help: 'SLO terms that the records fail, added in teardown' },
    llm_verdicts: {
      kind: 'counter',
      unit: 'terms',
      help: '1 once the records were judged: a run without a verdict fails',
    },
  }) as const satisfies Record<string, Metric>;

export type MetricName = keyof ReturnType<typeof metrics>;

/**
 * The samples of one completion, by metric; what was not measured is not there, nor llm_in_slo without an SLO. Latencies
 * are those of successful requests. `llm_itl` is not among them: its gaps are handed on as they are.
 */
export function samplesOf(c: Completion, limits?: RequestLimits): Partial<Record<MetricName, number>> {
  const samples: Partial<Record<MetricName, number>> = { llm_requests: 1, llm_errors: c.outcome === 'ok' ? 0 : 1 };
  if (c.outcome === 'ok') {
    samples.llm_e2e = c.e2e;
    if (c.ttft !== undefined) {
      samples.llm_ttft = c.ttft;
      samples.llm_ttft_samples = 1;
    }
    if (c.ttfo !== undefined) samples.llm_ttfo = c.ttfo;
    const perToken = tpot(c);
    if (perToken !== undefined) samples.llm_tpot = perToken;
  }
  const met = limits && inSlo(c, limits);
  if (met !== undefined) samples.llm_in_slo = met ? 1 : 0;
  if (c.cold) samples.llm_connect = c.connectMs;
  if (c.plannedAt !== undefined) samples.llm_schedule_lag = c.startedAt - c.connectMs - c.plannedAt;
  if (c.output !== undefined) samples.llm_output_tokens = c.output;
  if (c.usage) samples.llm_input_tokens = c.usage.input;
  if (c.frames) samples.llm_frames = c.frames;
  if (c.resent) samples.llm_resent = c.resent;
  return samples;
}

const REGISTERED: Partial<Record<MetricName, Pick<Trend, 'add'>>> = {};
/** Share of gaps that become samples, where no store keeps them. */
let gapShare = 1;

/**
 * Registers metrics; call in init. All of them in the first VU: k6 aborts on a threshold on an unknown metric.
 * @param share of gaps that become samples of llm_itl: ITL_SAMPLE
 */
export function register(names?: readonly MetricName[], share = gapShare): void {
  const all = metrics();
  gapShare = share;
  for (const name of names ?? (Object.keys(all) as MetricName[])) {
    const { kind, unit } = all[name];
    REGISTERED[name] =
      kind === 'trend' ? new Trend(name, unit === 'ms') : kind === 'counter' ? new Counter(name) : new Rate(name);
  }
}

/** Emits samples, and keeps the record of a request where the store is there (bin/k6). */
export function emit(samples: Partial<Record<MetricName, number>>, tags: Record<string, string>, c?: Recorded): void {
  // Like the other latencies, llm_itl holds successful requests only; the record keeps all gaps.
  const measured = c !== undefined && c.outcome === 'ok' && !c.place.warm;
  if (native && c) {
    native.record(c, samples as Record<string, number>, tags, c.gaps, measured ? 'llm_itl' : undefined);
    return;
  }
  for (const name in samples) REGISTERED[name as MetricName]?.add(samples[name as MetricName] as number, tags);
  const gaps = measured ? c.gaps : undefined;
  if (!gaps) return;
  for (let i = 0; i < gaps.length; i++)
    if (gapShare === 1 || Math.random() < gapShare) REGISTERED.llm_itl?.add(gaps[i] as number, tags);
}
