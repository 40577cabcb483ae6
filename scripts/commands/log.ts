/** What k6 says on stderr, as a person wants to read it. */
export interface LogLine {
  level: string;
  message: string;
}

/** One line of k6's log; undefined where it is something else (a panic, a stray print). */
export function logLine(line: string): LogLine | undefined {
  const match = /^time="[^"]*" level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)(.*)$/.exec(line);
  if (!match) return undefined;
  const [, level = '', quoted = '', rest = ''] = match;
  const error = /\berror=("(?:[^"\\]|\\.)*"|\S+)/.exec(rest)?.[1];
  return { level, message: error ? `${plain(quoted)}: ${plain(error)}` : plain(quoted) };
}

/** Without quotes, stack and the names of error classes. */
function plain(quoted: string): string {
  let text = quoted;
  if (quoted.startsWith('"')) {
    try {
      text = JSON.parse(quoted) as string;
    } catch {
      text = quoted.slice(1, -1); // Go quotes a few things that JSON does not know
    }
  }
  const [first = ''] = text.split('\n');
  return first.replace(/^((Uncaught|GoError|\w*Error|test aborted):? )+/, '').replace(/ at \S+ \(file:.*$/, '');
}

/** Thresholds are told by the verdicts of the table, in better words. */
const isTold = ({ message }: LogLine): boolean => message.startsWith('thresholds on metrics');

/** Passes warnings and errors on, each only once, and no more than `most`. */
export function createEcho(write: (line: string) => void, most = 10): (line: string) => void {
  const seen = new Set<string>();
  return (text) => {
    const line = logLine(text) ?? { level: 'error', message: text.trim() };
    if ((line.level !== 'warning' && line.level !== 'error') || line.message === '' || isTold(line)) return;
    if (seen.has(line.message) || seen.size > most) return;
    seen.add(line.message);
    write(seen.size > most ? 'k6 says more, see its log' : line.message);
  };
}
