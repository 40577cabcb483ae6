/** A stage as k6's ramping executors take it. */
export interface Stage {
  /** Whole seconds, such as `4s`. */
  duration: string;
  target: number;
}

/**
 * Stages that follow a bell curve: a sixth of the time up to two standard deviations below the peak, four sixths over the
 * curve, a sixth down to 0. Every stage is rounded up to whole seconds, so the sum may be a few seconds longer.
 * @param maxVus VUs at the peak
 * @param durationSeconds of all stages together
 * @param numberOfStages stages over the curve, default 10, not counting the way up and down; an even number has one peak
 */
export function normalDistributionStages(maxVus: number, durationSeconds: number, numberOfStages = 10): Stage[] {
  const edge = `${Math.ceil(durationSeconds / 6)}s`;
  const inner = `${Math.ceil((4 * durationSeconds) / (6 * numberOfStages))}s`;
  const heights = Array.from({ length: numberOfStages + 1 }, (_, i) =>
    Math.exp(-0.5 * (-2 + (4 * i) / numberOfStages) ** 2),
  );
  // An odd number of stages does not meet the middle: scale by the highest point that is there.
  const peak = Math.max(...heights);
  const stages = heights.map((height, i) => ({
    duration: i === 0 ? edge : inner,
    target: Math.round((height * maxVus) / peak),
  }));
  return [...stages, { duration: edge, target: 0 }];
}
