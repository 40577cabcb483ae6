import type { Answer } from './answer.ts';
import type { Json, Wishes } from './ask.ts';

/** An API as it is on the wire. The rest of the mock does not know any JSON. */
export interface Protocol {
  path: string;
  /** Whether answers have a place for reasoning. */
  reasons: boolean;
  /** How long the prompt in a request is, or the sentence that belongs in a 400. */
  promptTokens(body: Json): number | string;
  promptText(body: Json): string;
  /** What else a request wants, or the sentence that belongs in a 400. */
  wishes(body: Json): Wishes | string;
  /** Of a stream. */
  contentType: string;
  /** A payload in this API's framing. */
  frame(payload: string): string;
  /** What keeps a stream alive and says nothing; absent where the API has no such thing. */
  comment?: string;
  /** An error as JSON, in bodies and inside streams alike. */
  error(error: ApiError): string;
  face(answer: Answer): Face;
}

/** Made when it is sent: what closes an answer says how it went, and frames that wait take no memory. */
export type Late<T> = () => T;

export interface ApiError {
  message: string;
  type: string;
  code: string | number | null;
}

/** How one answer looks. */
export interface Face {
  /** The frame that says who speaks and nothing else; absent where the API has none. */
  role?: string;
  /** A frame with text. `opening`: no role frame went before, so this one names the speaker. */
  delta(kind: 'content' | 'reasoning', text: string, opening: boolean): string;
  /** The frames after the last token. */
  closing(): Late<string>[];
  /** The whole answer as one JSON body. */
  whole(): string;
}
