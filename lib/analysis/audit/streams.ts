/** What the answers and prompts themselves say against the figures: buffering, merged tokens, other lengths, cached prompts. */
import type { Check, StepResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { StepData } from '../measure.ts';
import { cameAtOnce, LEAST_FRAMES } from './at-once.ts';
import { auditCache, percent, type WantedCaching } from './cache.ts';

interface Wanted extends WantedCaching {
  stream: boolean;
  driver: string;
  ignoreEos: boolean;
}

const share = (part: number, all: number): string => percent(part / Math.max(1, all));

/** +1.5 % */
const signed = (x: number): string => `${x < 0 ? '−' : '+'}${(100 * Math.abs(x)).toFixed(1)} %`;

/** What the http driver cannot know. */
export const NOT_TIMED: Check = {
  check: 'ttft_measured',
  ok: false,
  value: null,
  sentence:
    'TTFT, ITL and TPOT are not measured: k6 itself sees an answer only when it is whole. bin/k6 with DRIVER=native measures them (npm run build:k6; by npm: npx llmload-k6)',
};

/** CPU time, ms, that a request takes beside its tokens, and a token, of one a frame; npm run bench:drivers. */
const COSTS: Record<string, { request: number; token: number }> = {
  sse: { request: 1.6, token: 0.045 },
  tcp: { request: 2.5, token: 0.09 },
};

/** Kept busier than this a core comes late to its next event. */
const BUSY = 0.5;

/**
 * What is to be known of figures that k6's JavaScript took. It cannot see how busy its cores are: so it is said how many a
 * load like the greatest step's takes, which is the check's value.
 */
export function timedInJavaScript(driver: string, steps: readonly StepResult[] = []): Check {
  const cost = COSTS[driver] ?? { request: 2, token: 0.1 };
  const taken = steps.map(
    ({ requests, outputTokens = 0, window }) =>
      (requests * cost.request + outputTokens * cost.token) / (window.to - window.from),
  );
  const cores = Math.max(0, ...taken.filter(Number.isFinite));
  const ok = cores < BUSY;
  const carries = Math.round(100 / (cost.request + 100 * cost.token));
  const load = cores >= 0.05 ? `. This load keeps about ${cores.toFixed(1)} of a core busy` : '';
  return {
    check: 'clock',
    ok,
    value: cores > 0 ? cores : null,
    sentence: `driver ${driver} takes its times in JavaScript: good to some 2 ms, and later once its cores are full; one carries some ${carries},000 tokens/s in answers of 100, with bin/k6 150,000${load}${ok ? '' : `: with fewer than ${Math.ceil(cores / BUSY)} to itself, the times and the limit may be the client's own`}`,
  };
}

interface Tally {
  all: number;
  ok: number;
  opened: number;
  resent: number;
  unstreamed: number;
  /** Answers long enough to tell whether they came at once, and those that did. */
  long: number;
  buffered: number;
  countedByFrames: number;
  countedByServer: number;
  /** Tokens and frames of streams whose tokens the server counted. */
  tokens: number;
  frames: number;
  /** Answers of whose length something was asked, the tokens of it, and those of another length. */
  lengths: number;
  askedOut: number;
  otherLength: number;
  /** Prompts made to a length, that length, and the server's count; of a conversation the first, which has no history. */
  prompts: number;
  askedIn: number;
  promptTokens: number;
  /** Prompts of which the server said how much it had cached, their tokens, and those cached. */
  answers: number;
  cacheable: number;
  cached: number;
}

function tally(columns: Columns, data: readonly StepData[]): Tally {
  const t: Tally = {
    all: 0,
    ok: 0,
    opened: 0,
    resent: 0,
    unstreamed: 0,
    long: 0,
    buffered: 0,
    countedByFrames: 0,
    countedByServer: 0,
    tokens: 0,
    frames: 0,
    lengths: 0,
    askedOut: 0,
    otherLength: 0,
    prompts: 0,
    askedIn: 0,
    promptTokens: 0,
    answers: 0,
    cacheable: 0,
    cached: 0,
  };
  const ttft = columns.number('ttft');
  const e2e = columns.number('e2e');
  const out = columns.number('out');
  const askedOut = columns.number('asked_out');
  const input = columns.number('in');
  const askedIn = columns.number('asked_in');
  const cached = columns.number('cached');
  const turn = columns.number('turn');
  const frames = columns.number('frames');
  const cold = columns.number('cold');
  const resent = columns.number('resent');
  const outcome = columns.category('outcome');
  const source = columns.category('token_source');
  const okCode = outcome.values.indexOf('ok');
  const framesCode = source.values.indexOf('frames');
  const serverCode = source.values.indexOf('server');
  for (const { rows } of data) {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      t.all++;
      t.resent += resent[row] || 0;
      // A request that was sent again opened a connection for it.
      if (cold[row] === 1 || (resent[row] || 0) > 0) t.opened++;
      if (outcome.codes[row] !== okCode) continue;
      t.ok++;
      const n = frames[row] || 0;
      if (n === 0) t.unstreamed++;
      if (n >= LEAST_FRAMES) {
        t.long++;
        if (cameAtOnce(n, ttft[row] as number, e2e[row] as number)) t.buffered++;
      }
      if (source.codes[row] === framesCode) t.countedByFrames++;
      else if (source.codes[row] === serverCode) t.countedByServer++;
      if (source.codes[row] !== framesCode && n > 0) {
        t.tokens += out[row] || 0;
        t.frames += n;
      }
      if (askedOut[row]) {
        t.lengths++;
        t.askedOut += askedOut[row] as number;
        if ((out[row] || 0) !== askedOut[row]) t.otherLength++;
      }
      if (!input[row]) continue;
      if (askedIn[row] && !((turn[row] as number) > 1)) {
        t.prompts++;
        t.askedIn += askedIn[row] as number;
        t.promptTokens += input[row] as number;
      }
      if ((cached[row] as number) >= 0) {
        t.answers++;
        t.cacheable += input[row] as number;
        t.cached += cached[row] as number;
      }
    }
  }
  return t;
}

