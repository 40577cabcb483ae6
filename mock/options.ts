/** A row of the table that flags, docs and types are made from. */
export interface MockOptionRow {
  /** The flag, without its dashes; the key in MockOptions is the same name in camel case. */
  name: string;
  /** The key in MockOptions where it is another one. */
  key?: string;
  type: 'integer' | 'number' | 'boolean' | 'text' | 'name' | 'list' | 'choice' | 'fault' | 'engine' | 'models';
  unit?: string;
  default: string | number | boolean | object;
  min?: number;
  max?: number;
  choices?: readonly string[];
  /** May differ from model to model. */
  perModel?: true;
  /** Of the plain engine: means nothing to a simulated one. */
  plain?: true;
  help: string;
}

const DAY_MS = 86_400_000;

export const MOCK_OPTIONS = [
  { name: 'port', type: 'integer', default: 0, min: 0, max: 65_535, help: 'Port to listen on; 0 = any free one' },
  {
    name: 'admin-port',
    type: 'integer',
    default: -1,
    min: -1,
    max: 65_535,
    help: 'Port of the admin API, which breaks the server as a whole; 0 = any free one, -1 = none',
  },
  { name: 'host', type: 'text', default: '127.0.0.1', help: 'Address to listen on' },
  { name: 'models', type: 'list', default: ['mock'], help: 'Model names to serve, separated by commas' },
  { name: 'any-model', type: 'boolean', default: false, help: 'Serve every model name that is asked for' },
  {
    name: 'name',
    type: 'name',
    default: '',
    help: 'Name to say beside the code that a request asks answers to begin with',
  },
  { name: 'api-key', type: 'text', default: '', help: 'Bearer key to ask for on /v1 and /api; empty = none' },
  {
    name: 'engine',
    type: 'engine',
    default: '',
    perModel: true,
    help: 'Simulate an engine that batches, NAME[,key=value…] (within --model NAME alone), one a model; empty = fixed times',
  },
  {
    name: 'ttft-ms',
    type: 'number',
    unit: 'ms',
    default: 200,
    min: 0,
    max: DAY_MS,
    perModel: true,
    plain: true,
    help: 'Time to first token, counted from the request, or from its slot when it had to wait',
  },
  {
    name: 'prompt-token-ms',
    type: 'number',
    unit: 'ms',
    default: 0,
    min: 0,
    max: DAY_MS,
    perModel: true,
    plain: true,
    help: 'Added to the time to first token for each prompt token that is not cached',
  },
  {
    name: 'prefix-cache',
    type: 'integer',
    unit: 'tokens',
    default: 0,
    min: 0,
    max: 100_000_000,
    perModel: true,
    plain: true,
    help: "Keep so many tokens of prompts and answers, for prompts that begin alike; a model's own; 0 = none",
  },
  {
    name: 'token-ms',
    type: 'number',
    unit: 'ms',
    default: 20,
    min: 0,
    max: DAY_MS,
    perModel: true,
    plain: true,
    help: 'Time between tokens',
  },
  {
    name: 'tokens',
    type: 'integer',
    unit: 'tokens',
    default: 50,
    min: 1,
    max: 131_072,
    perModel: true,
    help: "Length of an answer; a request's max_tokens (num_predict) caps it, ignore_eos and min_tokens lengthen it",
  },
  {
    name: 'reasoning-tokens',
    type: 'integer',
    unit: 'tokens',
    default: 0,
    min: 0,
    max: 131_072,
    perModel: true,
    help: 'Tokens sent before the answer as reasoning; /v1/completions has none',
  },
  {
    name: 'tokens-per-frame',
    type: 'integer',
    unit: 'tokens',
    default: 1,
    min: 1,
    max: 131_072,
    perModel: true,
    help: 'Tokens in one frame, as with speculative decoding',
  },
  {
    name: 'jitter',
    type: 'number',
    default: 0,
    min: 0,
    max: 1,
    perModel: true,
    plain: true,
    help: 'Random share of each interval: 0.1 = ±10 %, uniform, from the seed',
  },
  { name: 'seed', type: 'integer', default: 1, min: 0, max: 2 ** 31 - 1, help: 'Seed of jitter and of fault shares' },
  {
    name: 'slots',
    type: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    plain: true,
    help: 'Requests served at a time, the rest queue; 0 = no limit',
  },
  {
    name: 'queue',
    type: 'integer',
    default: -1,
    min: -1,
    max: 1_000_000,
    help: 'Requests that may wait for a slot, or for a place in the engine, 429 beyond; -1 = any number',
  },
  {
    name: 'bandwidth',
    type: 'integer',
    unit: 'bytes/s',
    default: 0,
    min: 0,
    max: 100_000_000_000,
    help: 'What the network carries of all answers together; 0 = no limit',
  },
  {
    name: 'headers',
    type: 'choice',
    choices: ['early', 'late'],
    default: 'early',
    perModel: true,
    help: 'Response headers at once (vLLM, llama.cpp) or with the first token (Ollama, LiteLLM)',
  },
  {
    name: 'role-prelude',
    type: 'boolean',
    default: true,
    perModel: true,
    help: 'Send a frame with the role and no content right after the headers (/v1/chat/completions only)',
  },
  {
    name: 'usage',
    type: 'choice',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    perModel: true,
    help: 'Usage block: when asked for (stream_options.include_usage, no stream, Ollama), always, never',
  },
  {
    name: 'comment-ms',
    type: 'number',
    unit: 'ms',
    default: 0,
    min: 0,
    max: DAY_MS,
    perModel: true,
    help: 'Send a `:` comment after each such silence, once the headers are out (/v1 only); 0 = none',
  },
  {
    name: 'close-after-answer',
    type: 'boolean',
    default: false,
    perModel: true,
    help: 'Close the connection after each answer although Keep-Alive was promised, as llama.cpp does',
  },
  {
    name: 'answers',
    type: 'text',
    default: '',
    perModel: true,
    help: 'Model name that answers carry; empty = the one asked for',
  },
  {
    name: 'fault',
    type: 'fault',
    default: '',
    perModel: true,
    help: 'Fault as name[=value][@share]; also per request: header X-Mock-Fault, or a model name like mock~reset=3',
  },
  {
    name: 'model',
    key: 'modelOverrides',
    type: 'models',
    default: {},
    help: 'Serve NAME with options of its own, NAME:ttft-ms=500,token-ms=40; repeatable',
  },
  {
    name: 'truth-entries',
    type: 'integer',
    default: 200_000,
    min: 1,
    max: 10_000_000,
    help: 'Requests that /truth remembers',
  },
] as const satisfies readonly MockOptionRow[];

type Row = (typeof MOCK_OPTIONS)[number];

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

type KeyOf<R extends Row> = R extends { key: infer K extends string } ? K : Camel<R['name']>;

type ValueOf<R extends Row> = R extends { choices: readonly (infer Choice)[] }
  ? Choice
  : R['type'] extends 'integer' | 'number'
    ? number
    : R['type'] extends 'boolean'
      ? boolean
      : R['type'] extends 'list'
        ? readonly string[]
        : R['type'] extends 'models'
          ? Readonly<Record<string, ModelOverride>>
          : string;

/** The options that may differ from model to model. */
export type ModelSettings = { [R in Extract<Row, { perModel: true }> as KeyOf<R>]: ValueOf<R> };

export type ModelOverride = Partial<ModelSettings>;

export type MockOptions = { [R in Row as KeyOf<R>]: ValueOf<R> };

export function optionKey(row: MockOptionRow): string {
  return row.key ?? row.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
