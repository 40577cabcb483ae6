import type { Usage } from '../completion.ts';
import { type Ask, errorText, object, type Said } from './api.ts';

/** What OpenAI's chat and its completions share. https://platform.openai.com/docs/api-reference/chat-streaming */

export const OPENAI_VALUES = {
  model: 'model',
  finish: 'choices.0.finish_reason',
  input: 'usage.prompt_tokens',
  output: 'usage.completion_tokens',
  cached: 'usage.prompt_tokens_details.cached_tokens',
  reasoning: 'usage.completion_tokens_details.reasoning_tokens',
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

function usageOf(values: Record<string, unknown>): Usage | undefined {
  const input = count(values.input);
  const output = count(values.output);
  if (input === undefined && output === undefined) return undefined;
  const usage: Usage = { input: input ?? 0, output: output ?? 0 };
  const cached = count(values.cached);
  const reasoning = count(values.reasoning);
  if (cached !== undefined) usage.cached = cached;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  return usage;
}

export function openaiSaid(values: Record<string, unknown>): Said {
  const { model, finish, error, message, timings } = values;
  const said: Said = {};
  if (typeof model === 'string' && model) said.answered = model;
  if (typeof finish === 'string' && finish) said.finish = finish;
  const tokens = usageOf(values);
  if (tokens) said.usage = tokens;
  if (timings !== undefined && timings !== null) {
    const numbers = Object.entries(object(timings) ?? {}).filter(
      (e): e is [string, number] => typeof e[1] === 'number',
    );
    if (numbers.length) said.serverTimings = Object.fromEntries(numbers);
  }
  if (error !== undefined && error !== null && error !== '')
    said.error = errorText(object(error)) || 'an error without a text';
  else if (typeof message === 'string') said.error = errorText(message);
  return said;
}
