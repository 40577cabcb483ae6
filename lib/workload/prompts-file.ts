export const PROMPTS_ALLOWED =
  'text, one prompt a line; or JSON, one a line or in an array: {"prompt": …}, {"text": …}, {"messages": [{"role", "content"}]} or ShareGPT\'s {"conversations": [{"from", "value"}]}';

/** One entry of PROMPTS_FILE. */
export interface StoredPrompt {
  /** All that the user of a conversation says; else one. */
  questions: string[];
  /** Tokens of the recorded answer to each, about; null where there is none. */
  answers?: (number | null)[];
  /** It was recorded as a conversation: one that is played from it has these questions, in their order. */
  talk?: true;
}

/** Makes the error of a file, from what is wrong with it. */
export type Refuse = (wrong: string) => Error;

/** Entries are held in memory once for all VUs, each request reads one. */
const MOST = 200_000;
/** Reading 90 MB takes k6 8 s of a core and 1 GB of memory. */
const MOST_MB = 200;
/** English words per token, about, of a recorded answer. */
const WORDS_PER_TOKEN = 0.75;

/**
 * What PROMPTS_FILE holds. Its first characters say which form it has; entries in which no user says anything are left out, as
 * blank lines are.
 * @throws what `refuse` makes of it: an entry that has none of the forms, by its line or number
 */
export function readPrompts(content: string, refuse: Refuse): StoredPrompt[] {
  if (content.length > MOST_MB * 1e6) {
    throw refuse(`holds ${(content.length / 1e6).toFixed(0)} MB, k6 can read ${MOST_MB}: a part of it will do`);
  }
  const prompts: StoredPrompt[] = [];
  const add = (entry: unknown, where: string): void => {
    const prompt = typeof entry === 'string' ? { questions: [entry] } : promptOf(entry);
    if (prompt === undefined) throw refuse(`${where} holds no prompt`);
    if (prompts.length === MOST) throw refuse(`holds more than ${MOST} prompts`);
    if (prompt.questions.length > 0) prompts.push(prompt);
  };
  if (/^\s*\[\s*[{\]]/.test(content)) {
    const entries = parse(content, 'it', refuse) as unknown[];
    for (let i = 0; i < entries.length; i++) add(entries[i] ?? null, `entry ${i + 1}`);
    return prompts;
  }
  const json = /^\s*\{/.test(content);
  for (const { text, number } of lines(content)) {
    add(json ? parse(text, `line ${number}`, refuse) : text, `line ${number}`);
  }
  return prompts;
}

/** Those that are not blank, with their numbers. */
export const lines = (content: string): { text: string; number: number }[] =>
  content
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, i) => ({ text: line.endsWith('\r') ? line.slice(0, -1) : line, number: i + 1 }))
    .filter(({ text }) => text.trim());

function parse(text: string, what: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text.trim());
  } catch (e) {
    throw refuse(`${what} is no JSON (${(e as Error).message})`);
  }
}

/** Undefined where it has none of the forms. */
function promptOf(entry: unknown): StoredPrompt | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { prompt, text, messages, conversations } = entry as Record<string, unknown>;
  const one = prompt ?? text;
  if (typeof one === 'string') return { questions: one.trim() ? [one] : [] };
  if (Array.isArray(messages)) return conversation(messages, 'role', 'content');
  if (Array.isArray(conversations)) return conversation(conversations, 'from', 'value');
  return undefined;
}

/** What the user says in it, and how long the answers were. */
function conversation(turns: readonly Record<string, unknown>[], who: string, what: string): StoredPrompt | undefined {
  const questions: string[] = [];
  const answers: (number | null)[] = [];
  for (const turn of turns) {
    const [by, said] = [turn?.[who], turn?.[what]];
    if (by === 'user' || by === 'human') {
      if (typeof said !== 'string') return undefined;
      if (!said.trim()) continue;
      questions.push(said);
      answers.push(null);
    } else if (
      (by === 'assistant' || by === 'gpt') &&
      questions.length > 0 &&
      typeof said === 'string' &&
      said.trim()
    ) {
      answers[questions.length - 1] ??= Math.round(said.trim().split(/\s+/).length / WORDS_PER_TOKEN);
    }
  }
  return { questions, answers, talk: true };
}
