import { type Ask, errorText, object, type Said } from './api.ts';
import { commonSaid } from './said.ts';

/** What OpenAI's chat and its completions share. https://platform.openai.com/docs/api-reference/chat-streaming */

export const OPENAI_MODELS = { path: '/v1/models', list: 'data', name: 'id' };

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

export function openaiSaid(values: Record<string, unknown>): Said {
  const { message, timings } = values;
  const said = commonSaid(values);
  if (timings !== undefined && timings !== null) {
    const numbers = Object.entries(object(timings) ?? {}).filter(
      (e): e is [string, number] => typeof e[1] === 'number',
    );
    if (numbers.length) said.serverTimings = Object.fromEntries(numbers);
  }
  if (said.error === undefined && typeof message === 'string') said.error = errorText(message);
  return said;
}
