import type { Api } from './api.ts';
import { OLLAMA, ollamaLimits } from './ollama.ts';

/** POST /api/generate: a prompt that the server puts into the model's template. */
export const ollamaGenerate: Api = {
  ...OLLAMA,
  name: 'ollama-generate',
  path: '/api/generate',
  body: (ask) => ({ model: ask.model, prompt: ask.prompt, ...ollamaLimits(ask) }),
  content: ['response'],
  reasoning: ['thinking'],
  toolCall: [],
  bodyContent: ['response', 'thinking'],
};
