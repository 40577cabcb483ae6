import type { ClientOptions, Columns, Exchange, NativeRequest, PlanFile, StoreOptions } from 'k6/x/llmload';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { at } from '../../lib/api/api.ts';

type Line = Record<string, number | string | boolean | null | undefined>;
interface Kept {
  line: Line;
  samples: Record<string, number>;
  tags: Record<string, string>;
  gaps: Float64Array | undefined;
  gapMetric: string | undefined;
}

/** The record that the binary makes: each column's value from where `from` says it is. */
export function lineOf(
  of: object,
  { columns, from = {} }: Pick<StoreOptions, 'columns' | 'from'> = { columns: {} },
): Line {
  const value = (name: string) => at(of, from[name] ?? name) as Line[string];
  return Object.fromEntries(Object.keys(columns).flatMap((name) => (name === 'gaps' ? [] : [[name, value(name)]])));
}

/** k6/x/llmload outside bin/k6: a server of one function, a clock that tests set, and records as they came. */
export const binary = {
  time: 0,
  place: { name: 'step_1', startTime: 0, iterationInTest: 0 },
  answer: (_: NativeRequest): Partial<Exchange> => ({}),
  asked: [] as NativeRequest[],
  clients: [] as ClientOptions[],
  opened: [] as StoreOptions[],
  kept: [] as Kept[],
  finished: [] as Record<string, number>[],
  notes: [] as string[],
};

export const exchangeOf = (parts: Partial<Exchange>): Exchange => ({
  ended: 'eof',
  status: 200,
  headers: {},
  startedAt: binary.time,
  connectMs: 0,
  cold: false,
  resent: 0,
  endMs: 0,
  framing: 'sse',
  bytes: 0,
  events: 0,
  frames: 0,
  gaps: new Float64Array(0),
  terminal: false,
  garbage: 0,
  values: {},
  ...parts,
});

export const llmload = {
  version: '0.0.0-test',
  notes: () => [...binary.notes],
  now: () => binary.time,
  place: () => binary.place,
  Client: class {
    constructor(options: ClientOptions) {
      binary.clients.push(options);
    }
    send(request: NativeRequest): Exchange {
      binary.asked.push(request);
      return exchangeOf(binary.answer(request));
    }
  },
  open: (options: StoreOptions) => void binary.opened.push(options),
  record: (
    of: object,
    samples: Record<string, number>,
    tags: Record<string, string>,
    gaps?: Float64Array,
    gapMetric?: string,
  ) => void binary.kept.push({ line: lineOf(of, binary.opened[0]), samples, tags, gaps, gapMetric }),
  columns: (): Columns =>
    columnsOf(binary.kept.map(({ line, gaps }): RecordLine => ({ ...line, gaps: gaps ? [...gaps] : null }))),
  note: (line: string) => void binary.notes.push(line),
  plan: (): PlanFile => {
    throw new Error('cannot be read (no such file or directory)');
  },
  finish: (dropped: Record<string, number>) => void binary.finished.push(dropped),
};
