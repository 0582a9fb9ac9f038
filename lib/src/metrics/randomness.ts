import { checkWhole } from '../check.js';
import { cloud, mean, point, type Cloud, type Points } from './points.js';

/** A start of sampling, z_T, whose randomness can be counted. */
export type Start =
  /** One coin for each pixel, the same in all channels: binomial noise. */
  | { kind: 'binomial'; height: number; width: number }
  /** One of `colours` equally likely choices: fading to a colour, to an animal. */
  | { kind: 'choice'; colours: number }
  /** Independent standard normal numbers. */
  | { kind: 'gaussian'; numbers: number };

/** How much a start decides. */
export interface StartingBits {
  /** Bits of entropy: 2^bits equally likely starts. For a normal start: as stored in float32. */
  bits: number;
  /**
   * For a normal start, its differential entropy ½ log₂(2πe) a number. It is no count: it depends on the unit of
   * measurement, and what a real number can decide is bounded by the precision that it is used with.
   */
  differential?: number;
}

/**
 * The bits of randomness in z_T. A coin a pixel is height × width bits, N equally likely colours are log₂ N, and
 * sampling that draws nothing more cannot give more different images than that.
 *
 * A normal number has no such count. As float32 values it has about 26.5 bits: its differential entropy plus what the
 * spacing of those values resolves. A network does not use its last digits, so this is an upper bound, and far from
 * what decides anything. In a program, all of it comes out of a seed: over the choice of the seed, no draw holds more
 * bits than the seed does.
 */
export function startingBits(start: Start): StartingBits {
  switch (start?.kind) {
    case 'binomial':
      return {
        bits: checkWhole('startingBits', 'height', start.height) * checkWhole('startingBits', 'width', start.width),
      };
    case 'choice':
      return { bits: Math.log2(checkWhole('startingBits', 'colours', start.colours)) };
    case 'gaussian': {
      const numbers = checkWhole('startingBits', 'numbers', start.numbers);
      const differential = 0.5 * Math.log2(2 * Math.PI * Math.E);
      return { bits: numbers * (differential - logSpacing()), differential: numbers * differential };
    }
    default:
      throw new Error(
        `startingBits: start must be of kind binomial, choice or gaussian, got ${String((start as { kind: unknown } | null)?.kind)}`,
      );
  }
}

/** How much of the outputs' variance z_T explains. */
export interface ExplainedVariance {
  /** The share: 1 when z_T decides everything, 0 when all comes in later. Chance may take it a little below 0. */
  share: number;
  /** Its standard error, by the jackknife over starts. */
  error: number;
  /** The variance between starts and within them, summed over all numbers of an output; each unbiased. */
  between: number;
  within: number;
}

/**
 * The share of the outputs' variance that z_T explains, from repeated sampling: `starts` values of z_T, each sampled
 * from as often, with fresh draws on the way. A one-way analysis of variance with random effects (Searle et al. 1992,
 * ch. 3) estimates the variances between and within starts without bias, summed over all numbers of an output: within =
 * MSW, between = (MSB − MSW) / repeats.
 *
 * It needs 8 starts and 2 samples of each: the jackknife's standard error is worthless with fewer starts, and one
 * sample alone shows no variance within.
 * @param outputs images or features, all samples of the first start first, then those of the second, …
 */
export function explainedVariance(outputs: Points, starts: number): ExplainedVariance {
  const all = cloud('explainedVariance', 'outputs', outputs);
  if (!Number.isInteger(starts) || starts < 8) {
    throw new RangeError(
      `explainedVariance: starts must be a whole number of at least 8, got ${starts}: fewer do not show how much the share varies`,
    );
  }
  const repeats = all.count / starts;
  if (!Number.isInteger(repeats) || repeats < 2) {
    throw new Error(
      `explainedVariance: outputs must hold at least 2 samples of each of ${starts} starts, and as many of each, got ${all.count} in all`,
    );
  }
  const sums = groups(all, starts, repeats);
  const whole = estimate(sums, repeats);
  const shares = sums.map(
    (_, i) =>
      estimate(
        sums.filter((_, j) => j !== i),
        repeats,
      ).share,
  );
  const centre = shares.reduce((a, b) => a + b, 0) / starts;
  const error = Math.sqrt(((starts - 1) / starts) * shares.reduce((sum, x) => sum + (x - centre) ** 2, 0));
  return { ...whole, error };
}

/** One start: the mean of its outputs, and their squared distances from it. */
interface Group {
  centre: Float64Array;
  squares: number;
}

function groups(all: Cloud, starts: number, repeats: number): Group[] {
  const { size, values } = all;
  const scratch = new Float32Array(size);
  return Array.from({ length: starts }, (_, g) => {
    const own: Cloud = { count: repeats, size, values: values.subarray(g * repeats * size, (g + 1) * repeats * size) };
    const centre = mean(own);
    let squares = 0;
    for (let i = 0; i < repeats; i++) squares += squaredDistance(point(own, i, scratch), centre);
    return { centre, squares };
  });
}

function estimate(groups: Group[], repeats: number): Omit<ExplainedVariance, 'error'> {
  const centre = new Float64Array(groups[0].centre.length);
  for (const group of groups)
    group.centre.forEach((x, j) => {
      centre[j] += x / groups.length;
    });
  const msb =
    (repeats * groups.reduce((sum, group) => sum + squaredDistance(group.centre, centre), 0)) / (groups.length - 1);
  const within = groups.reduce((sum, { squares }) => sum + squares, 0) / (groups.length * (repeats - 1));
  const between = (msb - within) / repeats;
  const total = between + within;
  return { share: total > 0 ? between / total : 0, between, within };
}

function squaredDistance(a: Float32Array | Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/**
 * The mean of log₂ of the spacing of float32 values at a standard normal number, 2^(⌊log₂|x|⌋ − 23): by summing
 * ⌊log₂|x|⌋ over fine steps of the density (the spacing matters only through its logarithm, so that 1e-4 is ample).
 */
function logSpacing(): number {
  let sum = 0;
  const step = 1e-4;
  for (let x = step / 2; x < 8; x += step)
    sum += 2 * step * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * Math.floor(Math.log2(x));
  return sum - 23;
}
