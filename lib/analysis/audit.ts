import type { Check, StepResult } from '../results.ts';
import type { Columns } from './columns.ts';
import type { StepData } from './measure.ts';

/** What the run says against itself. Each check is one sentence a person can act on; those that hold are kept too. */

interface Wanted {
  stream: boolean;
  driver: string;
  ignoreEos: boolean;
  outputTokens: number;
  inputTokens: number | undefined;
}

const share = (part: number, all: number): string =>
  `${((100 * part) / Math.max(1, all)).toFixed(part / Math.max(1, all) < 0.1 ? 1 : 0)} %`;

export function auditLoad(steps: readonly StepResult[]): Check[] {
  const checks: Check[] = [];
  for (const s of steps) {
    if (s.load.kind === 'open') {
      if (s.requests === 0) continue;
      const asked = s.requests + s.dropped;
      checks.push({
        check: `dropped.${s.name}`,
        ok: s.dropped === 0,
        value: s.dropped,
        sentence:
          s.dropped === 0
            ? `${s.name}: every planned request was sent`
            : `${s.name}: ${s.dropped} of ${asked} planned requests were never sent (${share(s.dropped, asked)}): all VUs were waiting; they count as failed. More VUS, or less RATE`,
      });
    } else if (s.phase === 'steady' && s.inFlight !== undefined && s.requests >= 5 * s.load.concurrency) {
      const filled = s.inFlight / s.load.concurrency;
      checks.push({
        check: `in_flight.${s.name}`,
        ok: filled > 0.9,
        value: s.inFlight,
        sentence: `${s.name}: ${s.inFlight.toFixed(1)} of ${s.load.concurrency} were in flight on average${filled > 0.9 ? '' : ': the client itself, or a fast server, leaves gaps between requests'}`,
      });
    }
  }
  return checks;
}

export function auditStreams(columns: Columns, data: readonly StepData[], wanted: Wanted): Check[] {
  const [ttft, e2e, out, input, frames, cold, resent] = ['ttft', 'e2e', 'out', 'in', 'frames', 'cold', 'resent'].map(
    (c) => columns.number(c),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const outcome = columns.category('outcome');
  const source = columns.category('token_source');
  const okCode = outcome.values.indexOf('ok');
  const framesCode = source.values.indexOf('frames');
  let [all, ok, coldN, resentN, unstreamed, buffered, long, byFrames, outN, frameN, short, inputN, inputSum] =
    Array<number>(13).fill(0) as N13;
  for (const { rows } of data) {
    for (const row of rows) {
      all++;
      if (cold[row] === 1) coldN++;
      resentN += resent[row] || 0;
      if (outcome.codes[row] !== okCode) continue;
      ok++;
      const n = frames[row] || 0;
      if (n === 0) unstreamed++;
      if (n >= 8) {
        long++;
        if ((e2e[row] as number) - (ttft[row] as number) < Math.max(1, 0.02 * (e2e[row] as number))) buffered++;
      }
      if (source.codes[row] === framesCode) byFrames++;
      else {
        outN += out[row] || 0;
        frameN += n;
      }
      if (wanted.ignoreEos && (out[row] || 0) !== wanted.outputTokens) short++;
      if (input[row] && wanted.inputTokens) {
        inputN++;
        inputSum += input[row] as number;
      }
    }
  }
  const checks: Check[] = [];
  const add = (check: string, ok: boolean, value: number, sentence: string) =>
    checks.push({ check, ok, value, sentence });
  if (all) add('cold', true, coldN, `${coldN} of ${all} requests opened a connection (${share(coldN, all)})`);
  if (resentN)
    add(
      'resent',
      true,
      resentN,
      `${resentN} sends were repeated because the server had closed a kept-alive connection; counted from the first attempt`,
    );
  if (wanted.stream && wanted.driver === 'native') {
    if (unstreamed)
      add(
        'no_stream',
        false,
        unstreamed,
        `${unstreamed} of ${ok} answers came unstreamed although a stream was asked for: they have no TTFT`,
      );
    if (long)
      add(
        'buffered',
        buffered < long / 2,
        buffered,
        buffered < long / 2
          ? 'tokens arrived one after the other'
          : `${buffered} of ${long} answers came all at once at their end: something between here and the model buffers the stream, TTFT and ITL mean nothing`,
      );
    if (outN) {
      const ratio = frameN / outN;
      add(
        'frames_per_token',
        ratio >= 0.8,
        ratio,
        ratio >= 0.8
          ? `${ratio.toFixed(2)} frames a token`
          : `only ${ratio.toFixed(2)} frames a token: the server or a proxy merges tokens, a gap between frames is more than one token's`,
      );
    }
  }
  if (byFrames)
    add(
      'token_source',
      false,
      byFrames,
      `${byFrames} of ${ok} answers had no usage: their output tokens are a count of frames`,
    );
  if (wanted.ignoreEos && ok)
    add(
      'output_length',
      short === 0,
      short,
      short === 0
        ? `every answer had ${wanted.outputTokens} tokens, as asked`
        : `${short} of ${ok} answers had another length than the ${wanted.outputTokens} tokens asked for`,
    );
  if (inputN && wanted.inputTokens) {
    const mean = inputSum / inputN;
    add(
      'input_length',
      Math.abs(mean / wanted.inputTokens - 1) < 0.2,
      mean,
      `prompts had ${mean.toFixed(0)} tokens on average by the server's count, ${wanted.inputTokens} were asked for`,
    );
  }
  return checks;
}
type N13 = [number, number, number, number, number, number, number, number, number, number, number, number, number];
