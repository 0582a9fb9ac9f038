import jStat from 'jstat';
import { checkFinite } from '../check.js';

/** A range that holds the true value with the confidence that was asked for. */
export interface Interval {
  low: number;
  high: number;
}

/** Throws unless `confidence` lies strictly between 0 and 1. */
export function checkConfidence(caller: string, confidence: number): void {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`${caller}: confidence must lie between 0 and 1, got ${confidence}`);
}

/** P(Z > z) for a standard normal Z. */
export function normalTail(z: number): number {
  return z < 5 ? jStat.normal.cdf(-z, 0, 1) : Math.exp(logNormalTail(z));
}

/** log P(Z > z) for a standard normal Z, also where P itself is too small for a number. */
export function logNormalTail(z: number): number {
  if (z === Infinity) return -Infinity;
  if (z < 5) return Math.log(jStat.normal.cdf(-z, 0, 1));
  // Laplace's continued fraction keeps its precision where 1 − cdf has none left: φ(z) / (z + 1/(z + 2/(z + 3/…))).
  let below = z;
  for (let k = 60; k > 0; k--) below = z + k / below;
  return (-z * z) / 2 - Math.log(Math.sqrt(2 * Math.PI) * below);
}

/** The z with P(|Z| ≤ z) = `confidence`. */
function normalWidth(confidence: number): number {
  return jStat.normal.inv((1 + confidence) / 2, 0, 1);
}

/** The interval for the mean of what `values` are a sample of, by the normal distribution. */
export function meanInterval(values: ArrayLike<number>, confidence: number): Interval {
  const n = values.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) sum += values[i];
  for (let i = 0; i < n; i++) squares += (values[i] - sum / n) ** 2;
  const half = n > 1 ? normalWidth(confidence) * Math.sqrt(squares / (n - 1) / n) : Infinity;
  return { low: sum / n - half, high: sum / n + half };
}

/**
 * The interval for the mean of what a few values are a sample of, such as one model from some seeds (Student 1908):
 * exact where they are distributed normally.
 * @param values at least two
 * @param confidence with which it holds the true mean, between 0 and 1
 * @throws {RangeError} when there are fewer values, one is not a finite number, or the confidence is out of range
 */
export function studentInterval(values: ArrayLike<number>, confidence = 0.95): Interval {
  const n = values?.length ?? 0;
  if (n < 2)
    throw new RangeError(`studentInterval: values must be at least 2, got ${n}: one says nothing of its spread`);
  checkFinite('studentInterval', values, 'values');
  checkConfidence('studentInterval', confidence);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) sum += values[i];
  for (let i = 0; i < n; i++) squares += (values[i] - sum / n) ** 2;
  const half = jStat.studentt.inv((1 + confidence) / 2, n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { low: sum / n - half, high: sum / n + half };
}

/** The exact interval for the mean of a Poisson distribution of which `count` was seen (Garwood 1936). */
export function poissonInterval(count: number, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: count === 0 ? 0 : jStat.chisquare.inv(tail, 2 * count) / 2,
    high: jStat.chisquare.inv(1 - tail, 2 * count + 2) / 2,
  };
}

/** The interval for a proportion of which `hits` of `n` were seen (Wilson 1927). */
export function wilsonInterval(hits: number, n: number, confidence: number): Interval {
  const z = normalWidth(confidence);
  const share = hits / n;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: hits === 0 ? 0 : centre - half, high: hits === n ? 1 : centre + half };
}
