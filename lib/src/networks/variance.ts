import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkFinite } from '../check.js';
import { checkGaussian } from '../degradations/belonging.js';
import { levels } from '../level.js';
import type {
  Degradation,
  Denoiser,
  Estimate,
  Gaussian,
  Given,
  Images,
  Level,
  NoiseDraw,
  Spec,
  Target,
} from '../types.js';
import { sameParts, tidyEstimate } from './denoiser.js';
import { targets } from './targets.js';

/** How far guesses are off, by level: what `fitVariance` finds. */
export interface VarianceTable {
  /** The noise at whose levels it was measured. */
  readonly degradation: Gaussian;
  /**
   * The variance of the clean images about the guess at the levels i/n, i = 1 … n, in the range in which noise is
   * added.
   */
  readonly variances: readonly number[];
}

/**
 * A denoiser that says how far its guesses are off, by level alone: with it the rule
 * `ancestral({ variance: 'optimal' })` takes the best variance that a network has which was never asked for one (Bao et
 * al. 2022, arXiv 2201.06503).
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = denoiser(network, { target: noise(degradation) });
 * const table = await fitVariance({ denoise, degradation, data });
 * const rule = ancestral({ variance: 'optimal' });
 * const levels = evenLevels(50);
 * const turns = sample({ denoise: withVariance(denoise, table), degradation, rule, levels, count: 16 });
 * ```
 * Between the levels of the table, the logarithm of variance/σ² is interpolated; below the first it stays, so that the
 * variance vanishes with the noise.
 * @throws {RangeError} when a variance is not above 0
 */
export function withVariance(denoise: Denoiser, { degradation, variances }: VarianceTable): Denoiser {
  checkFinite('withVariance', variances, 'variances');
  if (variances.length === 0 || !variances.every((v) => v > 0))
    throw new RangeError(`withVariance: variances must be numbers above 0, got [${variances.join(', ')}]`);
  checkGaussian('withVariance', degradation);
  const n = variances.length;
  const told = (z: Images, level: Level, given?: Given): Estimate =>
    tidyEstimate(() => {
      const t = levels(level, z.shape[0], 'withVariance');
      const noiseAt = (where: tf.Tensor1D) => tf.square(degradation.coefficients(where).sigma);
      const places = tf.range(1, n + 1);
      const shares = tf.log(
        tf.div(tf.reshape(tf.tensor1d([...variances]), [n, 1]), tf.reshape(noiseAt(tf.div(places, n)), [n, 1])),
      );
      // Each level lies between two of the table: the weights of both are how near it is to them.
      const place = tf.maximum(tf.mul(tf.reshape(t, [-1, 1]), n), 1);
      const near = tf.relu(tf.sub(1, tf.abs(tf.sub(place, tf.reshape(places, [1, n])))));
      const share = tf.reshape(tf.exp(tf.matMul(near as tf.Tensor2D, shares as tf.Tensor2D)), [-1, 1, 1, 1]);
      return { ...denoise(z, level, given), variance: tf.mul<tf.Tensor4D>(share, noiseAt(t)) };
    });
  return sameParts(told, denoise);
}

/**
 * A target whose network also says the variance of its steps: of twice as many outputs as the images have channels, the
 * first half is what `target` asks for; the second says, between −1 and 1 as it was trained, where the variance lies
 * between β̃ and β (Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 15). `trainHybrid` trains it, the rule
 * `ancestral({ variance: 'learned' })` follows it.
 * @param target what is asked for: `noise(gaussian)`, say
 */
export function learnedVariance(target: Target<NoiseDraw>): Target<NoiseDraw> {
  const learned: Target<NoiseDraw> = {
    ...target,
    ...(target.spec && { spec: { kind: 'learned-variance', of: target.spec } }),
    read: (said, z, t) => {
      const [answer, place] = halves(said, z);
      return { ...target.read(answer, z, t), share: tf.div<tf.Tensor4D>(tf.add(place, 1), 2) };
    },
  };
  return pureIf(learned, target);
}

/** Both halves of the channels of an answer to images z. */
export function halves(said: tf.Tensor4D, z: Images): [answer: tf.Tensor4D, place: tf.Tensor4D] {
  const channels = z.shape[3];
  if (said.shape[3] !== 2 * channels)
    throw new RangeError(
      `learnedVariance: the network must have ${2 * channels} outputs for images of ${channels} channels, ` +
        `got ${said.shape[3]}`,
    );
  return tf.split(said, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
}

targets.define('learned-variance', async ({ of }: { of?: Spec }, degradation: Degradation | undefined) =>
  learnedVariance((await targets.make(of ?? { kind: 'noise' }, degradation)) as Target<NoiseDraw>),
);
