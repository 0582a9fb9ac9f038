import { checkConfidence, poissonInterval, type Interval } from './distributions.js';

/** How many distinct images a generator seems to have. */
export interface BirthdayEstimate extends Interval {
  /** The estimate; Infinity when nothing coincided. */
  distinct: number;
}

/**
 * How many distinct images does a generator have, judged by how often its samples coincide? If all N are equally
 * likely, n samples hold n(n − 1)/2 pairs that coincide with probability 1/N each, so N ≈ n(n − 1)/2 ÷ pairs (the
 * birthday paradox; for generators: Arora and Zhang 2017). The interval is that of a Poisson count. Where nothing
 * coincides it has no upper end, and `low` is what the experiment shows.
 *
 * For images that are not equally likely, 1/Σp² is estimated: the number of equally likely images that would coincide
 * as often.
 *
 * It needs at least 10 samples: fewer pairs say nothing of more than a dozen images. To see N, take a few times √N.
 * @param samples how many samples were drawn
 * @param pairs how many pairs of them coincide, as `countRepeats` counts them (three equal images are three pairs)
 */
export function birthdayEstimate(samples: number, pairs: number, o: { confidence?: number } = {}): BirthdayEstimate {
  const { confidence = 0.95 } = o;
  checkConfidence('birthdayEstimate', confidence);
  if (!Number.isInteger(samples) || samples < 10) {
    throw new RangeError(
      `birthdayEstimate: samples must be a whole number of at least 10, got ${samples}: fewer pairs say nothing of more than a dozen images`,
    );
  }
  const all = (samples * (samples - 1)) / 2;
  if (!Number.isInteger(pairs) || pairs < 0 || pairs > all) {
    throw new RangeError(`birthdayEstimate: pairs must be a whole number from 0 to ${all}, got ${pairs}`);
  }
  const mean = poissonInterval(pairs, confidence);
  return { distinct: all / pairs, low: Math.max(1, all / mean.high), high: all / mean.low };
}
