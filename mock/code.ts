/** What a prompt says that its answer shall begin with. A model that obeys does so. */
const WANTED = /Begin each answer with \[([0-9a-f]{12})\]/;
const LEADING = /^\s*\[([0-9a-f]{12})\]/;

export interface Code {
  text: string;
  /** The answer shall begin with it. */
  wanted: boolean;
}

/** The code that a prompt wants answers to begin with, else the one that it begins with itself. */
export function codeIn(prompt: string): Code | undefined {
  const wanted = WANTED.exec(prompt)?.[1];
  const text = wanted ?? LEADING.exec(prompt)?.[1];
  return text === undefined ? undefined : { text, wanted: wanted !== undefined };
}
