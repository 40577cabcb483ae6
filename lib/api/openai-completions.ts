import type { Api } from './api.ts';
import { OPENAI_MODELS, OPENAI_VALUES, openaiLimits, openaiSaid } from './openai.ts';

/** POST /v1/completions: the prompt as it is, without a chat template. */
export const openaiCompletions: Api = {
  name: 'openai-completions',
  path: '/v1/completions',
  body: (ask) => ({ model: ask.model, prompt: ask.prompt, ...openaiLimits(ask) }),
  framing: 'sse',
  content: ['choices.0.text'],
  reasoning: [],
  toolCall: [],
  values: OPENAI_VALUES,
  terminal: '[DONE]',
  bodyContent: ['choices.0.text'],
  said: openaiSaid,
  models: OPENAI_MODELS,
};
