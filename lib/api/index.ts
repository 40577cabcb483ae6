import type { Api } from './api.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';

/** Every API by the name users give it in the setting API. */
export const APIS: Readonly<Record<string, Api>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiCompletions,
  openai: openaiChat,
};
