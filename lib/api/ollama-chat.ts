import type { Api } from './api.ts';
import { OLLAMA, ollamaLimits } from './ollama.ts';

/** POST /api/chat, Ollama's own: one JSON object a line, the last one with `done: true`. */
export const ollamaChat: Api = {
  ...OLLAMA,
  name: 'ollama-chat',
  path: '/api/chat',
  body: (ask) => ({ model: ask.model, messages: [{ role: 'user', content: ask.prompt }], ...ollamaLimits(ask) }),
  content: ['message.content'],
  reasoning: ['message.thinking'],
  toolCall: ['message.tool_calls'],
  bodyContent: ['message.content', 'message.thinking', 'message.tool_calls'],
};
