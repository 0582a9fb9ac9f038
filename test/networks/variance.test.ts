import { beforeAll, describe, expect, it } from 'vitest';
import {
  ancestral,
  denoiser,
  evenLevels,
  gaussian,
  last,
  learnedVariance,
  noise,
  ready,
  residualUnet,
  sample,
  targets,
  tf,
  withVariance,
  type Denoiser,
  type Gaussian,
  type Images,
  type Level,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const SPREAD = 0.3;

/** The best guess of normal images about 0 with the deviation above, in [−1, 1]. */
function exact(g: Gaussian): Denoiser {
  const denoise = (z: Images, t: Level) => {
    const { alpha, sigma } = g.coefficients(typeof t === 'number' ? tf.fill([z.shape[0]], t) : t);
    const all = tf.add(tf.mul(tf.square(alpha), SPREAD ** 2), tf.square(sigma));
    return { x0: g.fromSigned(tf.mul(tf.div(tf.mul(alpha, SPREAD ** 2), all), g.toSigned(z))) };
  };
  return Object.assign(denoise, { weights: [] });
}

/** Its variance at a level of the cosine schedule. */
function varianceAt(t: number): number {
  const [alpha2, sigma2] = [Math.cos((t * Math.PI) / 2) ** 2, Math.sin((t * Math.PI) / 2) ** 2];
  return (sigma2 * SPREAD ** 2) / (alpha2 * SPREAD ** 2 + sigma2);
}

describe('withVariance', () => {
  it('says the variance of the table at its levels, and below them what vanishes with the noise', () => {
    tf.tidy(() => {
      const table = { degradation: gaussian(), variances: [0.01, 0.04, 0.09, 0.16] };
      const told = withVariance(exact(gaussian()), table);
      const z = tf.zeros([6, 2, 2, 1]) as Images;
      const { variance } = told(z, tf.tensor1d([0.25, 0.375, 0.5, 1, 0.1, 0]));
      const noise = (t: number) => Math.sin((t * Math.PI) / 2) ** 2;
      // Half-way between two levels: the geometric mean of variance/σ², times σ² there.
      const between = Math.sqrt((0.01 / noise(0.25)) * (0.04 / noise(0.5))) * noise(0.375);
      const wanted = [0.01, between, 0.04, 0.16, (0.01 / noise(0.25)) * noise(0.1), 0];
      variance!.dataSync().forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 6));
      expect(variance!.shape).toEqual([6, 1, 1, 1]);
    });
  });

  it('lets few ancestral steps reach the spread of normal data, which the fixed variances miss', async () => {
    const degradation = gaussian();
    const variances = Array.from({ length: 40 }, (_, i) => varianceAt((i + 1) / 40));
    const spread = async (variance: 'posterior' | 'forward' | 'optimal') => {
      const denoise = withVariance(exact(degradation), { degradation, variances });
      const levels = [...evenLevels(8).slice(0, -1), 0.004, 0];
      const rule = ancestral({ variance });
      const images = await last(sample({ denoise, degradation, rule, levels, count: 20, shape: [32, 32, 1] }));
      return tf.tidy(() => 2 * Math.sqrt(tf.moments(images).variance.dataSync()[0]));
    };
    // 20,480 values: their deviation is right to 0.5 %.
    expect(Math.abs((await spread('optimal')) / SPREAD - 1)).toBeLessThan(0.02);
    expect((await spread('posterior')) / SPREAD).toBeLessThan(0.95);
    expect((await spread('forward')) / SPREAD).toBeGreaterThan(1.05);
  });

  it('refuses variances that are none', () => {
    const degradation = gaussian();
    const denoise = exact(degradation);
    expect(() => withVariance(denoise, { degradation, variances: [] })).toThrow('variances must be numbers above 0');
    expect(() => withVariance(denoise, { degradation, variances: [0.1, 0] })).toThrow(
      'variances must be numbers above 0',
    );
    expect(() => withVariance(denoise, { degradation, variances: [NaN] })).toThrow(
      'variances must hold finite numbers',
    );
  });
});

describe('learnedVariance', () => {
  it('reads the guess from the first half of the answer, and the place of the variance from the second', () => {
    tf.tidy(() => {
      const g = gaussian();
      const target = learnedVariance(noise(g));
      const z = tf.fill([1, 2, 2, 1], 0.6) as Images;
      const t = tf.tensor1d([0.5]);
      const said = tf.concat4d([tf.fill([1, 2, 2, 1], 0.3), tf.fill([1, 2, 2, 1], -0.5)] as tf.Tensor4D[], 3);
      const { x0, share } = target.read(said, z, t);
      const alone = noise(g).read(tf.fill([1, 2, 2, 1], 0.3), z, t).x0;
      expect(tf.max(tf.abs(tf.sub(x0, alone))).dataSync()[0]).toBe(0);
      expect(share!.dataSync()[0]).toBeCloseTo(0.25, 6);
    });
  });

  it('is made again from its spec, and samples with the variance that it learned', async () => {
    const degradation = gaussian();
    const spec = learnedVariance(noise(degradation)).spec!;
    const target = await targets.make(JSON.parse(JSON.stringify(spec)) as typeof spec, degradation);
    expect(target.spec).toEqual(spec);
    const shape = { size: 8, channels: 1, outputs: 2, output: 'linear' as const, widths: [8], blocks: 1, groups: 4 };
    const network = residualUnet({ ...shape, embedding: 4 });
    await expectNoLeak(async () => {
      const denoise = denoiser(network, { target });
      const rule = ancestral({ variance: 'learned' });
      (await last(sample({ denoise, degradation, rule, levels: evenLevels(4), count: 2 }))).dispose();
    });
    network.dispose();
    const small = residualUnet({ ...shape, outputs: 1, embedding: 4 });
    expect(() => denoiser(small, { target })(tf.zeros([1, 8, 8, 1]), 0.5)).toThrow('must have 2 outputs');
    small.dispose();
  });
});
