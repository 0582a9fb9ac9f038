import { checkFinite, shown } from '../check.js';
import { logNormalTail } from './distributions.js';

/**
 * The probability of each byte under a normal distribution that is rounded to bytes: all that lies within half a byte
 * belongs to it, and to 0 and 255 all that lies beyond them (Ho et al. 2020, arXiv 2006.11239, eq. 13).
 *
 * ```ts
 * const nats = byteLogProbability(Uint8Array.of(130), { mean: [129.2], deviation: [1.5] })[0];
 * ```
 * @param bytes what was seen
 * @param options.mean where the distribution of each byte has its mean, in bytes: 0 to 255, or beyond
 * @param options.deviation its standard deviation, in bytes, for each, or one for all
 * @returns the natural logarithm of each probability
 * @throws {RangeError} when the lists differ in length, a mean is not finite, or a deviation not above 0
 */
export function byteLogProbability(
  bytes: Uint8Array,
  { mean, deviation }: { mean: ArrayLike<number>; deviation: ArrayLike<number> | number },
): Float64Array {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(`byteLogProbability: bytes must be a Uint8Array, got ${shown(bytes)}`);
  const n = bytes.length;
  if (mean?.length !== n)
    throw new RangeError(`byteLogProbability: mean must hold ${n} numbers, got ${mean?.length ?? 'none'}`);
  if (typeof deviation !== 'number' && deviation?.length !== n)
    throw new RangeError(`byteLogProbability: deviation must hold ${n} numbers, got ${deviation?.length ?? 'none'}`);
  checkFinite('byteLogProbability', mean, 'mean');
  const found = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const s = typeof deviation === 'number' ? deviation : deviation[i];
    if (!(s > 0 && Number.isFinite(s)))
      throw new RangeError(`byteLogProbability: deviation must be above 0, got ${s} at position ${i}`);
    const low = bytes[i] === 0 ? -Infinity : (bytes[i] - 0.5 - mean[i]) / s;
    const high = bytes[i] === 255 ? Infinity : (bytes[i] + 0.5 - mean[i]) / s;
    found[i] = logBetween(low, high);
  }
  return found;
}

/** log P(low < Z < high) of a standard normal Z, exact in the tails too. */
function logBetween(low: number, high: number): number {
  if (low + high < 0) return logBetween(-high, -low); // by symmetry: the middle is not below 0 from here on
  if (low > 0) {
    const [outer, inner] = [logNormalTail(high), logNormalTail(low)];
    return inner + Math.log1p(-Math.exp(outer - inner));
  }
  return Math.log1p(-Math.exp(logNormalTail(-low)) - Math.exp(logNormalTail(high)));
}
