import type { Columns, Live, RecordLine } from '../../lib/analysis/columns/columns.ts';
import { quantile } from '../../lib/analysis/stats/quantile.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Client } from './client.ts';
import { OUTCOMES, type Rows } from './rows.ts';

/** Where virtual time began, epoch ms. */
export const EPOCH = Date.UTC(2026, 0, 1);
const SECOND = 1000;

/**
 * Rows as the analysis reads them, without a record for each: a token a frame, evenly from TTFT to E2E, so that gaps follow
 * from three numbers.
 * @param from,to ms: when the client's own rows begin and end
 * @param begins when each phase began, ms
 */
export function columnsOfRows(
  rows: Rows,
  steps: readonly Step[],
  client: Client | undefined,
  from: number,
  to: number,
  begins: readonly number[],
) {
  const { n, routed } = rows;
  const numbers = new Map<string, Float64Array>();
  const each = (value: (row: number) => number): Float64Array => {
    const list = new Float64Array(n);
    for (let row = 0; row < n; row++) list[row] = value(row);
    return list;
  };
  const ok = (row: number) => rows.outcome[row] === 0;
  const frames = (row: number) => rows.tokens[row] as number;
  const streaming = (row: number) => (frames(row) > 1 ? (rows.end[row] as number) - (rows.ttft[row] as number) : 0);
  const gap = (row: number) => streaming(row) / (frames(row) - 1);
  /** Those that the rows have as they are. */
  const taken: Record<string, Float64Array> = { due: rows.due, ttft: rows.ttft, ttfo: rows.ttft, end: rows.end };
  const counts = new Int32Array(steps.length);
  const made: Record<string, (row: number) => number> = {
    t: (row) => EPOCH + (rows.t[row] as number),
    i: (row) => (counts[rows.phase[row] as number] as number)++,
    lag: (row) => (rows.t[row] as number) - (begins[rows.phase[row] as number] as number) - (rows.due[row] as number),
    status: (row) => STATUS[rows.outcome[row] as number] as number,
    e2e: (row) => (ok(row) ? (rows.end[row] as number) : Number.NaN),
    in: (row) => (ok(row) ? PROMPT_TOKENS : Number.NaN),
    out: (row) => (ok(row) ? frames(row) : Number.NaN),
    frames,
    gapCount: (row) => Math.max(0, frames(row) - 1),
    gapSum: streaming,
    gapP99: (row) => (frames(row) > 1 ? gap(row) : Number.NaN),
  };
  const codes = (list?: readonly number[]) => Int32Array.from({ length: n }, (_, row) => list?.[row] ?? -1);
  const same = (value: string) => ({ values: [value], codes: new Int32Array(n) });
  const okOnly = (value: string) => ({
    values: [value],
    codes: rows.outcome.slice(0, n).map((code) => (code ? -1 : 0)),
  });
  const categories: Record<string, () => { values: string[]; codes: Int32Array }> = {
    scenario: () => ({ values: steps.map((s) => s.scenario), codes: rows.phase.slice(0, n) }),
    step: () => ({ values: steps.map((s) => s.scenario.replace('step_', '')), codes: rows.phase.slice(0, n) }),
    outcome: () => ({ values: [...OUTCOMES], codes: rows.outcome.slice(0, n) }),
    phase: () => same('steady'),
    model: () => (routed ? { values: routed.models, codes: codes(routed.model) } : same('m')),
    answered: () => (routed ? { values: routed.models, codes: codes(routed.answered) } : okOnly('m')),
    backend: () => ({ values: routed?.backends ?? [], codes: codes(routed?.backend) }),
    echo: () => ({ values: ['own', 'other'], codes: rows.outcome.slice(0, n).map((code) => ECHO[code] as number) }),
    finish: () => okOnly('stop'),
    token_source: () => okOnly('server'),
  };
  const kept = new Map<string, { values: string[]; codes: Int32Array }>();
  const columns: Columns = {
    n,
    number(column) {
      const known = numbers.get(column);
      if (known) return known;
      const value = made[column];
      const list =
        taken[column]?.subarray(0, n) ??
        (value ? each(value) : new Float64Array(n).fill(NONE.includes(column) ? 0 : Number.NaN));
      numbers.set(column, list);
      return list;
    },
    category(column) {
      const list = kept.get(column) ?? categories[column]?.() ?? { values: [], codes: new Int32Array(n).fill(-1) };
      kept.set(column, list);
      return list;
    },
    text(column, row) {
      if (column === 'id') return `r${row}`;
      if (column === 'session') return routed?.session[row];
      return column === 'error' && !ok(row) ? OUTCOMES[rows.outcome[row] as number] : undefined;
    },
    get gapCount() {
      return columns.number('gapCount');
    },
    get gapSum() {
      return columns.number('gapSum');
    },
    get gapP99() {
      return columns.number('gapP99');
    },
    gapQuantiles: (list, qs) => quantilesOf(list, qs, columns),
    framesBetween(row, start, stop) {
      const count = frames(row);
      const step = count > 1 ? gap(row) : 1;
      /** Frames before a time. */
      const before = (at: number) => Math.min(count, Math.max(0, Math.ceil((at - (rows.ttft[row] as number)) / step)));
      return count > 0 ? Math.max(0, before(stop) - before(start)) : 0;
    },
    live: () => liveOf(rows, columns, client, from, to),
  };
  return columns;
}

