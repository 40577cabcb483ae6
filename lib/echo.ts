/** The echo of a request's nonce: what asks for it, and what an answer's beginning says. */

/** Characters of an answer that are looked at. */
export const ECHO_WITHIN = 100;

/** Ends a prompt. In a conversation it stays true of all answers to come. */
export const echoLine = (nonce: string): string => `\n\nBegin each answer with [${nonce}].`;

/** What an answer is asked to begin with. */
export interface EchoAsked {
  nonce: string;
  /** Another request of this run has it: what a model makes up, or mistypes, is nobody's. */
  isAnothers: (nonce: string) => boolean;
}

export interface Echo {
  whose: 'own' | 'other' | 'none';
  /** The nonce that the answer has, where it is somebody's. */
  nonce?: string;
  /** The name that the backend put beside it, as the mock does. */
  backend?: string;
}

const NONE: Echo = { whose: 'none' };

/** The first code in the beginning of an answer, and whose it is. */
export function echoIn(text: string, asked: EchoAsked): Echo {
  // `[nonce]`, or `[nonce name]`. Here, since the first regular expression costs a VU 14 kB.
  const code = /\[([0-9a-f]{12})(?: ([^\]\s]{1,64}))?\]/;
  const found = code.exec(text.length > ECHO_WITHIN ? text.slice(0, ECHO_WITHIN) : text);
  if (!found) return NONE;
  const nonce = found[1] as string;
  const own = nonce === asked.nonce;
  if (!own && !asked.isAnothers(nonce)) return NONE;
  const echo: Echo = { whose: own ? 'own' : 'other', nonce };
  if (found[2] !== undefined) echo.backend = found[2];
  return echo;
}
