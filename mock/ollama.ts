import type { Answer } from './answer.ts';
import {
  chatText,
  chatTokens,
  isCount,
  isObject,
  type Json,
  MAX_TOKENS,
  promptText,
  promptTokens,
  type Wishes,
} from './ask.ts';
import type { Face, Protocol } from './protocol.ts';
import { tokensText, wholeText } from './text.ts';

/** Ollama's own API: one JSON object a line, the last one with the reason and the figures. https://docs.ollama.com/api */
const shared = {
  reasons: true,
  wishes,
  contentType: 'application/x-ndjson',
  frame: (payload: string): string => `${payload}\n`,
  error: ({ message }) => JSON.stringify({ error: message }),
} satisfies Partial<Protocol>;

/** Where an API has its text: as JSON, up to the closing brace of the object. */
type Place = (content: string, thinking?: string) => string;

const thought = (thinking?: string): string =>
  thinking === undefined ? '' : `,"thinking":${JSON.stringify(thinking)}`;

export const ollamaChat: Protocol = {
  ...shared,
  path: '/api/chat',
  promptTokens: (body) => chatTokens(body.messages),
  promptText: (body) => chatText(body.messages),
  face: (answer) =>
    face(answer, (content, thinking) => {
      return `"message":{"role":"assistant","content":${JSON.stringify(content)}${thought(thinking)}}`;
    }),
};

export const ollamaGenerate: Protocol = {
  ...shared,
  path: '/api/generate',
  promptTokens: (body) => promptTokens(body.prompt),
  promptText: (body) => promptText(body.prompt),
  face: (answer) => face(answer, (content, thinking) => `"response":${JSON.stringify(content)}${thought(thinking)}`),
};

/** Streams unless told otherwise; a negative num_predict is no limit. */
function wishes(body: Json): Wishes | string {
  const cap = (isObject(body.options) ? body.options.num_predict : undefined) ?? -1;
  const limited = isCount(cap, 1);
  if (!limited && !(Number.isInteger(cap) && Number(cap) < 0))
    return `option "num_predict" must be an integer from 1 to ${MAX_TOKENS}, or negative`;
  return {
    stream: body.stream !== false,
    includeUsage: true,
    ...(limited && { maxTokens: cap }),
    minTokens: 0,
    ignoreEos: false,
  };
}

function face(answer: Answer, place: Place): Face {
  const { model, created } = answer;
  const createdAt = new Date(created * 1000).toISOString();
  const head = JSON.stringify({ model, created_at: createdAt }).slice(0, -1);
  const last = (text: string): string => `${head},${text},${JSON.stringify(ending(answer)).slice(1)}`;
  const thinking = answer.reasoning > 0 ? tokensText(0, answer.reasoning) : undefined;
  return {
    delta: (kind, text) => `${head},${kind === 'reasoning' ? place('', text) : place(text)},"done":false}\n`,
    closing: () => [() => `${last(place(''))}\n`],
    whole: () => last(place(wholeText(answer), thinking)),
  };
}

/** The durations, in ns, are by the engine's schedule; the prompt's holds the wait for a place too. */
function ending({ finish, usage, promptTokens: prompt, reasoning, content, course }: Answer): Json {
  const { promptMs, evalMs } = course;
  const ns = (ms: number): number => Math.round(ms * 1e6);
  return {
    done: true,
    ...(finish !== null && { done_reason: finish }),
    ...(usage && {
      total_duration: ns(promptMs + evalMs),
      load_duration: 0,
      prompt_eval_count: prompt,
      prompt_eval_duration: ns(promptMs),
      eval_count: reasoning + content,
      eval_duration: ns(evalMs),
    }),
  };
}

const NEVER = '1970-01-01T00:00:00Z';

const entry = (name: string): Json => ({
  name,
  model: name,
  size: 0,
  digest: '',
  details: {
    parent_model: '',
    format: 'gguf',
    family: 'mock',
    families: ['mock'],
    parameter_size: '0',
    quantization_level: 'F16',
  },
});

/** GET /api/tags: what there is. */
export const ollamaTags = (names: readonly string[]): Json => ({
  models: names.map((name) => ({ ...entry(name), modified_at: NEVER })),
});

/** GET /api/ps: what is loaded, which is all there is. */
export const ollamaRunning = (names: readonly string[], contextTokens: (name: string) => number): Json => ({
  models: names.map((name) => ({
    ...entry(name),
    expires_at: NEVER,
    size_vram: 0,
    context_length: contextTokens(name),
  })),
});

/** GET /api/version. */
export const OLLAMA_VERSION: Json = { version: '0.0.0-llmload-mock' };
