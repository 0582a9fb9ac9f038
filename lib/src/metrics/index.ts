/* What measures: one question each. */

export type { ImageBytes, Points, Rows } from './points.js';
export { type Interval, studentInterval } from './distributions.js';
export { nearestNeighbours, memorisation, type Neighbours, type Memorisation } from './neighbours.js';
export { countRepeats, type Repeats } from './repeats.js';
export { birthdayEstimate, type BirthdayEstimate } from './birthday.js';
export { rankTest, type RankTest } from './rank-test.js';
export { frechetDistance, frechetInterval, realFloor, type FrechetInterval, type RealFloor } from './frechet.js';
export { kernelDistance, type KernelDistance } from './kernel-distance.js';
export { prdc, type PrecisionRecall } from './coverage.js';
export type { Attributes, Proportions, Vocabulary } from './attributes.js';
export { attributeProportions, distinctCombinations, type Combinations, type Proportion } from './variety.js';
export { novelCombinations, type Combination, type Novelty, type NoveltyOptions } from './novelty.js';
export {
  explainedVariance,
  startingBits,
  type ExplainedVariance,
  type Start,
  type StartingBits,
} from './randomness.js';
export { byteLogProbability } from './discretised.js';
export type { SizedImages } from './pictures.js';
export { highFrequencyShare, isolatedOutliers, type HighFrequency, type Outliers } from './sharpness.js';
export { hear, type Heard, type Sounds } from './hearing.js';
export { psnr, rmse, ssim, type Scores } from './restoration.js';
export {
  accuracy,
  confusionMatrix,
  expectedCalibrationError,
  fitTemperature,
  type Calibration,
  type Share,
} from './calibration.js';
