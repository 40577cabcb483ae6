import type { Usage } from '../completion.ts';
import { type Ask, errorText, type Said } from './api.ts';

/** What OpenAI's chat and its completions share. https://platform.openai.com/docs/api-reference/chat-streaming */

export const OPENAI_VALUES = {
  model: 'model',
  finish: 'choices.0.finish_reason',
  usage: 'usage',
  error: 'error',
  message: 'message', // older vLLM: {"object": "error", "message": …}; no other frame has one
  timings: 'timings', // llama.cpp
};

export function openaiLimits(ask: Ask): Record<string, unknown> {
  return {
    max_tokens: ask.outputTokens,
    temperature: ask.temperature,
    ...(ask.ignoreEos && { ignore_eos: true, min_tokens: ask.outputTokens }),
    stream: ask.stream,
    ...(ask.stream && { stream_options: { include_usage: true } }),
  };
}

const count = (v: unknown): number | undefined => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);

interface OpenaiUsage {
  prompt_tokens?: unknown;
  completion_tokens?: unknown;
  prompt_tokens_details?: { cached_tokens?: unknown } | null;
  completion_tokens_details?: { reasoning_tokens?: unknown } | null;
}

function usageOf(v: OpenaiUsage): Usage | undefined {
  const input = count(v.prompt_tokens);
  const output = count(v.completion_tokens);
  if (input === undefined && output === undefined) return undefined;
  const usage: Usage = { input: input ?? 0, output: output ?? 0 };
  const cached = count(v.prompt_tokens_details?.cached_tokens);
  const reasoning = count(v.completion_tokens_details?.reasoning_tokens);
  if (cached !== undefined) usage.cached = cached;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  return usage;
}

export function openaiSaid(values: Record<string, unknown>): Said {
  const { model, finish, usage, error, message, timings } = values;
  const said: Said = {};
  if (typeof model === 'string' && model) said.answered = model;
  if (typeof finish === 'string' && finish) said.finish = finish;
  const tokens = usage !== null && typeof usage === 'object' ? usageOf(usage) : undefined;
  if (tokens) said.usage = tokens;
  if (timings !== null && typeof timings === 'object') {
    const numbers = Object.entries(timings).filter((e): e is [string, number] => typeof e[1] === 'number');
    if (numbers.length) said.serverTimings = Object.fromEntries(numbers);
  }
  if (error !== undefined && error !== null) said.error = errorText(error);
  else if (typeof message === 'string') said.error = errorText(message);
  return said;
}
