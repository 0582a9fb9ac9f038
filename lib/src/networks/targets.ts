import { pure, pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkPositive, shown } from '../check.js';
import { Registry } from '../registry.js';
import type { Degradation, Gaussian, Images, NoiseDraw, Target } from '../types.js';

/** The clean images themselves: what is asked for when nothing else is. */
export const clean: Target = pure({
  spec: { kind: 'clean' },
  of: ({ x0 }) => x0,
  read: (said) => ({ x0: said }),
});

/**
 * The noise ε that was added (Ho et al. 2020, arXiv 2006.11239, section 3.2): x0 = (z − σ·ε)/α. Where α is nearly 0,
 * nothing can be read from it. The network is shown z in units in which images and noise together have the same size at
 * every level.
 * @param gaussian the noise
 * @param options.told what the network is told of the level: `level`, t itself, or `share`, σ/√(α² + σ²), the noise in
 * what it is shown
 */
export function noise(gaussian: Gaussian, { told = 'level' }: { told?: 'level' | 'share' } = {}): Target<NoiseDraw> {
  checkGaussian('noise', gaussian);
  checkChoice('noise', 'told', told, ['level', 'share']);
  const target: Target<NoiseDraw> = {
    spec: { kind: 'noise', told },
    degradation: gaussian,
    ask: (z, t) => [inUnits(gaussian, z, t), told === 'level' ? t : shareOfNoise(gaussian, t)],
    of: ({ draw }) => draw.noise,
    read: (said, z, t) => {
      const { alpha, sigma } = gaussian.coefficients(t);
      const signal = tf.sub(gaussian.toSigned(z), tf.mul(said, sigma));
      return { x0: gaussian.fromSigned(tf.div(signal, tf.maximum(alpha, 1e-4))) };
    },
  };
  return pureIf(target, gaussian);
}

/**
 * v = α·ε − σ·x0 (Salimans and Ho 2022, arXiv 2202.00512, appendix D): x0 = (α·z − σ·v)/(α² + σ²), which never divides
 * by little. At no noise it asks for the noise, at full noise for the images.
 * @param gaussian the noise
 */
export function velocity(gaussian: Gaussian): Target<NoiseDraw> {
  checkGaussian('velocity', gaussian);
  const target: Target<NoiseDraw> = {
    spec: { kind: 'velocity' },
    degradation: gaussian,
    ask: (z, t) => [inUnits(gaussian, z, t), t],
    of: ({ x0, t, draw }) => {
      const { alpha, sigma } = gaussian.coefficients(t);
      return tf.sub(tf.mul(alpha, draw.noise), tf.mul(sigma, gaussian.toSigned(x0)));
    },
    read: (said, z, t) => {
      const { alpha, sigma } = gaussian.coefficients(t);
      const mixed = tf.sub(tf.mul(alpha, gaussian.toSigned(z)), tf.mul(sigma, said));
      return { x0: gaussian.fromSigned(tf.div(mixed, tf.add(tf.square(alpha), tf.square(sigma)))) };
    },
  };
  return pureIf(target, gaussian);
}

/**
 * The direction of the straight path from an image to its noise, ε − x0, which is dz/dt on the flow schedule (Lipman et
 * al. 2023, arXiv 2210.02747, eq. 23; Liu et al. 2022, arXiv 2209.03003, eq. 1): x0 = (z − σ·u)/(α + σ).
 * @param gaussian the noise
 */
export function flow(gaussian: Gaussian): Target<NoiseDraw> {
  checkGaussian('flow', gaussian);
  const target: Target<NoiseDraw> = {
    spec: { kind: 'flow' },
    degradation: gaussian,
    ask: (z, t) => [gaussian.toSigned(z), t],
    of: ({ x0, draw }) => tf.sub(draw.noise, gaussian.toSigned(x0)),
    read: (said, z, t) => {
      const { alpha, sigma } = gaussian.coefficients(t);
      const signal = tf.sub(gaussian.toSigned(z), tf.mul(sigma, said));
      return { x0: gaussian.fromSigned(tf.div(signal, tf.add(alpha, sigma))) };
    },
  };
  return pureIf(target, gaussian);
}

