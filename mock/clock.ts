/** Monotonic ms; offsets and schedules are made of these. */
export const now = (): number => performance.now();

/** The same instant as epoch ms, with microseconds where Date.now() has none. */
export const toEpoch = (instant: number): number => performance.timeOrigin + instant;

/** Whole microseconds: what a JSON reader wants to see, and far below what a timer can promise. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;
