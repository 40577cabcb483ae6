import { Bad } from '../../settings/bad.ts';
import { BLOCK_TOKENS } from './rows.ts';

/** One request of a trace, as its file has it. */
export interface TraceRow {
  /** ms, since 1970 or any other moment; microseconds are kept. */
  at: number;
  model: string | undefined;
  prompt: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  /** Ids of the blocks of 512 tokens that the prompt is made of; equal ids are equal text. */
  blocks: readonly number[] | undefined;
}

/** A format at work on a file. */
export interface Reader<Row> {
  /** Of the format. */
  name: string;
  /** @throws Bad with what is wrong with the row; in which line it stands, the caller knows */
  read: (row: Row) => TraceRow;
}

interface Format {
  name: string;
  time: string;
  /** The time's unit, ms; or `date`. */
  unit: number | 'date';
  input: string;
  output: string;
  model?: string;
  /** A text; where there is one, lengths may be missing. */
  prompt?: string;
  blocks?: string;
  /** What an answer of 0 tokens means. */
  failed?: string;
}

/**
 * The public formats and a plain one, in CSV or in JSON lines. Columns may stand in any order, and others beside them.
 * - azure: the LLM inference traces of github.com/Azure/AzurePublicDataset, 2023 and 2024; times are UTC
 * - burstgpt: github.com/HPMLL/BurstGPT; its later files have `Session ID` and `Elapsed time` too
 * - mooncake: FAST25-release/traces of github.com/kvcache-ai/Mooncake
 */
const FORMATS: readonly Format[] = [
  { name: 'azure', time: 'TIMESTAMP', unit: 'date', input: 'ContextTokens', output: 'GeneratedTokens' },
  {
    name: 'burstgpt',
    time: 'Timestamp',
    unit: 1000,
    model: 'Model',
    input: 'Request tokens',
    output: 'Response tokens',
    failed: ': the request failed',
  },
  { name: 'mooncake', time: 'timestamp', unit: 1, input: 'input_length', output: 'output_length', blocks: 'hash_ids' },
  {
    name: 'plain',
    time: 'timestamp_ms',
    unit: 1,
    model: 'model',
    prompt: 'prompt',
    input: 'input_tokens',
    output: 'output_tokens',
  },
];

/** @throws Bad where no format has these columns */
export function csvFormat(header: readonly string[]): Reader<readonly string[]> {
  const columns = header.map((name) => name.trim());
  const { name, read } = readerOf(columns, (column) => {
    const at = columns.indexOf(column);
    return at < 0 ? nothing : (fields: readonly string[]) => fields[at] || undefined;
  });
  return {
    name,
    read: (fields) => {
      if (fields.length === columns.length) return read(fields);
      throw new Bad(`has ${fields.length} of ${columns.length} columns`, columns.join(','));
    },
  };
}

/** @param first object of the file @throws Bad where no format has these keys */
export const jsonFormat = (first: Readonly<Record<string, unknown>>): Reader<Readonly<Record<string, unknown>>> =>
  readerOf(Object.keys(first), (column) => (row) => row[column] ?? undefined);

type Cell<Row> = (row: Row) => unknown;
const nothing = () => undefined;

