import { freeTapeOnError } from '../backend/tape.js';
import { tf } from '../backend/tf.js';
import type { StopListener } from '../backend/interrupt.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Denoiser, Gaussian } from '../types.js';

/** What a density is followed through. */
export interface Flow {
  denoise: Denoiser;
  degradation: Gaussian;
  /** σ/α where the density is asked for. */
  least: number;
  /** σ/α where it is taken for the normal distribution N(0, most²). */
  most: number;
  /** How many steps of Runge and Kutta's method of fourth order there are, even in the logarithm of σ/α. */
  steps: number;
}

/** The logarithms of densities, and where the equation led. */
export interface FlowDensity {
  /** log p of each image, in nats. */
  nats: Float64Array;
  /** Where it is at the end, in the shape of the images. The caller owns it. */
  end: tf.Tensor4D;
}

/**
 * Follows densities along the probability-flow equation (Song et al. 2021, arXiv 2011.13456, eq. 39), in u = z/α and
 * the logarithm λ of σ/α, where it is
 *
 *   du/dλ = u − D,   log p(u) at least = log N(u at most; 0, most²) + ∫ (values − tr ∇D) dλ,
 *
 * with the trace by Hutchinson's estimator, v·∇D·v for a probe v of ±1 (Hutchinson 1990): right on average, and exact
 * for independent values.
 */
export function flowDensity(flow: Flow): {
  /** For u of `[batch, height, width, channels]` at the least noise, in the range in which noise is added. */
  of(u: tf.Tensor4D, probe: tf.Tensor4D, stop: StopListener): Promise<FlowDensity>;
  /** Frees what has been compiled. */
  release(): void;
} {
  const { denoise, degradation, least, most, steps } = flow;
  const slope = borrowCompiled(denoise, { name: 'odeBits', parts: [degradation] }, slopeOf(denoise, degradation));
  const width = Math.log(most / least) / steps;
  const levelAt = (place: number) => degradation.schedule.level(Math.min(most, least * Math.exp(place * width)));

  /** du/dλ and the change of log p there. */
  const look = (u: tf.Tensor4D, probe: tf.Tensor4D, place: number) => {
    const t = tf.fill<tf.Rank.R1>([u.shape[0]], levelAt(place));
    const { change, nats } = slope.run({ u, probe, t });
    return { change, nats: nats.dataSync() };
  };

  const of = async (start: tf.Tensor4D, probe: tf.Tensor4D, stop: StopListener): Promise<FlowDensity> => {
    const nats = new Float64Array(start.shape[0]);
    let u: tf.Tensor4D = start.clone();
    try {
      for (let step = 0; step < steps; step++) {
        await stop.turn();
        const at = u;
        const next = tf.tidy(() => {
          const first = look(at, probe, step);
          const second = look(tf.add(at, tf.mul(first.change, width / 2)), probe, step + 0.5);
          const third = look(tf.add(at, tf.mul(second.change, width / 2)), probe, step + 0.5);
          const fourth = look(tf.add(at, tf.mul(third.change, width)), probe, step + 1);
          for (let i = 0; i < nats.length; i++)
            nats[i] += (width / 6) * (first.nats[i] + 2 * second.nats[i] + 2 * third.nats[i] + fourth.nats[i]);
          const middle = tf.mul(tf.add(second.change, third.change), 2);
          const sum = tf.add(tf.add(first.change, middle), fourth.change);
          return tf.add<tf.Tensor4D>(at, tf.mul(sum, width / 6));
        });
        u.dispose();
        u = next;
      }
      const squares = tf.tidy(() => tf.sum(tf.square(tf.div(u, most)), [1, 2, 3]).dataSync());
      const values = u.size / nats.length;
      for (let i = 0; i < nats.length; i++)
        nats[i] -= squares[i] / 2 + (values / 2) * Math.log(2 * Math.PI * most ** 2);
    } catch (error) {
      u.dispose();
      throw error;
    }
    return { nats, end: u };
  };
  return { of, release: slope.release };
}

/** The right sides of both equations, as a function of tensors alone. */
function slopeOf(denoise: Denoiser, degradation: Gaussian) {
  return ({ u, probe, t }: { u: tf.Tensor4D; probe: tf.Tensor4D; t: tf.Tensor1D }) => {
    const { alpha } = degradation.coefficients(t);
    const guess = (at: tf.Tensor4D) => {
      const z = degradation.fromSigned(tf.mul(at, alpha));
      return degradation.toSigned(denoise(z, t).x0);
    };
    const { value, grad } = freeTapeOnError(() => tf.valueAndGrad(guess)(u, probe));
    const trace = tf.sum(tf.mul(grad, probe), [1, 2, 3]);
    const [, ...image] = u.shape;
    const values = image.reduce((a, b) => a * b);
    return { change: tf.sub<tf.Tensor4D>(u, value), nats: tf.sub<tf.Tensor1D>(values, trace) };
  };
}
