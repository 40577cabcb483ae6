import type { Answer } from './answer.ts';
import type { Api } from './ask.ts';
import { tokensText } from './text.ts';

/** How an answer looks on the wire. One API is one face; the rest of the mock does not know any JSON. */
export interface Face {
  contentType: string;
  /** A payload in this API's framing. */
  frame(payload: string): string;
  /** The frame that says who speaks and nothing else; absent where the API has none. */
  role?: string;
  /** A frame with text. `opening`: no role frame went before, so this one names the speaker. */
  delta(kind: 'content' | 'reasoning', text: string, opening: boolean): string;
  finish(reason: string): string;
  usage(): string;
  done: string;
  /** The whole answer as one JSON body. */
  whole(): string;
}

export interface ApiError {
  message: string;
  type: string;
  code: string | number | null;
}

/** OpenAI's error shape, in bodies and inside streams alike. */
export function errorJson(error: ApiError): string {
  return JSON.stringify({ error: { message: error.message, type: error.type, param: null, code: error.code } });
}

const FINGERPRINT = 'llmload-mock';
const ROLE = '"role":"assistant",';

export function openaiFace(api: Api, answer: Answer): Face {
  const frame = (payload: string): string => `data: ${payload}\n\n`;
  const object = api === 'chat' ? 'chat.completion.chunk' : 'text_completion';
  // Said once: with 25,000 frames a second, building every frame from objects is most of the work.
  const head = `${JSON.stringify(common(answer, object)).slice(0, -1)},"choices":`;
  const choice = (inside: string, finish: string): string =>
    frame(`${head}[{"index":0,${inside},"finish_reason":${finish}}]}`);
  const shared = {
    contentType: 'text/event-stream; charset=utf-8',
    frame,
    usage: () => frame(`${head}[],"usage":${JSON.stringify(usage(answer))}}`),
    done: frame('[DONE]'),
    whole: () => JSON.stringify(api === 'chat' ? wholeChat(answer) : wholeCompletion(answer)),
  };
  if (api === 'completions') {
    return {
      ...shared,
      delta: (_kind, text) => choice(`"text":${JSON.stringify(text)},"logprobs":null`, 'null'),
      // As vLLM and llama.cpp do it: a last frame with an empty text, which is no token.
      finish: (reason) => choice('"text":"","logprobs":null', JSON.stringify(reason)),
    };
  }
  return {
    ...shared,
    role: choice(`"delta":{${ROLE}"content":""}`, 'null'),
    delta: (kind, text, opening) => {
      const field = kind === 'reasoning' ? 'reasoning_content' : 'content';
      return choice(`"delta":{${opening ? ROLE : ''}"${field}":${JSON.stringify(text)}}`, 'null');
    },
    finish: (reason) => choice('"delta":{}', JSON.stringify(reason)),
  };
}

function common(answer: Answer, object: string): Record<string, unknown> {
  const { id, created, model } = answer;
  return { id, object, created, model, system_fingerprint: FINGERPRINT };
}

function usage({ promptTokens, reasoning, content }: Answer): Record<string, unknown> {
  const completion = reasoning + content;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completion,
    total_tokens: promptTokens + completion,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function wholeChat(answer: Answer): Record<string, unknown> {
  const message = {
    role: 'assistant',
    content: wholeText(answer),
    ...(answer.reasoning > 0 ? { reasoning_content: tokensText(0, answer.reasoning) } : {}),
  };
  return whole(answer, 'chat.completion', { index: 0, message, finish_reason: answer.finish });
}

function wholeCompletion(answer: Answer): Record<string, unknown> {
  const choice = { index: 0, text: wholeText(answer), logprobs: null, finish_reason: answer.finish };
  return whole(answer, 'text_completion', choice);
}

function whole(answer: Answer, object: string, choice: Record<string, unknown>): Record<string, unknown> {
  return { ...common(answer, object), choices: [choice], ...(answer.usage ? { usage: usage(answer) } : {}) };
}

function wholeText(answer: Answer): string {
  return tokensText(0, answer.content) + 'x'.repeat(answer.padding);
}
