import { type Api, messages } from './api.ts';
import { OPENAI_MODELS, OPENAI_VALUES, openaiLimits, openaiSaid } from './openai.ts';

/** POST /v1/chat/completions, as served by OpenAI, vLLM, SGLang, llama.cpp, Ollama's /v1, LiteLLM and most routers. */
export const openaiChat: Api = {
  name: 'openai-chat',
  path: '/v1/chat/completions',
  body: (ask) => ({ model: ask.model, messages: messages(ask), ...openaiLimits(ask) }),
  chat: true,
  framing: 'sse',
  content: ['choices.0.delta.content'],
  reasoning: ['choices.0.delta.reasoning_content', 'choices.0.delta.reasoning'],
  toolCall: ['choices.0.delta.tool_calls'],
  values: OPENAI_VALUES,
  terminal: '[DONE]',
  bodyContent: [
    'choices.0.message.content',
    'choices.0.message.reasoning_content',
    'choices.0.message.reasoning',
    'choices.0.message.tool_calls',
  ],
  said: openaiSaid,
  models: OPENAI_MODELS,
};
