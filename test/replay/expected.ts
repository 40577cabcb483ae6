/** What a client must make of each recording. Read off the recordings themselves, frame by frame, not from our own code. */
import type { Outcome, TokenSource, Usage } from '../../lib/completion.ts';

export interface Expected {
  /** The protocol that was spoken. */
  api: 'openai-chat' | 'openai-completions' | 'ollama-chat' | 'ollama-generate';
  /** Whether a stream was asked for. */
  stream: boolean;
  outcome: Outcome;
  /** HTTP status; absent when no answer came. */
  status?: number;
  /** Frames with content; 0 for an answer in one piece. */
  frames: number;
  /** Index of the receive whose bytes complete the first content frame: the one that TTFT must point at. */
  firstContent?: number;
  /** The model that the answer names. */
  answered?: string;
  finish?: string;
  usage?: Usage;
  tokenSource: TokenSource;
  /** UTF-16 length of the answer's text. */
  characters?: number;
  /** Part of the one line that says what went wrong. */
  error?: RegExp;
}

/** A stream that ended in order at its token limit, without usage; each entry says how it differs. */
const stream = {
  api: 'openai-chat',
  stream: true,
  outcome: 'ok',
  status: 200,
  answered: 'tiny',
  finish: 'length',
  tokenSource: 'frames',
} as const satisfies Partial<Expected>;

/** Cut before its finish reason. */
const cut = {
  api: 'openai-chat',
  stream: true,
  outcome: 'connection',
  status: 200,
  tokenSource: 'frames',
} as const satisfies Partial<Expected>;

/** No answer at all. */
const silent = {
  api: 'openai-chat',
  stream: true,
  outcome: 'connection',
  frames: 0,
  tokenSource: 'none',
} as const satisfies Expected;

/** An answer with another status than 200. */
const refused = {
  api: 'openai-chat',
  stream: true,
  outcome: 'http_error',
  frames: 0,
  tokenSource: 'none',
} as const satisfies Expected;