function readerOf<Row>(columns: readonly string[], cellOf: (column: string) => Cell<Row>): Reader<Row> {
  const format = FORMATS.find((f) => needed(f).every((either) => either.some((name) => columns.includes(name))));
  if (!format) throw new Bad(`no trace has the columns ${columns.join(', ')}`, allowed());
  const { name, unit, failed = '' } = format;
  const optional = (column: string | undefined) => (column === undefined ? nothing : cellOf(column));
  const time = cellOf(format.time);
  const input = cellOf(format.input);
  const output = cellOf(format.output);
  const model = optional(format.model);
  const prompt = optional(format.prompt);
  const blocks = optional(format.blocks);
  return {
    name,
    read: (row) => {
      const text = string(prompt(row), 'prompt');
      const inputTokens = tokens(input(row), format.input);
      const outputTokens = tokens(output(row), format.output, failed);
      if (inputTokens === undefined && text === undefined)
        throw new Bad(`has no ${format.input}`, `a whole number of 1 or more${format.prompt ? ', or a prompt' : ''}`);
      if (outputTokens === undefined && !format.prompt)
        throw new Bad(`has no ${format.output}`, 'a whole number of 1 or more');
      const ids = blocks(row);
      return {
        at: unit === 'date' ? date(time(row), format.time) : unit * number(time(row), format.time),
        model: string(model(row), 'model'),
        prompt: text,
        inputTokens,
        outputTokens,
        blocks: ids === undefined ? undefined : blockIds(ids, inputTokens as number),
      };
    },
  };
}

/** The columns a file must have to be of the format; of some, one of two will do. */
const needed = ({ time, input, output, prompt }: Format): string[][] =>
  prompt ? [[time], [input, prompt]] : [[time], [input], [output]];

const allowed = (): string =>
  `those of ${FORMATS.map((f) => {
    const names = needed(f).map((either) => either.join(' or '));
    return `${f.name} (${names.join(', ')})`;
  }).join(', ')}`;

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 40) ?? 'nothing';

function string(value: unknown, column: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new Bad(`${column} ${shown(value)} is no text`, 'a text');
}

function number(value: unknown, column: string): number {
  const n = typeof value === 'string' && value.trim() ? Number(value) : value;
  if (typeof n === 'number' && Number.isFinite(n)) return n;
  throw new Bad(value === undefined ? `has no ${column}` : `${column} ${shown(value)} is no number`, 'a number');
}

function tokens(value: unknown, column: string, failed = ''): number | undefined {
  if (value === undefined) return undefined;
  const n = number(value, column);
  if (n >= 1 && Number.isInteger(n) && n <= MOST_TOKENS) return n;
  throw new Bad(`${column} is ${n}${n === 0 ? failed : ''}`, 'a whole number of 1 or more');
}

/** So that a count fits in 32 bits, one value of which means none. */
const MOST_TOKENS = 4_294_967_294;

/**
 * `2023-11-16 18:15:46.6805900`, `2024-05-10 00:00:00.009930+00:00`; without a zone it is UTC. Date.parse alone would cut it to
 * ms, and a regular expression takes k6 three times as long.
 */
function date(value: unknown, column: string): number {
  const text = typeof value === 'string' && (value[10] === ' ' || value[10] === 'T') ? value : '';
  const zone = text.endsWith('Z') ? text.length - 1 : Math.max(text.indexOf('+', 19), text.indexOf('-', 19));
  const end = zone < 0 ? text.length : zone;
  const seconds = Number(`0${text.slice(19, end)}`); // of one, after the point
  const at =
    Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}${zone < 0 ? 'Z' : text.slice(zone)}`) + 1000 * seconds;
  if (seconds < 1 && Number.isFinite(at)) return at;
  throw new Bad(
    value === undefined ? `has no ${column}` : `${column} ${shown(value)} is no date and time`,
    'as in 2024-05-10 00:00:00.009930+00:00',
  );
}

/** Another number of blocks than the tokens fill means blocks of another size. */
function blockIds(ids: unknown, inputTokens: number): readonly number[] {
  const wanted = Math.ceil(inputTokens / BLOCK_TOKENS);
  if (!Array.isArray(ids) || !ids.every((id) => Number.isSafeInteger(id) && id >= 0))
    throw new Bad(`hash_ids ${shown(ids)} are none`, 'an array of whole numbers of 0 or more');
  if (ids.length === wanted) return ids as number[];
  throw new Bad(`has ${ids.length} hash_ids for ${inputTokens} tokens`, `${wanted}, of ${BLOCK_TOKENS} tokens each`);
}
