import { type Api, messages } from './api.ts';
import { OLLAMA, ollamaLimits } from './ollama.ts';

/** POST /api/chat, Ollama's own: one JSON object a line, the last one with `done: true`. */
export const ollamaChat: Api = {
  ...OLLAMA,
  name: 'ollama-chat',
  path: '/api/chat',
  body: (ask) => ({ model: ask.model, messages: messages(ask), ...ollamaLimits(ask) }),
  chat: true,
  content: ['message.content'],
  reasoning: ['message.thinking'],
  toolCall: ['message.tool_calls'],
  bodyContent: ['message.content', 'message.thinking', 'message.tool_calls'],
};
