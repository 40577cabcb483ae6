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
import type { ApiError, Late, Protocol } from './protocol.ts';
import { tokensText, wholeText } from './text.ts';

function errorJson(error: ApiError): string {
  return JSON.stringify({ error: { message: error.message, type: error.type, param: null, code: error.code } });
}

const FINGERPRINT = 'llmload-mock';
const ROLE = '"role":"assistant",';

const shared = {
  wishes,
  contentType: 'text/event-stream; charset=utf-8',
  frame: (payload: string): string => `data: ${payload}\n\n`,
  comment: ':\n\n',
  error: errorJson,
} satisfies Partial<Protocol>;

export const openaiChat: Protocol = {
  ...shared,
  path: '/v1/chat/completions',
  reasons: true,
  promptTokens: (body) => chatTokens(body.messages),
  promptText: (body) => chatText(body.messages),
  face(answer) {
    const { head, choice } = framesOf(answer, 'chatcmpl', 'chat.completion.chunk');
    return {
      role: choice(`"delta":{${ROLE}"content":""}`, 'null'),
      delta: (kind, text, opening) => {
        const field = kind === 'reasoning' ? 'reasoning_content' : 'content';
        return choice(`"delta":{${opening ? ROLE : ''}"${field}":${JSON.stringify(text)}}`, 'null');
      },
      closing: () => closing(answer, head, (reason) => choice('"delta":{}', reason)),
      whole: () => JSON.stringify(wholeChat(answer)),
    };
  },
};

export const openaiCompletions: Protocol = {
  ...shared,
  path: '/v1/completions',
  reasons: false,
  promptTokens: (body) => promptTokens(body.prompt),
  promptText: (body) => promptText(body.prompt),
  face(answer) {
    const { head, choice } = framesOf(answer, 'cmpl', 'text_completion');
    return {
      delta: (_kind, text) => choice(`"text":${JSON.stringify(text)},"logprobs":null`, 'null'),
      // As vLLM and llama.cpp do it: a last frame with an empty text, which is no token.
      closing: () => closing(answer, head, (reason) => choice('"text":"","logprobs":null', reason)),
      whole: () => JSON.stringify(wholeCompletion(answer)),
    };
  },
};

function wishes(body: Json): Wishes | string {
  const cap = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  if (cap !== undefined && !isCount(cap, 1)) return `'max_tokens' must be an integer from 1 to ${MAX_TOKENS}`;
  const least = body.min_tokens ?? 0;
  if (!isCount(least, 0)) return `'min_tokens' must be an integer from 0 to ${MAX_TOKENS}`;
  const streamOptions = isObject(body.stream_options) ? body.stream_options : {};
  return {
    stream: body.stream === true,
    includeUsage: streamOptions.include_usage === true,
    ...(cap === undefined ? {} : { maxTokens: cap }),
    minTokens: least,
    ignoreEos: body.ignore_eos === true,
  };
}

/** What all frames of an answer begin with, said once: with 25,000 a second, building each from objects is most of the work. */
function framesOf(answer: Answer, prefix: string, object: string) {
  const head = `${JSON.stringify(common(answer, prefix, object)).slice(0, -1)},"choices":`;
  const choice = (inside: string, finish: string): string =>
    shared.frame(`${head}[{"index":0,${inside},"finish_reason":${finish}}]}`);
  return { head, choice };
}

function closing(answer: Answer, head: string, finish: (reason: string) => string): Late<string>[] {
  return [
    ...(answer.finish === null ? [] : [() => finish(JSON.stringify(answer.finish))]),
    ...(answer.usage ? [() => shared.frame(`${head}[],"usage":${JSON.stringify(usage(answer))}}`)] : []),
    () => shared.frame('[DONE]'),
  ];
}

function common({ id, created, model }: Answer, prefix: string, object: string): Json {
  return { id: `${prefix}-${id}`, object, created, model, system_fingerprint: FINGERPRINT };
}

function usage({ promptTokens, course, reasoning, content }: Answer): Json {
  const completion = reasoning + content;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
    prompt_tokens_details: { cached_tokens: course.cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function wholeChat(answer: Answer): Json {
  const message = {
    role: 'assistant',
    content: wholeText(answer),
    ...(answer.reasoning > 0 ? { reasoning_content: tokensText(0, answer.reasoning) } : {}),
  };
  return whole(answer, 'chatcmpl', 'chat.completion', { index: 0, message, finish_reason: answer.finish });
}

function wholeCompletion(answer: Answer): Json {
  const choice = { index: 0, text: wholeText(answer), logprobs: null, finish_reason: answer.finish };
  return whole(answer, 'cmpl', 'text_completion', choice);
}

function whole(answer: Answer, prefix: string, object: string, choice: Json): Json {
  return { ...common(answer, prefix, object), choices: [choice], ...(answer.usage ? { usage: usage(answer) } : {}) };
}

/** GET /v1/models. */
export const openaiModels = (names: readonly string[]): Json => ({
  object: 'list',
  data: names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'llmload' })),
});
