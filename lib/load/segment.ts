import type { Step } from './plan.ts';

/** `1/2`, `50%` or `0.5`. */
function fraction(text: string): number {
  const [top = '', bottom] = text.split('/');
  if (bottom !== undefined) return Number(top) / Number(bottom);
  return top.endsWith('%') ? Number(top.slice(0, -1)) / 100 : Number(top);
}

/** The share of a test that k6's `--execution-segment` leaves to this instance: `1/4:1/2` is a quarter. 1 without one. */
export function segmentShare(segment: string | null | undefined): number {
  if (!segment) return 1;
  const [from = '0', to] = segment.includes(':') ? segment.split(':') : ['0', segment];
  const share = fraction(to ?? '1') - fraction(from);
  return share > 0 && share <= 1 ? share : 1;
}

/**
 * The steps as this instance has to carry them. How many requests of our own schedule it takes only k6 knows, which goes by
 * whole VUs: such a step keeps them all.
 */
export const stepsOfSegment = (steps: readonly Step[], share: number): Step[] =>
  steps.map((step) => ({
    ...step,
    load:
      step.load.kind === 'open'
        ? { kind: 'open', rate: step.load.rate * share }
        : { ...step.load, concurrency: Math.max(1, Math.round(step.load.concurrency * share)) },
    ...(step.requests !== undefined && step.load.kind === 'closed' && { requests: Math.floor(step.requests * share) }),
  }));
