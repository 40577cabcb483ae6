/** Monotonic ms; offsets and schedules are made of these. */
export const now = (): number => performance.now();

/** The same instant as epoch ms, with microseconds where Date.now() has none. */
export const toEpoch = (instant: number): number => performance.timeOrigin + instant;

/** Whole microseconds: what a JSON reader wants to see, and far below what a timer can promise. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;

/**
 * A timer counts whole ms on a clock that stood still while the loop was busy, so it can fire early. Up to this much
 * early is taken as on time: a second timer would only make what is due later by more.
 */
export const EARLY_MS = 0.5;

/** Calls at `due`, seen from `instant`, as exactly as timers can. */
export const timerAt = (due: number, instant: number, call: () => void): NodeJS.Timeout =>
  setTimeout(call, Math.max(0, Math.ceil(due - instant)));
