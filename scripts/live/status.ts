/** One line that is rewritten in a terminal; elsewhere a line of its own now and then. */
export interface Status {
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  clear(): void;
}

type Out = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

/** @param every ms between lines where there is no terminal */
export function createStatus(out: Out, every = 10_000, now: () => number = Date.now): Status {
  const terminal = out.isTTY === true;
  let shown = false;
  let last = now();
  const clear = () => {
    if (shown) out.write('\r\x1b[K');
    shown = false;
  };
  return {
    clear,
    show(text) {
      if (terminal) {
        out.write(`\r\x1b[K${truncate(text, (out.columns || 80) - 1)}`);
        shown = true;
      } else if (now() - last >= every) {
        last = now();
        out.write(`${text}\n`);
      }
    },
    say(text) {
      clear();
      out.write(`${text}\n`);
    },
  };
}

/** A line that is too long would wrap, and then not be rewritten. */
export const truncate = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