/**
 * Karras et al. 2022 (arXiv 2206.00364, table 1): D = c_skip·z + c_out·F, with inputs and answers F of variance 1 at
 * every level for images whose values have the standard deviation `data` about 0. The squared error of F is theirs of D
 * with its weights. For schedules that shrink the images, z/α and σ/α take the place of z and σ.
 * The network is told where ln(σ/α) lies between ln 0.002 and ln 80.
 * @param gaussian the noise
 * @param options.data σ_data, for images in [−1, 1]
 * @throws {RangeError} when data is not above 0
 */
export function karras(gaussian: Gaussian, { data = 0.5 }: { data?: number } = {}): Target<NoiseDraw> {
  checkGaussian('karras', gaussian);
  checkPositive('karras', { data });
  const parts = (z: Images, t: tf.Tensor1D) => {
    const { alpha, sigma } = gaussian.coefficients(t);
    const shrunk = tf.maximum(alpha, 1e-4);
    const ratio = tf.div(sigma, shrunk);
    const sum = tf.add(tf.square(ratio), data ** 2);
    return {
      z: tf.div(gaussian.toSigned(z), shrunk),
      ratio,
      skip: tf.div(data ** 2, sum),
      out: tf.div(tf.mul(ratio, data), tf.sqrt(sum)),
      in: tf.rsqrt(sum),
    };
  };
  const [least, most] = [Math.log(0.002), Math.log(80)];
  const target: Target<NoiseDraw> = {
    spec: { kind: 'karras', data },
    degradation: gaussian,
    ask: (z, t) => {
      const { z: seen, ratio, in: scale } = parts(z, t);
      const place = tf.div(tf.sub(tf.log(tf.maximum(ratio, 1e-6)), least), most - least);
      return [tf.mul(seen, scale), tf.reshape<tf.Rank.R1>(tf.clipByValue(place, 0, 1), [-1])];
    },
    of: ({ x0, z, t }) => {
      const { z: seen, skip, out } = parts(z, t);
      return tf.div(tf.sub(gaussian.toSigned(x0), tf.mul(skip, seen)), tf.maximum(out, 1e-6));
    },
    read: (said, z, t) => {
      const { z: seen, skip, out } = parts(z, t);
      return { x0: gaussian.fromSigned(tf.add(tf.mul(skip, seen), tf.mul(out, said))) };
    },
  };
  return pureIf(target, gaussian);
}

/** The targets that checkpoints can name, each of its degradation; open to a reader's own. */
export const targets = new Registry<Target, Degradation | undefined>('target');
targets.define('clean', () => clean);
targets.define('noise', (options: { told?: 'level' | 'share' }, degradation) =>
  noise(degradation as Gaussian, options),
);
targets.define('velocity', (_, degradation) => velocity(degradation as Gaussian));
targets.define('flow', (_, degradation) => flow(degradation as Gaussian));
targets.define('karras', (options: { data?: number }, degradation) => karras(degradation as Gaussian, options));

/** z in the range in which noise is added, divided by √(α² + σ²). */
function inUnits(gaussian: Gaussian, z: Images, t: tf.Tensor1D): tf.Tensor4D {
  const { alpha, sigma } = gaussian.coefficients(t);
  return tf.div(gaussian.toSigned(z), tf.sqrt(tf.add(tf.square(alpha), tf.square(sigma))));
}

/** σ/√(α² + σ²) of each level, `[batch]`. */
function shareOfNoise(gaussian: Gaussian, t: tf.Tensor1D): tf.Tensor1D {
  const { alpha, sigma } = gaussian.coefficients(t);
  return tf.reshape(tf.div(sigma, tf.sqrt(tf.add(tf.square(alpha), tf.square(sigma)))), [-1]);
}

function checkGaussian(caller: string, degradation: Gaussian | undefined): void {
  if (typeof degradation === 'object' && 'infer' in degradation) return;
  throw new TypeError(
    `${caller}: the degradation must be Gaussian noise, as gaussian() makes it, got ${shown(degradation)}`,
  );
}
