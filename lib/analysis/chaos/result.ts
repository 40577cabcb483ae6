import type { Verdict } from '../../results.ts';

/**
 * What was done to the server, as it is noted in the records (`kind:"fault"`): one when the fault was asked for, one when it
 * was to be undone. Times are epoch ms.
 */
export interface FaultNote {
  kind: 'fault';
  did: 'inject' | 'restore';
  /** What the fault is called. */
  name: string;
  /** Just before it was asked for. */
  asked: number;
  /** When it took effect, by the injector's own word; absent: it has none. */
  at?: number;
  /** Why it could not be done. */
  error?: string;
}

/** In what a fault shows itself to those who wait for answers. */
export type Sign = 'errors' | 'no_answers' | 'ttft' | 'itl' | 'load' | 'backend';

/** One sign, before and while the fault lasted. */
export interface Seen {
  sign: Sign;
  /** errors, no_answers: share of requests; ttft, itl: ms, the median; load: req/s; backend: its share of the answers. */
  before: number;
  during: number;
  /** The difference is no accident: at 99.95 % over all signs together. */
  shown: boolean;
  /** In words: `TTFT p50 52 → 356 ms`, `b1 gave 25 % of the answers, then none`. */
  text: string;
}

/** A moment that the fault, or its end, was seen. */
export interface Noticed {
  /** Epoch ms. */
  at: number;
  /** ms after the injection, or after the restore. */
  after: number;
  by: Sign;
}

/** How much of one model's or backend's requests suffered: failed, or slower than any before. */
export interface Suffering {
  name: string;
  requests: number;
  /** Shares, before and while the fault lasted. */
  before: number;
  during: number;
  /** The difference is no accident. */
  suffers: boolean;
}

/** One fault: what it did, how soon it was seen, how soon it was over. Figures of its phases are in the steps. */
export interface Chaos {
  /** What it is called. */
  fault: string;
  /** Epoch ms; null: it never was. */
  injectedAt: number | null;
  restoredAt: number | null;
  /** Why the injector could not do its work. */
  error?: string;
  /** Names of the steps that are its phases. */
  steps: { pre: string; during: string; post: string };
  /** How exactly moments are known, ms: detection and recovery are right to two of these. */
  interval: number;
  /** The proof that the fault happened: what changed for those who wait for answers. */
  seen: Seen[];
  shown: boolean;
  /** What kind of fault it looks like, in words: `answers begin 300 ms later`. Absent where nothing is shown. */
  looksLike?: string;
  detection: Noticed | null;
  /** null: not recovered within the run. */
  recovery:
    | (Noticed & {
        /** It was over before the fault was undone: something went around it; `after` counts from the injection then. */
        unaided: boolean;
      })
    | null;
  /** Blast radius. */
  models: Suffering[];
  backends: Suffering[];
  /** Attempts at backends for each request, resends of the client included; null where nobody counted. */
  attempts: { pre: number | null; during: number | null; post: number | null };
  /** Of the SLO, by phase; null where there is none. */
  slo: { pre: Verdict | null; during: Verdict | null; post: Verdict | null };
  /** Output tok/s while the fault lasted ÷ before; of load that all began inside. */
  throughput: number | null;
  /** TTFT p99 while the fault lasted ÷ before. */
  ttft: number | null;
  /** NOT_MEASURED: the fault was not shown. */
  verdict: Verdict;
  why: string;
}
