import { hashSeed } from '../random.ts';
import { hashText, identities } from './identity.ts';
import type { Draw } from './lengths.ts';
import { uniform } from './work.ts';

/** A question's place: which conversation of the run, from 0, and which of its questions, from 1. */
export interface Talk {
  conversation: number;
  turn: number;
}

/** Most questions of a conversation: an index of 32 bits then has room for 16 million conversations. */
export const MOST_TURNS = 256;

/** The index of a question among all of the run, with no other conversation's in between. */
export const indexOf = ({ conversation, turn }: Talk): number => conversation * MOST_TURNS + turn - 1;

/** What the conversations of a run are like, beside what they ask: a function of seed and stream only, whichever VU asks. */
export interface Talks {
  /** The id that all requests of a conversation carry, a UUID. */
  session: (conversation: number) => string;
  /** Questions in it. */
  turns: (conversation: number) => number;
  /** Pause after the answer to question `index`, ms. */
  pause: (index: number) => number;
}

/** @param thinkTime mean of the pauses, which are exponential, ms */
export function talksOf(seed: number, runId: string, stream: string, turns: Draw, thinkTime: number): Talks {
  const base = hashSeed(seed, hashText(stream));
  const turnsKey = hashSeed(base, TURNS) >>> 0;
  const pauseKey = hashSeed(base, PAUSE) >>> 0;
  const identity = identities(seed, runId, `${stream}\nsessions`);
  return {
    session: (conversation) => identity(conversation).requestId,
    turns: (conversation) => turns(uniform(conversation, turnsKey)),
    pause: (index) => -thinkTime * Math.log(uniform(index, pauseKey)),
  };
}

/** What is drawn, each from a seed of its own; see also work.ts. */
const TURNS = 4;
const PAUSE = 5;
