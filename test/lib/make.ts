import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Completion } from '../../lib/completion.ts';
import type { Step } from '../../lib/load/plan.ts';
import { COMMON, type CommonSettings, parseSettings } from '../../lib/settings/settings.ts';

/** Settings as a scenario reads them from this environment. */
export const settingsOf = (env: Record<string, string> = {}): CommonSettings => parseSettings(env, COMMON);

type Ok = Extract<Completion, { outcome: 'ok' }>;
type Failed = Exclude<Completion, Ok>;

const EXCHANGE = {
  model: 'm',
  requestId: 'id',
  startedAt: 1000,
  connectMs: 0,
  cold: false,
  resent: 0,
  endMs: 1000,
  frames: 10,
  tokenSource: 'server',
} as const;

/** Ten tokens in ten frames: the first after 100 ms, then one each 100 ms. */
export const ok = (parts: Partial<Ok> = {}): Ok =>
  counted({
    ...EXCHANGE,
    outcome: 'ok',
    usage: { input: 5, output: 10 },
    ttft: 100,
    ttfo: 100,
    e2e: 1000,
    gaps: new Float64Array(9).fill(100),
    ...parts,
  });

export const failed = (parts: Partial<Failed> = {}): Failed =>
  counted({ ...EXCHANGE, outcome: 'timeout_total', error: 'too late', ...parts });

/** Its output tokens as `complete` counts them. */
function counted<C extends Ok | Failed>(c: C): C {
  const output = c.usage?.output || c.frames;
  return output > 0 ? { ...c, output } : c;
}

/** The record of a successful request in `step_1`: 10 tokens in 10 frames from `t` + 100 to `t` + 1000. */
export const line = (t: number, parts: RecordLine = {}): RecordLine => ({
  t,
  i: 0,
  lag: null,
  scenario: 'step_1',
  step: '1',
  phase: 'steady',
  model: 'm',
  answered: 'm',
  outcome: 'ok',
  status: 200,
  resent: 0,
  cold: false,
  connect: 0,
  ttft: 100,
  ttfo: 100,
  e2e: 1000,
  end: 1000,
  gaps: Array(9).fill(100),
  in: 5,
  out: 10,
  frames: 10,
  token_source: 'server',
  id: `id-${t}`,
  warm: false,
  ...parts,
});

/** A record of a request that failed before its first token. */
export const failure = (t: number, parts: RecordLine = {}): RecordLine =>
  line(t, {
    outcome: 'http_error',
    status: 500,
    answered: null,
    ttft: null,
    ttfo: null,
    e2e: null,
    end: 10,
    gaps: null,
    in: null,
    out: null,
    frames: 0,
    token_source: 'none',
    error: 'HTTP 500: broken',
    ...parts,
  });

/** A closed step of one request in flight, 10 s long, from the scenario's start. */
export const closed = (parts: Partial<Step> = {}): Step => ({
  name: 'step_1',
  scenario: 'step_1',
  load: { kind: 'closed', concurrency: 1 },
  phase: 'steady',
  offset: 0,
  duration: 10_000,
  judged: true,
  ...parts,
});

/** An open step of one request a second for 10 s. */
export const open = (parts: Partial<Step> = {}): Step => closed({ load: { kind: 'open', rate: 1 }, ...parts });

export const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
