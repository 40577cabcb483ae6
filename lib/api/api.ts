import type { ClientOptions } from 'k6/x/llmload';
import type { Usage } from '../completion.ts';

/** A question or an answer of a conversation, as chat APIs have it. */
export interface Message {
  role: 'user' | 'assistant';
  content: string;
}

/** What to ask of a model; an API turns it into a request body. */
export interface Ask {
  model: string;
  prompt: string;
  /** What was said before, oldest first; only chats send it. */
  history?: readonly Message[];
  stream: boolean;
  /** Most tokens to answer. */
  outputTokens: number;
  /** Ask for exactly `outputTokens`. */
  ignoreEos: boolean;
  temperature: number;
}

/** What an answer said of itself, beside its content. */
export interface Said {
  answered?: string;
  finish?: string;
  usage?: Usage;
  /** In ms where it is a time. */
  serverTimings?: Record<string, number>;
  /** This was the last frame of the answer, where an API marks it by a value. */
  done?: true;
  /** The server reported an error inside the answer. */
  error?: string;
}

/**
 * A wire protocol as data: how to ask, and where in an answer things are. Drivers carry it, and know none themselves.
 * What the paths of a stream's frames mean stands at ClientOptions in extension/index.d.ts.
 */
export interface Api
  extends Pick<ClientOptions, 'framing' | 'content' | 'reasoning' | 'toolCall' | 'values' | 'terminal'> {
  name: string;
  path: string;
  body(ask: Ask): Record<string, unknown>;
  /** It sends the history of a conversation. */
  chat?: true;
  /** Paths to the content of an unstreamed answer, its text first. */
  bodyContent: string[];
  /** Reads `values`; the native driver leaves objects among them as JSON (`object` parses them). */
  said(values: Record<string, unknown>): Said;
  /** Where models are listed: the path, the dot path to the list in the answer, and to a name in an entry of it. */
  models: { path: string; list: string; name: string };
}

/** The messages of a chat. */
export const messages = ({ history = [], prompt }: Ask): Message[] => [...history, { role: 'user', content: prompt }];

/** The value at a dot path, as in `choices.0.delta`. */
export function at(value: unknown, path: string): unknown {
  let v = value;
  for (const key of path.split('.')) {
    if (v === null || typeof v !== 'object') return undefined;
    v = (v as Record<string, unknown>)[key];
  }
  return v;
}

/** An object that may still be JSON. */
export function object(v: unknown): unknown {
  if (typeof v !== 'string' || v.charAt(0) !== '{') return v;
  try {
    return JSON.parse(v);
  } catch {
    return v;
  }
}

/** Something was said there: what counts as content. */
export const holds = (v: unknown): boolean =>
  typeof v === 'string'
    ? v.length > 0
    : v !== null && typeof v === 'object'
      ? Object.keys(v).length > 0
      : v !== undefined && v !== null;

/** One line out of the many shapes of an error: `{error: {message}}`, `{error: text}`, `{message}`, `{detail}`, or a text. */
export function errorText(v: unknown): string {
  if (typeof v === 'string') return oneLine(v);
  const message = at(v, 'error.message') ?? at(v, 'message') ?? at(v, 'error') ?? at(v, 'detail');
  return oneLine(typeof message === 'string' ? message : JSON.stringify(message ?? v ?? ''));
}

/** At most 300 characters, no line breaks. */
export const oneLine = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > 300 ? `${flat.slice(0, 299)}…` : flat;
};
