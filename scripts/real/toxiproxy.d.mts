import type { RealServer } from './llama.d.mts';

/** There is no toxiproxy; the message says what to install. */
export class ToxiproxyMissing extends Error {}

export interface ToxiproxyOptions {
  log?: (line: string) => void;
  /** Build it where there is none; in CI unless told otherwise. */
  build?: boolean;
}

/** The command of a toxiproxy. @throws {ToxiproxyMissing} */
export function findToxiproxy(options?: ToxiproxyOptions): Promise<string>;

export interface Toxiproxy extends RealServer {
  /** Where each proxy listens, by name. */
  proxies: Record<string, string>;
}

/** Starts one with a proxy by name before each address. @throws {ToxiproxyMissing} */
export function startToxiproxy(
  upstreams: Readonly<Record<string, string>>,
  options?: ToxiproxyOptions,
): Promise<Toxiproxy>;
