import { parse } from '../frames.ts';

/** Stands where a content goes; no other value of a frame holds it. */
const PROBE = 'llmload:probe';

/** How many times in a row frames may turn out unlike each other before all that follow are read as JSON. */
const PATIENCE = 4;

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in a string
const NOT_PLAIN = /["\\\x00-\x1f]/;

/**
 * Most frames of a stream differ in their content alone, and k6's JavaScript takes ten times as long to read JSON as to
 * compare texts. So a frame like the one before is not read: what comes before and after its content is the same text, and
 * its content is the inside of a string.
 */
export class Template {
  private before = '';
  private after = '';
  private patience = PATIENCE;

  /** The content of a frame that is like the one learned; undefined where it is not, or may not be. */
  contentIn(payload: string): string | undefined {
    const { before, after } = this;
    const length = payload.length - before.length - after.length;
    if (before === '' || length <= 0 || !payload.startsWith(before) || !payload.endsWith(after)) return undefined;
    const inside = payload.slice(before.length, before.length + length);
    const content = NOT_PLAIN.test(inside) ? (parse(`"${inside}"`) as string | undefined) : inside;
    if (content !== undefined) this.patience = PATIENCE;
    return content;
  }

  /** An unlike frame was read: what it changed, one like those before it would change back. */
  forget(): void {
    this.before = '';
  }

  /** Learns from a frame that was read: `content` stands at this path of it. */
  learn(payload: string, content: string, path: readonly string[]): void {
    if (this.patience === 0) return;
    this.patience--;
    this.before = '';
    const literal = JSON.stringify(content);
    const from = payload.lastIndexOf(literal);
    if (from < 0) return; // written in another way
    const before = payload.slice(0, from + 1);
    const after = payload.slice(from + literal.length - 1);
    // The same text may stand elsewhere, too.
    let value: unknown = JSON.parse(`${before}${PROBE}${after}`);
    for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
    if (value !== PROBE) return;
    this.before = before;
    this.after = after;
  }
}
