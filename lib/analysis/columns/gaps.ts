import { Growing } from './growing.ts';

/** Most gaps that share one allocation. An arena that grows by pieces never copies. */
const LARGEST_PIECE = 1 << 20;
const MOST = 2 ** 32 - 1;
/** Up to so many gaps it is quicker to sort a copy than to count. */
const FEW = 1 << 16;

/** ms → µs as the binary keeps them; 71 minutes at most. */
const micros = (ms: number): number => Math.min(Math.max(Math.round(ms * 1000), 0), MOST);

/** The gaps of all rows in whole µs, row after row: what extension/records/gaps.go and quantiles.go are in Go. */
export class Gaps {
  readonly count = new Growing(Float64Array);
  /** ms, as are quantiles. */
  readonly sum = new Growing(Float64Array);
  readonly p99 = new Growing(Float64Array);
  private readonly pieces: Uint32Array[] = [new Uint32Array(1024)];
  private used = 0;
  /** Of each row: its piece, and where in it. A row never lies in two. */
  private readonly piece = new Growing(Int32Array);
  private readonly from = new Growing(Int32Array);

  /** Adds the next row. @param gaps ms */
  add(gaps: ArrayLike<number>): void {
    const n = gaps.length;
    let last = this.pieces.at(-1) as Uint32Array;
    if (this.used + n > last.length) {
      last = new Uint32Array(Math.max(n, Math.min(LARGEST_PIECE, 2 * last.length)));
      this.pieces.push(last);
      this.used = 0;
    }
    const from = this.used;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const gap = micros(gaps[i] as number);
      sum += gap;
      last[from + i] = gap;
    }
    this.used += n;
    this.piece.push(this.pieces.length - 1);
    this.from.push(from);
    this.count.push(n);
    this.sum.push(sum / 1000);
    this.p99.push(upperQuantile(last.subarray(from, from + n), 0.99));
  }

  /** Frames of a row that arrived in [from, to), the first at `at`; all ms. */
  framesBetween(row: number, at: number, from: number, to: number): number {
    const piece = this.pieceOf(row);
    const end = this.from.at(row) + this.count.at(row);
    let frames = Number(at >= from && at < to);
    for (let i = this.from.at(row); i < end; i++) {
      at += (piece[i] as number) / 1000;
      if (at >= from && at < to) frames++;
    }
    return frames;
  }

  /**
   * Quantiles over the gaps of these rows, linear between ranks; NaN without any. µs fit in 32 bits, so two rounds of
   * counting, upper half then lower half, find a rank exactly without copying or sorting where there are many.
   */
  quantiles(rows: Int32Array, qs: readonly number[]): number[] {
    let n = 0;
    for (let k = 0; k < rows.length; k++) n += this.count.at(rows[k] as number);
    if (n <= FEW) {
      const sorted = this.copy(rows, n).sort();
      return qs.map((q) => between(q, n, (rank) => (sorted[rank - 1] as number) / 1000));
    }
    const upper = this.counts(rows, (gap) => gap >>> 16);
    const lower = new Map<number, Float64Array>();
    const smallest = (rank: number): number => {
      const [high, left] = locate(upper, rank);
      let counts = lower.get(high);
      if (!counts) {
        counts = this.counts(rows, (gap) => (gap >>> 16 === high ? gap & 0xffff : -1));
        lower.set(high, counts);
      }
      return (high * 0x10000 + locate(counts, left)[0]) / 1000;
    };
    return qs.map((q) => between(q, n, smallest));
  }

  /** The n gaps of these rows. */
  private copy(rows: Int32Array, n: number): Uint32Array {
    const gaps = new Uint32Array(n);
    let at = 0;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k] as number;
      const from = this.from.at(row);
      const count = this.count.at(row);
      gaps.set(this.pieceOf(row).subarray(from, from + count), at);
      at += count;
    }
    return gaps;
  }

  /** How many gaps of these rows fall into each of 65,536 buckets; none is −1. */
  private counts(rows: Int32Array, bucket: (gap: number) => number): Float64Array {
    const counts = new Float64Array(0x10000);
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k] as number;
      const piece = this.pieceOf(row);
      const from = this.from.at(row);
      const end = from + this.count.at(row);
      for (let i = from; i < end; i++) {
        const b = bucket(piece[i] as number);
        if (b >= 0) counts[b] = (counts[b] as number) + 1;
      }
    }
    return counts;
  }

  private pieceOf(row: number): Uint32Array {
    return this.pieces[this.piece.at(row)] as Uint32Array;
  }
}

/** The q-quantile of n values; smallest gives the rank-th smallest, from 1. As `quantile` of sorted values. */
function between(q: number, n: number, smallest: (rank: number) => number): number {
  if (n === 0) return Number.NaN;
  const at = q * (n - 1);
  const low = Math.floor(at);
  const a = smallest(low + 1);
  return at > low ? a + (smallest(low + 2) - a) * (at - low) : a;
}

/** The bucket that holds the rank-th item, and its rank therein. */
function locate(counts: Float64Array, rank: number): [bucket: number, left: number] {
  let left = rank;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] as number;
    if (left <= count) return [bucket, left];
    left -= count;
  }
  return [counts.length - 1, left];
}

/** A quantile near the upper end, ms, of gaps in µs: only the few largest are kept in order. */
function upperQuantile(gaps: Uint32Array, q: number): number {
  const n = gaps.length;
  const keep = n - Math.floor(q * (n - 1)); // the two ranks it lies between, and all above
  if (keep > 64) {
    const sorted = gaps.slice().sort();
    return between(q, n, (rank) => (sorted[rank - 1] as number) / 1000);
  }
  const top: number[] = []; // rising
  for (let i = 0; i < n; i++) {
    const gap = gaps[i] as number;
    if (top.length === keep) {
      if (gap <= (top[0] as number)) continue;
      top.shift();
    }
    let k = top.length;
    while (k > 0 && (top[k - 1] as number) > gap) {
      top[k] = top[k - 1] as number;
      k--;
    }
    top[k] = gap;
  }
  return between(q, n, (rank) => (top[rank - 1 - (n - keep)] as number) / 1000);
}
