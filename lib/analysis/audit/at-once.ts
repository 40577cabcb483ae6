/** No model makes tokens faster than this, in ms; a buffer that is let go at once does. */
const BUFFERED_GAP_MS = 0.1;

/** Answers of fewer frames do not tell whether they came at once. */
export const LEAST_FRAMES = 8;

/** Whether an answer of LEAST_FRAMES or more came all at once at its end. Times in ms. */
export function cameAtOnce(frames: number, ttft: number, e2e: number): boolean {
  const streaming = e2e - ttft;
  return streaming / (frames - 1) < BUFFERED_GAP_MS && streaming < 0.02 * e2e;
}
