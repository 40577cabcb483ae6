import type { Selectors } from '../../lib/analysis/server/promql.ts';
import type { ServerResult } from '../../lib/analysis/server/result.ts';
import { judgeServer } from '../../lib/analysis/server/server.ts';
import type { Results } from '../../lib/results.ts';
import { CommandError } from '../commands/exit.ts';
import type { Metrics } from './flags.ts';
import type { Prometheus } from './prometheus.ts';
import { rangeOver, readSignals } from './read.ts';

/** More than this, in s, and a step's metrics are of another moment. */
const MOST_SKEW = 2;

/** What the server's own metrics say of a run. @throws CommandError where there are none */
export async function analyzeServer(
  results: Results,
  prometheus: Prometheus,
  { selectors = {}, queries = [] }: Partial<Omit<Metrics, 'prometheus'>> = {},
): Promise<ServerResult> {
  const windows = results.steps.filter(({ requests }) => requests > 0).map(({ window }) => window);
  if (windows.length === 0) throw new CommandError('nothing was measured in this run');
  const whole = { from: Math.min(...windows.map((w) => w.from)), to: Math.max(...windows.map((w) => w.to)) };
  const found = await readSignals(prometheus, rangeOver(whole), selectors, queries);
  if (found.length === 0) throw new CommandError(nothing(prometheus.url, whole, selectors));
  const server = judgeServer(results, prometheus.url, found);
  const { ahead = 0 } = prometheus;
  if (Math.abs(ahead) <= MOST_SKEW) return server;
  const note = `the clock of Prometheus is ${Math.abs(ahead).toFixed(0)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`;
  return { ...server, notes: [...server.notes, note] };
}

/** ms before a load in which its server ought to have been scraped. */
const LATELY = 60_000;

/**
 * Asks for all of it before there is any load, so that what is wrong with the address or a query is told while it costs nothing.
 * @returns what is known of the server, in a line
 * @throws CommandError
 */
export async function tryMetrics({ prometheus, selectors, queries }: Metrics, now = Date.now()): Promise<string> {
  const found = await readSignals(prometheus, rangeOver({ from: now - LATELY, to: now }), selectors, queries);
  const sources = [...new Set(found.map(({ source }) => source))].join(', ');
  return sources
    ? `metrics of the server: ${sources}, by ${prometheus.url}`
    : `warning: Prometheus at ${prometheus.url} knows nothing of the last minute: is the server scraped?`;
}

/** The same as `analyzeServer` where a load has just ended: what cannot be read is a warning, told by `warn`. */
export const serverAfter = (
  results: Results,
  metrics: Metrics,
  warn: (line: string) => void,
): Promise<ServerResult | undefined> =>
  analyzeServer(results, metrics.prometheus, metrics).catch((e: Error) => {
    warn(`warning: no metrics of the server here: ${e.message}; llmload report FOLDER --prometheus … asks again`);
    return undefined;
  });

function nothing(url: string, { from, to }: { from: number; to: number }, selectors: Selectors): string {
  const [a, b] = [from, to].map((t) => new Date(t).toISOString().slice(0, 19));
  const narrowed = Object.keys(selectors).length > 0 ? ', with this --selector' : '';
  return `Prometheus at ${url} knows nothing of ${a} to ${b}${narrowed}: is the server scraped? names that are asked for: docs/analyze.md`;
}