export const expected: Record<string, Expected> = {
  'llamacpp-chat-stream': {
    ...stream,
    frames: 16,
    firstContent: 1,
    usage: { input: 25, output: 16, cached: 24 },
    tokenSource: 'server',
    characters: 76,
  },
  'llamacpp-chat-nousage': { ...stream, frames: 4, firstContent: 1, characters: 12 },
  'llamacpp-completions-stream': {
    ...stream,
    api: 'openai-completions',
    frames: 6, // the seventh has the finish reason and an empty text
    firstContent: 1,
    usage: { input: 3, output: 6, cached: 0 },
    tokenSource: 'server',
    characters: 25,
  },
  'llamacpp-natural-stop': {
    ...stream,
    frames: 52,
    firstContent: 1,
    finish: 'stop',
    usage: { input: 13, output: 53, cached: 12 }, // the end token is counted, no frame shows it
    tokenSource: 'server',
    characters: 221,
  },
  'llamacpp-bytes-stream': {
    ...stream,
    answered: 'bytes',
    frames: 285,
    firstContent: 1,
    usage: { input: 13, output: 300, cached: 0 },
    tokenSource: 'server',
    characters: 1173, // UTF-16: two characters take a pair
  },
  'llamacpp-mid-long': {
    ...stream,
    answered: 'mid',
    frames: 24,
    firstContent: 1,
    usage: { input: 2181, output: 24, cached: 0 },
    tokenSource: 'server',
    characters: 135,
  },
  'llamacpp-mid-ping1s': {
    ...stream,
    answered: 'mid',
    frames: 12,
    firstContent: 3, // 1 and 2 are comments
    usage: { input: 569, output: 12, cached: 0 },
    tokenSource: 'server',
    characters: 69,
  },
  'llamacpp-mid-progress': {
    ...stream,
    answered: 'mid',
    frames: 12,
    firstContent: 1, // 0 holds the headers and a role frame
    usage: { input: 569, output: 12, cached: 0 },
    tokenSource: 'server',
    characters: 50,
  },
  'llamacpp-mid-nostream': {
    ...stream,
    stream: false,
    answered: 'mid',
    frames: 0,
    usage: { input: 569, output: 12, cached: 0 },
    tokenSource: 'server',
    characters: 54,
  },
  'llamacpp-mid-client-abort': { ...cut, answered: 'mid', frames: 3, firstContent: 1, characters: 9 },
  'llamacpp-err-unknown-model': { ...stream, frames: 4, firstContent: 1, characters: 11 }, // `nope` was asked for
  'llamacpp-err-404': { ...refused, stream: false, status: 404, error: /File Not Found/ },
  'llamacpp-err-badjson': { ...refused, stream: false, status: 400, error: /parse error at line 1, column 18/ },
  'llamacpp-err-badtype': { ...refused, status: 400, error: /type must be number, but is string/ },
  'llamacpp-err-no-messages': { ...refused, status: 400, error: /'messages' is required/ },
  'llamacpp-err-ctx-overflow-stream': { ...refused, status: 400, error: /exceeds the available context size/ },
  'litellm-chat-stream': {
    ...stream,
    frames: 16,
    firstContent: 2, // 1 is the role
    usage: { input: 25, output: 16, cached: 24, reasoning: 0 },
    tokenSource: 'server',
    characters: 48,
  },
  'litellm-chat-nousage': { ...stream, frames: 4, firstContent: 1, characters: 14 },
  'litellm-upstream-dies': {
    ...cut,
    outcome: 'stream_error',
    answered: 'broken',
    frames: 3,
    firstContent: 1,
    characters: 13,
    error: /Response payload is not completed/,
  },
  'litellm-err-401': { ...refused, status: 500, error: /Internal Server Error/ },
  'litellm-err-backend-down': { ...refused, status: 500, error: /Connection error/ },
  'litellm-err-badjson': { ...refused, stream: false, status: 400, error: /Invalid JSON payload/ },
  'litellm-err-unknown-model': { ...refused, status: 400, error: /Invalid model name passed in model=nope/ },
  'ollama-chat-warm': {
    ...stream,
    api: 'ollama-chat',
    frames: 8,
    firstContent: 0, // with the headers
    usage: { input: 13, output: 8 },
    tokenSource: 'server',
    characters: 37,
  },
  'ollama-chat-nostream': {
    ...stream,
    api: 'ollama-chat',
    stream: false,
    frames: 0,
    usage: { input: 13, output: 3 },
    tokenSource: 'server',
  },
  'ollama-generate-stream': {
    ...stream,
    api: 'ollama-generate',
    frames: 3,
    firstContent: 0,
    usage: { input: 13, output: 3 },
    tokenSource: 'server',
    characters: 14,
  },
  'ollama-err-unknown-model': { ...refused, api: 'ollama-chat', status: 404, error: /model 'nope' not found/ },
  'ollama-err-badjson': { ...refused, api: 'ollama-chat', status: 400, error: /invalid character 'b'/ },
  'ollama-ctx-overflow-notrunc': { ...refused, api: 'ollama-chat', status: 400, error: /exceeds the context length/ },
  'ollama-overload-cold-8': { ...refused, api: 'ollama-chat', status: 503, error: /server busy/ },
  'ollama-v1-chat-stream': {
    ...stream,
    frames: 4,
    firstContent: 0, // with the headers
    usage: { input: 13, output: 4 },
    tokenSource: 'server',
    characters: 42,
  },
  'ollama-v1-nousage': { ...stream, frames: 2, firstContent: 0, characters: 7 },
  'ollama-err-v1-unknown-model': { ...refused, status: 404, error: /model 'nope' not found/ },
  'toxi-latency300': { ...stream, frames: 200, firstContent: 1, characters: 877 },
  'toxi-slicer64B': { ...stream, frames: 200, firstContent: 10, characters: 761 }, // the frame begins in 7
  'toxi-limit3000': { ...cut, answered: 'tiny', frames: 10, firstContent: 1, characters: 46 },
  'toxi-reset5ms': silent,
  'toxi-timeout1500': silent,
};
