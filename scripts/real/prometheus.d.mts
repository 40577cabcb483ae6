import type { RealServer } from './llama.d.mts';

/** There is no Prometheus; the message says what to install. */
export class PrometheusMissing extends Error {}

/** The command of a Prometheus. @throws {PrometheusMissing} */
export function findPrometheus(log?: (line: string) => void): Promise<string>;

/** Scrapes addresses, by job name, once a second. receives: takes remote writes, and native histograms. @throws {PrometheusMissing} */
export function startPrometheus(
  targets: Readonly<Record<string, readonly string[]>>,
  options?: { log?: (line: string) => void; receives?: boolean },
): Promise<RealServer>;
