import type { Api } from './api.ts';
import { ollamaChat } from './ollama-chat.ts';
import { ollamaGenerate } from './ollama-generate.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';

/** Every API by the name users give it in the setting API. */
export const APIS: Readonly<Record<string, Api>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiCompletions,
  'ollama-chat': ollamaChat,
  'ollama-generate': ollamaGenerate,
  openai: openaiChat,
  ollama: ollamaChat,
};

/** @throws Error if there is none of that name: the setting API knows them all. */
export function apiOf(name: string): Api {
  const api = APIS[name];
  if (!api) throw new Error(`no API called ${name}`);
  return api;
}
