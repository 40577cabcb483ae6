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
  course: Course;
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

/** What only the engine can tell, while it produces: read when the answer speaks of it, not before. */
export interface Course {
  /** Prompt tokens that the prefix cache had. */
  cachedTokens: number;
  /** From the request to its first token, by the engine's schedule. */
  promptMs: number;
  /** From there to its last one. */
  evalMs: number;
}

export function planAnswer(ask: Ask, settings: ModelSettings, id: string, course: Course, opening: string): Answer {
  const { total, finish } = length(ask, settings);
  const reasoning = Math.min(ask.reasons ? settings.reasoningTokens : 0, total);
  return {
    id,
    model: settings.answers === '' ? ask.model : settings.answers,
    created: Math.floor(Date.now() / 1000),
    stream: ask.stream,
    promptTokens: ask.promptTokens,
    course,
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
