import { checkWhole } from '../check.js';
import { checkConfidence, wilsonInterval, type Interval } from './distributions.js';
import { cloud, point, type Cloud, type Points } from './points.js';

/** A share of `n` cases, with its interval. */
export interface Share extends Interval {
  share: number;
  hits: number;
  n: number;
}

/** How far a classifier's confidence is from its accuracy. */
export interface Calibration {
  /** The expected calibration error: the mean gap, each bin weighted by its number of cases. */
  error: number;
  /** The bins that hold cases, from low confidence to high. */
  bins: { count: number; confidence: number; accuracy: number }[];
}

/**
 * The share of predictions that are right, with its Wilson interval. Needs one case; the interval says what few cases
 * are worth.
 * @param predicted class numbers
 * @param truth as many class numbers
 */
export function accuracy(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  o: { confidence?: number } = {},
): Share {
  const { confidence = 0.95 } = o;
  checkConfidence('accuracy', confidence);
  sameLength('accuracy', predicted, truth);
  const n = predicted.length;
  let hits = 0;
  for (let i = 0; i < n; i++) {
    if (classNumber('accuracy', 'predicted', predicted, i) === classNumber('accuracy', 'truth', truth, i)) hits++;
  }
  return { share: hits / n, hits, n, ...wilsonInterval(hits, n, confidence) };
}

/** How often each class was taken for each: `matrix[true class][predicted class]` counts cases. Needs one case. */
export function confusionMatrix(predicted: ArrayLike<number>, truth: ArrayLike<number>, classes: number): number[][] {
  checkWhole('confusionMatrix', 'classes', classes);
  sameLength('confusionMatrix', predicted, truth);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < predicted.length; i++) {
    const row = matrix[classNumber('confusionMatrix', 'truth', truth, i, classes)];
    row[classNumber('confusionMatrix', 'predicted', predicted, i, classes)]++;
  }
  return matrix;
}

/**
 * Expected calibration error (Guo et al. 2017, eq. 5): cases are put into bins of equal width by the probability of the
 * predicted class, and in each bin the mean of that probability is compared with the share of right predictions.
 *
 * It needs 10 cases for each bin on average: in bins with fewer, the gap is chance.
 * @param probabilities `[n, classes]`, rows that sum to one
 * @param truth n class numbers
 */
export function expectedCalibrationError(
  probabilities: Points,
  truth: ArrayLike<number>,
  o: { bins?: number } = {},
): Calibration {
  const { bins = 15 } = o;
  checkWhole('expectedCalibrationError', 'bins', bins);
  const rows = cloud('expectedCalibrationError', 'probabilities', probabilities, {
    atLeast: 10 * bins,
    because: `with fewer than 10 cases in each of ${bins} bins the gaps are chance`,
  });
  if (truth?.length !== rows.count)
    throw new Error(`expectedCalibrationError: truth must have ${rows.count} class numbers, got ${truth?.length}`);
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, hits: 0 }));
  const scratch = new Float32Array(rows.size);
  for (let i = 0; i < rows.count; i++) {
    const row = point(rows, i, scratch);
    const total = row.reduce((sum, p) => sum + p, 0);
    if (row.some((p) => p < 0) || Math.abs(total - 1) > 1e-3) {
      throw new Error(
        `expectedCalibrationError: probabilities must be at least 0 and sum to 1 in each row, got a sum of ${total} in row ${i}`,
      );
    }
    const best = row.indexOf(row.reduce((most, p) => Math.max(most, p), 0));
    // Bin b holds the confidences in (b / bins, (b + 1) / bins].
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(row[best] * bins) - 1))];
    bin.count++;
    bin.confidence += row[best];
    if (best === classNumber('expectedCalibrationError', 'truth', truth, i, rows.size)) bin.hits++;
  }
  const filled = sums
    .filter(({ count }) => count > 0)
    .map(({ count, confidence, hits }) => ({ count, confidence: confidence / count, accuracy: hits / count }));
  const error = filled.reduce(
    (sum, bin) => sum + (bin.count / rows.count) * Math.abs(bin.accuracy - bin.confidence),
    0,
  );
  return { error, bins: filled };
}

/**
 * Temperature scaling (Guo et al. 2017, section 4.2): the T by which all scores are divided so that their softmax is
 * calibrated, found where the mean cross-entropy is least. It changes no prediction.
 *
 * It needs 100 cases, not those that the classifier was trained on, for there it is too sure of itself.
 * @param scores `[n, classes]`, logits
 * @param truth n class numbers
 * @returns T between 0.05 and 20: above 1 for a classifier that is too sure
 */
export function fitTemperature(scores: Points, truth: ArrayLike<number>): number {
  const rows = cloud('fitTemperature', 'scores', scores, { atLeast: 100, because: 'with fewer, chance decides' });
  if (truth?.length !== rows.count)
    throw new Error(`fitTemperature: truth must have ${rows.count} class numbers, got ${truth?.length}`);
  for (let i = 0; i < rows.count; i++) classNumber('fitTemperature', 'truth', truth, i, rows.size);
  // In 1/T the cross-entropy is convex, so that golden-section search in log T finds its one minimum.
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.05), Math.log(20)];
  while (high - low > 1e-4) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (crossEntropy(rows, truth, Math.exp(a)) < crossEntropy(rows, truth, Math.exp(b))) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** The mean of −log softmax(scores / temperature) at the true class. */
function crossEntropy(scores: Cloud, truth: ArrayLike<number>, temperature: number): number {
  const scratch = new Float32Array(scores.size);
  let sum = 0;
  for (let i = 0; i < scores.count; i++) {
    const row = point(scores, i, scratch);
    const most = row.reduce((best, x) => Math.max(best, x), -Infinity);
    const total = row.reduce((all, x) => all + Math.exp((x - most) / temperature), 0);
    sum += Math.log(total) - (row[truth[i]] - most) / temperature;
  }
  return sum / scores.count;
}

function sameLength(caller: string, predicted: ArrayLike<number>, truth: ArrayLike<number>): void {
  if (!(predicted?.length === truth?.length && truth?.length >= 1)) {
    throw new Error(
      `${caller}: predicted and truth must have one class number for each case, got ${predicted?.length} and ${truth?.length}`,
    );
  }
}

function classNumber(caller: string, name: string, values: ArrayLike<number>, i: number, classes = Infinity): number {
  const value = values[i];
  if (Number.isSafeInteger(value) && value >= 0 && value < classes) return value;
  const range = classes === Infinity ? 'of at least 0' : `from 0 to ${classes - 1}`;
  throw new RangeError(`${caller}: ${name} must hold class numbers ${range}, got ${value} at position ${i}`);
}