export function auditStreams(columns: Columns, data: readonly StepData[], wanted: Wanted): Check[] {
  const t = tally(columns, data);
  const checks: Check[] = [];
  const add = (check: string, ok: boolean, value: number, sentence: string) =>
    checks.push({ check, ok, value, sentence });

  if (t.all)
    add('cold', true, t.opened, `${t.opened} of ${t.all} requests opened a connection (${share(t.opened, t.all)})`);
  if (t.resent) {
    add(
      'resent',
      true,
      t.resent,
      `${t.resent} × sent again because the server had closed a kept-alive connection; times count from the first attempt`,
    );
  }
  if (wanted.driver === 'http') checks.push(NOT_TIMED);
  else if (wanted.driver !== 'native') checks.push(timedInJavaScript(wanted.driver));
  if (wanted.stream && wanted.driver !== 'http') {
    if (t.unstreamed) {
      add(
        'no_stream',
        false,
        t.unstreamed,
        `${t.unstreamed} of ${t.ok} answers came unstreamed although a stream was asked for: they have no TTFT`,
      );
    }
    if (t.long) {
      const ok = t.buffered < t.long / 2;
      const sentence = ok
        ? 'nothing buffered'
        : `${t.buffered} of ${t.long} answers came all at once at their end: something between here and the model buffers the stream (if the client had time to read it), TTFT and ITL mean nothing`;
      add('buffered', ok, t.buffered, sentence);
    }
    if (t.tokens) {
      const ratio = t.frames / t.tokens;
      const sentence =
        ratio >= 0.8
          ? `${ratio.toFixed(2)} frames a token`
          : `only ${ratio.toFixed(2)} frames a token: the server or a proxy merges tokens, a gap between frames is more than one token's`;
      add('frames_per_token', ratio >= 0.8, ratio, sentence);
    }
  }
  if (t.countedByFrames) {
    add(
      'token_source',
      false,
      t.countedByFrames,
      `${t.countedByFrames} of ${t.ok} answers had no usage: their output tokens are a count of frames`,
    );
  } else if (t.countedByServer) add('token_source', true, 0, 'tokens counted by the server');
  if (t.cacheable) {
    checks.push(auditCache(t.cached / t.cacheable, t.cached / t.answers, wanted));
  }
  if (wanted.ignoreEos && t.lengths) {
    const ok = t.otherLength === 0;
    const mean = (t.askedOut / t.lengths).toFixed(0);
    const sentence = ok
      ? `every answer as long as asked, ${mean} tokens on average`
      : `${t.otherLength} of ${t.lengths} answers had another length than was asked for, ${mean} tokens on average`;
    add('output_length', ok, t.otherLength, sentence);
  }
  if (t.prompts) {
    const mean = t.promptTokens / t.prompts;
    const asked = t.askedIn / t.prompts;
    const ok = Math.abs(mean / asked - 1) < 0.2;
    add(
      'input_length',
      ok,
      mean,
      `prompts had ${mean.toFixed(0)} tokens on average by the server's count, ${asked.toFixed(0)} were asked for (${signed(mean / asked - 1)})`,
    );
  }
  return checks;
}
