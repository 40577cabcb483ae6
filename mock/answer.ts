import type { Ask } from './ask.ts';
import type { ModelSettings } from './options.ts';

/** What will be said, before anybody asks how it looks on the wire or when it is sent. */
export interface Answer {
  id: string;
  model: string;
  /** Epoch seconds. */
  created: number;
  stream: boolean;
  promptTokens: number;
  /** Prompt tokens that the prefix cache had. */
  cachedTokens: number;
  /** To the first token, as planned: neither jitter nor the wait for a slot is in it. */
  ttftMs: number;
  /** Tokens sent first, as reasoning. */
  reasoning: number;
  /** Tokens of visible text after those. */
  content: number;
  /** What the first of these says in place of its word; empty: that word. */
  opening: string;
  /** null: the answer never says why it ended. */
  finish: 'stop' | 'length' | null;
  /** Whether the answer carries a usage block. */
  usage: boolean;
  /** Extra bytes for the frame in the middle. */
  padding: number;
}

export function planAnswer(
  ask: Ask,
  settings: ModelSettings,
  id: string,
  cachedTokens: number,
  opening: string,
): Answer {
  const { total, finish } = length(ask, settings);
  const reasoning = Math.min(ask.reasons ? settings.reasoningTokens : 0, total);
  return {
    id,
    model: settings.answers === '' ? ask.model : settings.answers,
    created: Math.floor(Date.now() / 1000),
    stream: ask.stream,
    promptTokens: ask.promptTokens,
    cachedTokens,
    ttftMs: settings.ttftMs + settings.promptTokenMs * (ask.promptTokens - cachedTokens),
    reasoning,
    content: total - reasoning,
    opening,
    finish,
    usage: settings.usage === 'always' || (settings.usage === 'auto' && (!ask.stream || ask.includeUsage)),
    padding: 0,
  };
}

/** The end of a text is the model's own (`stop`) unless the request cuts it or forbids it (`length`). */
function length(ask: Ask, settings: ModelSettings): { total: number; finish: 'stop' | 'length' } {
  const own = settings.tokens + (ask.reasons ? settings.reasoningTokens : 0);
  const wanted = Math.max(own, ask.minTokens);
  if (ask.maxTokens === undefined) return { total: wanted, finish: 'stop' };
  if (ask.ignoreEos || wanted >= ask.maxTokens) return { total: ask.maxTokens, finish: 'length' };
  return { total: wanted, finish: 'stop' };
}
