import { beforeAll, describe, expect, it } from 'vitest';
import {
  blur,
  desaturate,
  fitResidue,
  ImageSet,
  key,
  pixelate,
  ready,
  rmse,
  snow,
  tf,
  uniform,
  type Images,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

type Four = [number, number, number, number];
const noise = (shape: Four): Images => uniform(key(21), shape);

describe('fitResidue', () => {
  const set = (images: Images) => {
    const [, height, width, channels] = images.shape;
    return new ImageSet({
      name: 'test',
      height,
      width,
      channels,
      pixels: Uint8Array.from(images.dataSync(), (v) => Math.round(v * 255)),
    });
  };

  it('has the mean and the covariance of the residues', () => {
    // Mean colours that vary along one direction with deviation 0.1, and a little along others.
    const tint = tf.mul(uniform(key(1), [600, 1, 1, 1]), tf.tensor([0.3, 0.2, 0.1], [1, 1, 1, 3]));
    const images = tf.clipByValue(tf.add(tf.add(tint, 0.3), tf.mul(noise([600, 8, 8, 3]), 0.2)), 0, 1) as Images;
    const fit = fitResidue(blur(), set(images));
    expect(fit.shape).toEqual([3]);
    const moments = (x: tf.Tensor) => {
      const centred = tf.sub(x, tf.mean(x, 0)) as tf.Tensor2D;
      return [tf.mean(x, 0), tf.div(tf.matMul(centred, centred, true), x.shape[0])];
    };
    const [sampled, real] = [moments(fit.sample(key(2), 20_000)), moments(tf.mean(images, [1, 2]))];
    // Deviations are at most 0.09: five standard errors of a mean of 20,000 are 0.003, of a covariance 0.0004.
    expect(difference(sampled[0], real[0])).toBeLessThan(0.003);
    expect(difference(sampled[1], real[1])).toBeLessThan(4e-4);
    expect(fit.explained).toBeGreaterThan(0.999);
  });

  it('finds the principal components that a full decomposition finds', () => {
    const smooth = blur({ sigma: 3 }).at({}, noise([200, 16, 16, 3]), 0.5);
    const fit = fitResidue(desaturate(), set(smooth), { components: 6 });
    const rows = tf.mean(set(smooth).images(), 3).reshape<tf.Tensor2D>([200, 256]);
    const centred = tf.sub(rows, tf.mean(rows, 0));
    const directions = tf.sub(fit.sample(key(3), 4000).reshape([4000, 256]), tf.mean(rows, 0)) as tf.Tensor2D;
    expect(fit.components).toBe(6);
    // What the samples vary by is the share that is called explained.
    const share = tf.sum(tf.square(directions)).dataSync()[0] / 4000 / (tf.sum(tf.square(centred)).dataSync()[0] / 199);
    expect(Math.abs(share - fit.explained)).toBeLessThan(0.05 * fit.explained);
  });

  it('repeats none of the images: samples are as far from them as they are from each other', () => {
    const images = noise([40, 8, 8, 3]);
    const fit = fitResidue(desaturate(), set(images));
    expect(fit.components).toBe(4); // one for ten images
    const [samples, residues] = [fit.sample(key(4), 50), desaturate().residue!(images)];
    const nearest = Math.min(
      ...tf
        .unstack(samples)
        .map((s) =>
          Math.min(
            ...tf.unstack(residues).map((r) => rmse(s.expandDims<tf.Tensor4D>(0), r.expandDims<tf.Tensor4D>(0)).mean),
          ),
        ),
    );
    expect(nearest).toBeGreaterThan(0.1); // independent noise of these images is about 0.24 apart
  });

  it('is the one residue where all are alike', () => {
    const fit = fitResidue(blur(), set(tf.fill([20, 4, 4, 1], 0.5)));
    expect(difference(fit.sample(key(1), 3), tf.fill([3, 1], 128 / 255))).toBeLessThan(1e-6);
  });

  it('leaks no tensors, and refuses what has no residue or too few images', async () => {
    const data = set(noise([30, 8, 8, 3]));
    const seed = key(1);
    await expectNoLeak(() => fitResidue(pixelate(), data).sample(seed, 4).dispose());
    expect(() => fitResidue(snow(), data)).toThrow(
      'fitResidue: degradation must leave a residue, got one that leaves nothing',
    );
    expect(() => fitResidue(blur(), data.subset({ end: 19 }))).toThrow(
      'fitResidue: data must hold at least 20 images, got 19',
    );
  });
});
