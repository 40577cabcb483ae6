import type { Protocol } from './protocol.ts';
import { estimateTokens } from './text.ts';

/** What a request wants, in words that all APIs share. */
export interface Ask extends Wishes {
  model: string;
  promptTokens: number;
  /** Its text, all messages one after the other. */
  promptText: () => string;
  /** The answer has a place for reasoning. */
  reasons: boolean;
}

export interface Wishes {
  stream: boolean;
  includeUsage: boolean;
  maxTokens?: number;
  minTokens: number;
  ignoreEos: boolean;
}

/** As a real server's context window does, this keeps one request from eating the machine. */
export const MAX_TOKENS = 131_072;

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The request as an Ask, or the sentence that belongs in a 400. */
export function readAsk(protocol: Protocol, text: string): Ask | string {
  const body = parse(text);
  if (typeof body === 'string') return body;
  if (typeof body.model !== 'string' || body.model === '') return "'model' is required";
  const promptTokens = protocol.promptTokens(body);
  if (typeof promptTokens === 'string') return promptTokens;
  const wishes = protocol.wishes(body);
  if (typeof wishes === 'string') return wishes;
  const promptText = (): string => protocol.promptText(body);
  return { model: body.model, promptTokens, promptText, reasons: protocol.reasons, ...wishes };
}

function parse(text: string): Json | string {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'the body must be a JSON object';
  } catch (error) {
    return `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MAX_TOKENS;
}

export function chatTokens(messages: unknown): number | string {
  if (!Array.isArray(messages) || messages.length === 0) return "'messages' is required";
  if (!messages.every(isObject)) return "'messages' must be a list of objects";
  return estimateTokens(chatText(messages));
}

export function chatText(messages: unknown): string {
  if (!Array.isArray(messages)) return '';
  return messages.map((message) => (isObject(message) ? contentText(message.content) : '')).join(' ');
}

/** A message's content is a string or a list of parts; parts without text (images) count nothing here. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join(' ');
}

/** A prompt is a text, a list of texts, or token ids, which need no estimate. */
export function promptTokens(prompt: unknown): number | string {
  if (typeof prompt === 'string') return estimateTokens(prompt);
  if (!Array.isArray(prompt) || prompt.length === 0) return "'prompt' is required";
  if (prompt.every((part) => typeof part === 'number')) return prompt.length;
  return estimateTokens(prompt.filter((part) => typeof part === 'string').join(' '));
}

/** Token ids stand for words. */
export const promptText = (prompt: unknown): string => (Array.isArray(prompt) ? prompt.join(' ') : String(prompt));
