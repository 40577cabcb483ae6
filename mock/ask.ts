import { estimateTokens } from './text.ts';

export type Api = 'chat' | 'completions';

/** What a request wants, in words that both APIs share. */
export interface Ask {
  api: Api;
  model: string;
  stream: boolean;
  includeUsage: boolean;
  promptTokens: number;
  maxTokens?: number;
  minTokens: number;
  ignoreEos: boolean;
}

/** As a real server's context window does, this keeps one request from eating the machine. */
export const MAX_TOKENS = 131_072;

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The request as an Ask, or the sentence that belongs in a 400. */
export function readAsk(api: Api, text: string): Ask | string {
  const body = parse(text);
  if (typeof body === 'string') return body;
  if (typeof body.model !== 'string' || body.model === '') return "'model' is required";
  const prompt = api === 'chat' ? chatTokens(body.messages) : promptTokens(body.prompt);
  if (typeof prompt === 'string') return prompt;
  const cap = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  if (cap !== undefined && !isCount(cap, 1)) return `'max_tokens' must be an integer from 1 to ${MAX_TOKENS}`;
  const least = body.min_tokens ?? 0;
  if (!isCount(least, 0)) return `'min_tokens' must be an integer from 0 to ${MAX_TOKENS}`;
  const streamOptions = isObject(body.stream_options) ? body.stream_options : {};
  return {
    api,
    model: body.model,
    stream: body.stream === true,
    includeUsage: streamOptions.include_usage === true,
    promptTokens: prompt,
    ...(cap === undefined ? {} : { maxTokens: cap }),
    minTokens: least,
    ignoreEos: body.ignore_eos === true,
  };
}

function parse(text: string): Json | string {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'the body must be a JSON object';
  } catch (error) {
    return `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MAX_TOKENS;
}

function chatTokens(messages: unknown): number | string {
  if (!Array.isArray(messages) || messages.length === 0) return "'messages' is required";
  if (!messages.every(isObject)) return "'messages' must be a list of objects";
  return estimateTokens(messages.map((message) => contentText(message.content)).join(' '));
}

/** A message's content is a string or a list of parts; parts without text (images) count nothing here. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join(' ');
}

/** A prompt is a text, a list of texts, or token ids, which need no estimate. */
function promptTokens(prompt: unknown): number | string {
  if (typeof prompt === 'string') return estimateTokens(prompt);
  if (!Array.isArray(prompt) || prompt.length === 0) return "'prompt' is required";
  if (prompt.every((part) => typeof part === 'number')) return prompt.length;
  return estimateTokens(prompt.filter((part) => typeof part === 'string').join(' '));
}
