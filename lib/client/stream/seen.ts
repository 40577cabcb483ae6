import type { Ended, Framing } from 'k6/x/llmload';
import type { Kept } from '../kept.ts';
import type { Seen } from '../outcome.ts';
import type { Meter } from './meter.ts';

/** One line where an answer is compressed although identity was asked for. */
export const compressed = (status: number, coding: string | undefined): string | undefined =>
  status >= 200 && status < 300 && coding && coding.toLowerCase() !== 'identity'
    ? `the body is compressed although identity was asked for (${coding})`
    : undefined;

/** What a driver that reads a stream in JavaScript knows of an exchange. Moments in ms on its clock. */
export interface Read {
  meter: Meter;
  framing: Framing;
  ended: Ended;
  error?: string | undefined;
  status: number;
  /** t(send); without it there never was a connection. */
  sent: number | undefined;
  /** When `send` was called, and the same in epoch ms. */
  began: number;
  calledAt: number;
  connectMs: number;
  headersAt: number | undefined;
  endedAt: number;
  /** Of an answer that was not cut into frames. */
  whole: string;
  retryAfterHeader?: string | undefined;
  kept?: Kept | undefined;
}

/** The same as the native driver gives; times count from t(send). */
export function seenOf(read: Read): Seen {
  const { meter, framing, ended, error, status, began, headersAt, endedAt } = read;
  const { first, firstOutput, last, gaps } = meter.times;
  const from = read.sent ?? began;
  const seen: Seen = {
    ended,
    status,
    startedAt: read.calledAt + from - began,
    connectMs: read.connectMs,
    cold: read.sent !== undefined,
    resent: 0,
    endMs: endedAt - from,
    framing,
    ...meter.body,
    gaps: Float64Array.from(gaps),
  };
  if (ended !== 'eof' && error !== undefined) seen.error = error;
  if (headersAt !== undefined) seen.headersMs = headersAt - from;
  if (first !== undefined) seen.ttft = first - from;
  if (firstOutput !== undefined) seen.ttfo = firstOutput - from;
  if (last !== undefined) seen.e2e = last - from;
  if (framing === 'body') seen.body = read.whole;
  if (read.retryAfterHeader !== undefined) seen.retryAfterHeader = read.retryAfterHeader;
  if (read.kept !== undefined) seen.kept = read.kept;
  return seen;
}
