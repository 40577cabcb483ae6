import type { Exchange } from 'k6/x/llmload';
import type { Completion } from './completion.ts';
import { COMMON, type Reads } from './settings/settings.ts';

/** Settings that a probe reads; what shapes a load or judges it means nothing to one request. */
export const PROBE_READS = {
  ...COMMON,
  MODEL_A: true,
  MODEL_B: true,
  WEIGHT_A: '0.7',
  WEIGHT_B: '0.3',
  MIX: true,
} as const satisfies Reads;

export type Frame = NonNullable<Exchange['log']>[number];

/** What one request showed of a server. Times in ms since t(send); absent means not visible, or not there. */
export interface ProbeResult {
  model: string;
  url: string;
  driver: string;
  stream: boolean;
  ok: boolean;
  /** The verdict: one line. */
  line: string;
  /** What is wrong is a setting, not the server. */
  setting?: true;
  /** What is worth knowing beside it. */
  notes: string[];
  outcome?: Completion['outcome'];
  status?: number;
  protocol?: string;
  /** The Server header. */
  server?: string;
  contentType?: string;
  requestId?: string;
  connectMs?: number;
  headersMs?: number;
  firstFrameMs?: number;
  ttft?: number;
  e2e?: number;
  endMs?: number;
  /** Frames with content, reasoning or a tool call. */
  frames?: number;
  bytes?: number;
  usage?: Completion['usage'];
  tokenSource?: Completion['tokenSource'];
  finish?: string;
  answered?: string;
  serverTimings?: Record<string, number>;
  /** All of the stream came at once, at its end. */
  buffered?: boolean;
  /** The first and the last frames; `skipped` of them between. */
  log?: Frame[];
  skipped?: number;
}

/** Frames shown of a long stream. */
const FIRST = 20;
const LAST = 5;

export function shorten(log: readonly Frame[]): { log: Frame[]; skipped: number } {
  const skipped = Math.max(0, log.length - FIRST - LAST);
  return { log: skipped === 0 ? [...log] : [...log.slice(0, FIRST), ...log.slice(-LAST)], skipped };
}

/** The same rule as the audit of a run: at least eight frames, and all of them in the last 2 % of the time. */
export function isBuffered({ frames, outcome, ttft, ...c }: Completion): boolean | undefined {
  if (outcome !== 'ok' || ttft === undefined || frames < 8 || !('e2e' in c)) return undefined;
  return c.e2e - ttft < Math.max(1, 0.02 * c.e2e);
}

/** What the verdict needs beside the answer. */
export interface Context {
  url: string;
  driver: string;
  stream: boolean;
  hasKey: boolean;
  /** The path that was asked, and where models are listed. */
  path: string;
  modelsPath: string;
  /** What the latter says, asked only when the answer was an HTTP error; undefined when it says nothing. */
  listed?: readonly string[] | undefined;
  limits: { timeout: number; firstTokenTimeout: number; idleTimeout: number };
}

const s = (ms: number): string => `${Number((ms / 1000).toFixed(3))}s`;
const ms = (t: number | undefined): string => (t === undefined ? '?' : `${t < 10 ? t.toFixed(1) : t.toFixed(0)} ms`);

/** One line about the answer: what it was like, or what is wrong and what to do about it. */
export function verdict(c: Completion, context: Context): { ok: boolean; line: string; notes: string[] } {
  const { url, stream } = context;
  if (c.outcome !== 'ok') return { ok: false, line: wrong(c, context), notes: [] };
  const tokens = c.usage?.output || c.frames;
  const whole = stream && context.driver !== 'http' && c.frames === 0;
  if (whole)
    return {
      ok: false,
      line: `${c.model} at ${url} answers whole although STREAM=true: there is no first token to time; let it stream, or set STREAM=false (--no-stream)`,
      notes: [],
    };
  const how = c.ttft === undefined ? (stream ? 'TTFT not visible' : 'not streamed') : `first token after ${ms(c.ttft)}`;
  const buffered = isBuffered(c);
  const streamed = c.ttft === undefined ? '' : buffered ? ', BUFFERED: all at once at its end' : ', streamed';
  const notes: string[] = [];
  if (buffered) notes.push('something between here and the model buffers the stream: TTFT and ITL will mean nothing');
  if (c.answered !== undefined && c.answered !== c.model) notes.push(`asked for ${c.model}, answers as ${c.answered}`);
  if (c.tokenSource === 'frames') notes.push('the answer has no usage: output tokens are a count of frames');
  if (stream && context.driver === 'http')
    notes.push(
      'this k6 sees an answer only when it is whole: frames, first token and gaps are not visible; bin/k6 shows them (npm run build:k6; by npm: npx llmload-k6)',
    );
  return {
    ok: true,
    line: `${c.model} at ${url} answered in ${ms(c.e2e)}, ${how}, ${tokens} tokens${streamed}`,
    notes,
  };
}

/** What to say of a 401 or 403. */
export const keyLine = ({ url, hasKey }: Pick<Context, 'url' | 'hasKey'>, error: string): string =>
  `${url} ${hasKey ? 'does not accept this API_KEY' : 'wants a key: set API_KEY'} (${error})`;

function wrong(c: Exclude<Completion, { outcome: 'ok' }>, context: Context): string {
  const { url, path, modelsPath, limits, listed } = context;
  const where = `${url}${path}`;
  switch (c.outcome) {
    case 'connection':
      return c.status === undefined ? `no answer from ${url}: ${c.error}` : `${where} broke off its answer: ${c.error}`;
    case 'rate_limited':
      return `${where} refuses more requests (${c.error})${c.retryAfter === undefined ? '' : `, retry after ${c.retryAfter} s`}`;
    case 'timeout_first':
      return `${where} sent no token within FIRST_TOKEN_TIMEOUT=${s(limits.firstTokenTimeout)}${c.headersMs === undefined ? ', and no headers' : `, headers after ${ms(c.headersMs)}`}`;
    case 'timeout_idle':
      return `${where} fell silent for IDLE_TIMEOUT=${s(limits.idleTimeout)} after ${c.frames} frames`;
    case 'timeout_total':
      return `${where} was not done within TIMEOUT=${s(limits.timeout)}, ${c.frames} frames had come`;
    case 'http_error':
      return httpError(c.status ?? 0, c.model, c.error, where);
    case 'empty':
      return `${c.model} at ${url} answered without any content: ${c.error}`;
    case 'truncated':
    case 'stream_error':
    case 'wrong_model':
    case 'swapped':
    case 'cancelled':
    case 'exception':
      return `${c.model} at ${url}: ${c.error}`;
    default:
      return c.outcome satisfies never;
  }

  function httpError(status: number, model: string, error: string, at: string): string {
    if (status === 401 || status === 403) return keyLine(context, error);
    // Ollama lists `llama3.2:latest` and answers to `llama3.2`.
    const known = listed?.includes(model) || listed?.includes(`${model}:latest`);
    if (listed && !known && (status === 404 || status === 400))
      return `no model ${model} at ${url} (${error}); there are: ${listed.join(', ') || 'none'}`;
    if (status === 404)
      return listed
        ? `no ${path} at ${url} (${error}); ${modelsPath} is there and lists ${listed.join(', ') || 'nothing'}: set PATH_CHAT or API`
        : `no ${path} at ${url} (${error}), and no ${modelsPath} either: check BASE_URL, PATH_CHAT and API`;
    return `${at} says ${error}`;
  }
}
