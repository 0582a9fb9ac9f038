import { absoluteLoss } from '../backend/ops.js';
import { normal } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkNumber, shown } from '../check.js';
import type { Autoencoder } from '../networks/autoencoder.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainAutoencoder}. */
export interface AutoencoderTraining extends TrainingOptions {
  network: Autoencoder;
  /**
   * How much it counts that the latents' distributions differ from the standard normal one, in nats for each number of
   * the latents: 1e-3 by default. 0 lets them become points.
   */
  kl?: number;
}

/**
 * Trains an autoencoder as Kingma and Welling 2014 (arXiv 1312.6114, eq. 10) do, but for its loss in pixels, which is
 * the mean absolute difference, and a small weight of the second term (Rombach et al. 2022, arXiv 2112.10752,
 * section 3.1): with latents z = μ + σ·ε,
 *
 *   loss = mean|x − D(z)| + kl · mean ½(μ² + σ² − 1 − ln σ²).
 *
 * ```ts
 * const network = autoencoder();
 * for await (const { step, loss } of trainAutoencoder({ network, data: faces, steps: 1000 })) …
 * network.normalize(latentSpread(await encodeAll(faces, network)));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range, or data has images of another shape
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainAutoencoder(options: AutoencoderTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, data, kl = 1e-3 } = options;
  if (typeof network?.posterior !== 'function')
    throw new TypeError(`trainAutoencoder: network must be one, as autoencoder() makes it, got ${shown(network)}`);
  checkNumber('trainAutoencoder', 'kl', kl, (n) => n >= 0 && n < Infinity, 'be at least 0');
  if (data?.shape?.join() !== network.shape.join())
    throw new RangeError(
      `trainAutoencoder: data must be images of [${network.shape}], as network takes them, got [${data?.shape}]`,
    );
  return descend('trainAutoencoder', {
    ...options,
    objective: (key, x) => {
      const { mean, logVariance } = network.posterior(x);
      const z = tf.add(mean, tf.mul(tf.exp(tf.div(logVariance, 2)), normal(key, mean.shape)));
      const lost = absoluteLoss(network.reconstruct(z as tf.Tensor4D), x);
      const variance = tf.exp(logVariance);
      const nats = tf.div(tf.sub(tf.add(tf.square(mean), tf.sub(variance, logVariance)), 1), 2);
      return tf.add(lost, tf.mul(tf.mean(nats), kl)) as tf.Scalar;
    },
  });
}
