/**
 * The functions that k6 users know from https://jslib.k6.io/k6-utils/, under the same names and signatures, typed and
 * seedable. The build maps imports of that URL to this file, so scripts keep their import lines and fetch nothing.
 */
export { check } from './k6-utils/check.ts';
export {
  getCurrentStageIndex,
  tagWithCurrentStageIndex,
  tagWithCurrentStageProfile,
} from './k6-utils/current-stage.ts';
export { parseDuration } from './k6-utils/duration.ts';
export { findBetween } from './k6-utils/find-between.ts';
export { normalDistributionStages } from './k6-utils/normal-distribution.ts';
export { randomIntBetween, randomItem, randomString, seed, uuidv4 } from './k6-utils/random.ts';
