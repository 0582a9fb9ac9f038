import { beforeAll, describe, expect, it } from 'vitest';
import {
  asNetwork,
  gaussian,
  ImageSet,
  levels,
  Random,
  ready,
  tf,
  trainHybrid,
  Weights,
  type Gaussian,
  type Network,
} from 'naive-diffusion';
import { expectNoLeak, lossesOf } from '../support.js';

beforeAll(() => ready());

const degradation = gaussian();

/** Images whose values are normal with deviation `spread` about 0 in [−1, 1]; a spread of 0 makes one grey image. */
function images(spread: number): ImageSet {
  const random = new Random(3);
  const pixels = Uint8Array.from({ length: 64 * 64 }, () =>
    Math.min(255, Math.max(0, Math.round((spread * random.normal() + 1) * 127.5))),
  );
  return new ImageSet({ name: 'normal', height: 8, width: 8, channels: 1, pixels });
}

/** Says the noise as well as it can be known of such images, and for the variance one weight, which starts at 0. */
function knowing(g: Gaussian, spread: number): Network & { place: () => number } {
  const weights = new Weights(1);
  const place = weights.constant('place', [1], 0);
  const network = asNetwork(
    (z, t) => {
      // Shown is z/√(α² + σ²), which is z here: the noise is σ·z/(α²·spread² + σ²).
      const { alpha, sigma } = g.coefficients(levels(t, z.shape[0]));
      const all = tf.add(tf.mul(tf.square(alpha), spread ** 2), tf.square(sigma));
      const noise = tf.mul(z, tf.div(sigma, all));
      return tf.concat([noise, tf.mul(tf.onesLike(z), place)], 3) as tf.Tensor4D;
    },
    { config: { kind: 'knowing' }, weights, shape: [8, 8, 1] },
  );
  return Object.assign(network, { place: () => place.dataSync()[0] });
}

const common = { degradation, batchSize: 16, chain: 50, rate: 0.03, seed: 1 };

describe('trainHybrid', () => {
  it('learns that the variance is that of the step forwards for normal data of variance 1', async () => {
    const network = knowing(degradation, 1);
    // Bytes do not reach that far from grey.
    const data = { name: 'normal', length: 64, shape: [8, 8, 1] as const, read: normals };
    await lossesOf(trainHybrid({ ...common, network, data, steps: 150 }));
    expect(network.place()).toBeGreaterThan(0.8);
    network.dispose();
  });

  it('learns that it is that of the posterior for a single image', async () => {
    const network = knowing(degradation, 0);
    await lossesOf(trainHybrid({ ...common, network, data: images(0), steps: 150 }));
    expect(network.place()).toBeLessThan(-0.8);
    network.dispose();
  });

  it('has the same loss on average, however often each part of the chain is trained on', async () => {
    const mean = async (chances: number[] | undefined) => {
      const network = knowing(degradation, 0.5);
      const options = { ...common, rate: 1e-9, objective: 'bound' as const, chances };
      const losses = await lossesOf(trainHybrid({ ...options, network, data: images(0.35), steps: 300 }));
      network.dispose();
      const average = losses.reduce((a, b) => a + b, 0) / losses.length;
      const variance = losses.reduce((sum, loss) => sum + (loss - average) ** 2, 0) / losses.length;
      return { average, error: Math.sqrt(variance / losses.length) };
    };
    const even = await mean(undefined);
    for (const chances of [
      [1, 3],
      [5, 1, 1, 1],
    ]) {
      const other = await mean(chances);
      expect(Math.abs(other.average - even.average)).toBeLessThan(4 * Math.hypot(other.error, even.error));
    }
  });

  it('leaves no tensor behind', async () => {
    const network = knowing(degradation, 0.5);
    await expectNoLeak(async () => {
      await lossesOf(trainHybrid({ ...common, network, data: images(0.35), steps: 3 }));
    });
    network.dispose();
  });

  it('refuses options at the call', () => {
    const network = knowing(degradation, 0.5);
    const refused = (options: object, message: string) =>
      expect(() => trainHybrid({ ...common, network, data: images(0.3), steps: 1, ...options })).toThrow(message);
    refused({ chain: 1 }, 'chain must be a whole number of at least 2, got 1');
    refused({ objective: 'simple' }, "objective must be 'hybrid' or 'bound', got 'simple'");
    refused({ chances: [] }, 'chances must be numbers above 0');
    refused({ chances: [1, -1] }, 'chances must be numbers above 0');
    network.dispose();
  });
});

/** Normal numbers in the place of images, in [0, 1] as ½ ± ½. */
function normals(which: Int32Array): tf.Tensor4D {
  return tf.tidy(() => {
    const random = new Random(which[0] + 1);
    const values = Float32Array.from({ length: which.length * 64 }, () => (random.normal() + 1) / 2);
    return tf.tensor4d(values, [which.length, 8, 8, 1]);
  });
}
