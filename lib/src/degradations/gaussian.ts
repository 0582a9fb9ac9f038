import { normal } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Gaussian, Images, Level } from '../types.js';
import { degradation } from './degradation.js';

/**
 * Gaussian noise that preserves the variance, on the cosine schedule: with images brought to [−1, 1],
 * z_t = cos(πt/2)·x0 + sin(πt/2)·noise (Ho et al. 2020, arXiv 2006.11239, eq. 4, with ᾱ = cos²(πt/2) as in Nichol and
 * Dhariwal 2021, arXiv 2102.09672, eq. 17, without their offset). z_t is brought back to the images' range, of which it
 * fills more than [0, 1]: its mean is ½ and its standard deviation at t = 1 is ½.
 */
export function gaussian(): Gaussian {
  // cos(πt/2) is written as a sine, which is exactly 0 at t = 1.
  const scale = (t: tf.Tensor | number): tf.Tensor => tf.sin(tf.mul(tf.sub(1, t), Math.PI / 2));
  const sigma = (t: tf.Tensor | number): tf.Tensor => tf.sin(tf.mul(t, Math.PI / 2));
  const spread = (t: Level): tf.Tensor | number => (typeof t === 'number' ? t : t.reshape([-1, 1, 1, 1]));
  return {
    ...degradation<{ noise: Images }>('gaussian', {
      draw: (key, shape) => ({ noise: normal<tf.Rank.R4>(key, shape) }),
      at: ({ noise }, x0, t) => fromSigned(tf.add(tf.mul(toSigned(x0), scale(t)), tf.mul(noise, sigma(t)))),
    }),
    scale: (t) => tf.tidy(() => scale(t)),
    sigma: (t) => tf.tidy(() => sigma(t)),
    level: (deviation) => {
      if (!(deviation >= 0 && deviation <= 1))
        throw new RangeError(`gaussian: sigma must lie in [0, 1], got ${deviation}`);
      return Math.asin(deviation) / (Math.PI / 2);
    },
    infer: (z, x0, t) =>
      tf.tidy(() => {
        const level = spread(t);
        const signal = tf.mul(toSigned(x0), scale(level));
        return { noise: tf.divNoNan(tf.sub(toSigned(z), signal), sigma(level)) as Images };
      }),
  };
}

function toSigned(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(x, 2), 1);
}

function fromSigned(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(x, 1), 0.5);
}
