import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';

/** What one target did in some time. A request belongs to the time in which it started, what it brought to when that came. */
export interface Part {
  ms: number;
  /** Of successful requests, ms, sorted. */
  ttft: Float64Array;
  e2e: Float64Array;
  /** Their rows, and their gaps. */
  rows: Int32Array;
  gaps: number;
  gapsSum: number;
  /** Input tokens of requests of which the server said how many were cached, and those that were. */
  input: number;
  cached: number;
  asked: number;
  failed: number;
  /** Requests that ended. */
  ended: number;
  /** Output tokens that arrived. */
  tokens: number;
}

/** One target over the window that both have, and block by block of it. */
export interface Parts {
  whole: Part;
  blocks: Part[];
}

/** The time that both targets were measured in, epoch ms, in blocks of equal length. */
export interface Window {
  from: number;
  to: number;
  blocks: number;
}

export function partsOf(columns: Columns, { data }: Measured, { from, to, blocks }: Window): Parts {
  const t = columns.number('t');
  const end = columns.number('end');
  const ttft = columns.number('ttft');
  const e2e = columns.number('e2e');
  const input = columns.number('in');
  const cached = columns.number('cached');
  const outcome = columns.category('outcome');
  const { gapCount, gapSum } = columns;
  const okCode = outcome.values.indexOf('ok');
  const length = (to - from) / blocks;
  const last = blocks - 1;
  const parts = Array.from({ length: blocks }, () => empty(length));

  for (let i = 0; i < data.rows.length; i++) {
    const row = data.rows[i] as number;
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    if (stop >= from && stop < to) (parts[Math.min(last, Math.floor((stop - from) / length))] as Open).ended++;
    if (start < from || start >= to) continue;
    const part = parts[Math.min(last, Math.floor((start - from) / length))] as Open;
    part.asked++;
    if ((cached[row] as number) >= 0) {
      part.input += input[row] || 0;
      part.cached += cached[row] as number;
    }
    if (outcome.codes[row] !== okCode) {
      part.failed++;
      continue;
    }
    part.rows.push(row);
    if ((ttft[row] as number) >= 0) part.ttft.push(ttft[row] as number);
    part.e2e.push(e2e[row] as number);
    part.gaps += gapCount[row] as number;
    part.gapsSum += gapSum[row] as number;
  }
  addTokens(columns, data.rows, from, length, parts);
  // When requests that were never sent would have come is not known; all at once is the least that they can tell.
  const final = parts[last] as Open;
  final.asked += data.dropped;
  final.failed += data.dropped;
  return { whole: closed(together(parts)), blocks: parts.map(closed) };
}

/** Output tokens by the arrival of their frames, in the blocks that an answer reaches into. */
function addTokens(columns: Columns, rows: Int32Array, from: number, length: number, parts: readonly Open[]): void {
  const t = columns.number('t');
  const end = columns.number('end');
  const out = columns.number('out');
  const frames = columns.number('frames');
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const all = frames[row] || 0;
    if (all === 0 || !((out[row] as number) > 0)) continue;
    const start = t[row] as number;
    const first = Math.max(0, Math.floor((start - from) / length));
    const final = Math.floor((start + (end[row] || 0) - from) / length);
    for (let b = first; b <= final && b < parts.length; b++) {
      const part = parts[b] as Open;
      const opens = from + b * length - start;
      const inside = first === final ? all : columns.framesBetween(row, opens, opens + length);
      part.tokens += ((out[row] as number) * inside) / all;
    }
  }
}

/** A part that is still being filled. */
type Open = Omit<Part, 'ttft' | 'e2e' | 'rows'> & Record<'ttft' | 'e2e' | 'rows', number[]>;

const empty = (ms: number): Open => ({
  ms,
  ttft: [],
  e2e: [],
  rows: [],
  gaps: 0,
  gapsSum: 0,
  input: 0,
  cached: 0,
  asked: 0,
  failed: 0,
  ended: 0,
  tokens: 0,
});

const COUNTS = ['ms', 'gaps', 'gapsSum', 'input', 'cached', 'asked', 'failed', 'ended', 'tokens'] as const;
const LISTS = ['ttft', 'e2e', 'rows'] as const;

function together(parts: readonly Open[]): Open {
  const all = empty(0);
  for (const part of parts) {
    for (const name of COUNTS) all[name] += part[name];
    for (const name of LISTS) for (let i = 0; i < part[name].length; i++) all[name].push(part[name][i] as number);
  }
  return all;
}

const closed = (part: Open): Part => ({
  ...part,
  ttft: Float64Array.from(part.ttft).sort(),
  e2e: Float64Array.from(part.e2e).sort(),
  rows: Int32Array.from(part.rows),
});
