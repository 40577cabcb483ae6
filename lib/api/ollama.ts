import type { Api, Ask, Said } from './api.ts';
import { commonSaid } from './said.ts';

/** ns on the wire, ms in `serverTimings`. */
const DURATIONS = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const;

/** What Ollama's chat and its generate share. https://docs.ollama.com/api */
export const OLLAMA = {
  framing: 'ndjson',
  /** All but model, done and error stand on the last frame only. */
  values: {
    model: 'model',
    finish: 'done_reason',
    input: 'prompt_eval_count',
    output: 'eval_count',
    error: 'error',
    done: 'done',
    total_duration: 'total_duration',
    load_duration: 'load_duration',
    prompt_eval_duration: 'prompt_eval_duration',
    eval_duration: 'eval_duration',
  },
  said,
  models: { path: '/api/tags', list: 'models', name: 'name' },
} satisfies Partial<Api>;

/** Ollama knows no ignore_eos. Without `think`, models that can think do. */
export const ollamaLimits = (ask: Ask): Record<string, unknown> => ({
  stream: ask.stream,
  options: { num_predict: ask.outputTokens, temperature: ask.temperature },
});

function said(values: Record<string, unknown>): Said {
  const said = commonSaid(values);
  // Older servers give no done_reason.
  if (values.done === true) said.done = true;
  for (let i = 0; i < DURATIONS.length; i++) {
    const name = DURATIONS[i] as string;
    const ns = values[name];
    if (typeof ns !== 'number') continue;
    said.serverTimings ??= {};
    said.serverTimings[name] = ns / 1e6;
  }
  return said;
}