/** What no request has. */
const NONE = ['resent', 'cold', 'connect', 'warm'];
const PROMPT_TOKENS = 100;
/** By outcome. */
const STATUS = [200, 429, 0, 200, 200];
const ECHO = [0, -1, -1, 0, 1];

/** Quantiles over the gaps of some rows, a row's gaps being alike: its gap counts as often as it has them. */
function quantilesOf(list: Int32Array, qs: readonly number[], { gapCount, gapP99 }: Columns): number[] {
  const sorted = list.filter((row) => (gapCount[row] as number) > 0);
  sorted.sort((a, b) => (gapP99[a] as number) - (gapP99[b] as number));
  /** Gaps up to and with each row. */
  let all = 0;
  const upTo = Float64Array.from(sorted, (row) => (all += gapCount[row] as number));
  const at = (rank: number) => {
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((upTo[mid] as number) > rank) high = mid;
      else low = mid + 1;
    }
    return gapP99[sorted[low] as number] as number;
  };
  return qs.map((q) => {
    if (all === 0) return Number.NaN;
    const rank = q * (all - 1);
    const low = Math.floor(rank);
    return quantile([at(low), at(Math.min(low + 1, all - 1))], rank - low);
  });
}

/** A live row a second, as the binary keeps them. Without a limit of its own the client has nearly nothing to do. */
function liveOf(rows: Rows, columns: Columns, client: Client | undefined, from: number, to: number): Live {
  const seconds = Math.max(1, Math.ceil((to - from) / SECOND));
  /** Changes in each second, then their running sum. */
  const inFlight = new Float64Array(seconds + 2);
  const started = new Float64Array(seconds + 2);
  const frames = new Float64Array(seconds + 2);
  for (let row = 0; row < rows.n; row++) {
    const t = (rows.t[row] as number) - from;
    const begin = Math.floor(t / SECOND);
    const end = Math.min(seconds, Math.floor((t + (rows.end[row] as number)) / SECOND));
    started[begin] = (started[begin] as number) + 1;
    inFlight[begin] = (inFlight[begin] as number) + 1;
    inFlight[end] = (inFlight[end] as number) - 1;
    for (let s = begin; s <= end; s++)
      frames[s] = (frames[s] as number) + columns.framesBetween(row, s * SECOND - t, (s + 1) * SECOND - t);
  }
  const busy = started.map((count) => Math.min(1, count / (client?.capacity ?? Number.POSITIVE_INFINITY)));
  for (const sums of [inFlight, started, frames])
    for (let s = 1; s < seconds; s++) sums[s] = (sums[s] as number) + (sums[s - 1] as number);
  const cores = client?.cores ?? 2;
  return {
    t: Float64Array.from({ length: seconds }, (_, s) => EPOCH + from + (s + 1) * SECOND),
    inFlight: inFlight.slice(0, seconds),
    started: started.slice(0, seconds),
    frames: frames.slice(0, seconds),
    cpu: busy.slice(0, seconds).map((share) => Math.max(0.05, cores * share)),
    lag: busy.slice(0, seconds).map((share) => (share > 0.98 ? 400 : 2)),
    cores,
  };
}

/** The same as the lines of a records file. */
export function linesOf(columns: Columns): RecordLine[] {
  const numbers = [
    't',
    'i',
    'due',
    'lag',
    'status',
    'resent',
    'connect',
    'ttft',
    'ttfo',
    'e2e',
    'end',
    'in',
    'out',
    'frames',
  ];
  const names = ['scenario', 'step', 'phase', 'model', 'answered', 'outcome', 'token_source', 'finish'];
  return Array.from({ length: columns.n }, (_, row) => {
    const line: RecordLine = { cold: false, warm: false, id: columns.text('id', row) };
    for (const name of numbers) {
      const value = columns.number(name)[row] as number;
      line[name] = Number.isNaN(value) ? null : value;
    }
    for (const name of names) {
      const { values, codes } = columns.category(name);
      line[name] = values[codes[row] as number] ?? null;
    }
    const count = columns.gapCount[row] as number;
    line.gaps = count > 0 ? Array(count).fill((columns.gapSum[row] as number) / count) : null;
    const error = columns.text('error', row);
    return error ? { ...line, error } : line;
  });
}

/** The client's own rows as `{"kind":"live"}` lines. */
export const liveLinesOf = ({ t, inFlight, started, frames, cpu, lag, cores }: Live): RecordLine[] =>
  Array.from(t, (at, i) => ({
    kind: 'live',
    t: at,
    in_flight: inFlight[i],
    started: started[i],
    frames: frames[i],
    cpu: cpu[i],
    lag: lag[i],
    cores,
  }));
