import { beforeAll, describe, expect, it } from 'vitest';
import {
  countWeights,
  coordinates,
  key,
  naiveUnetConfig,
  planes,
  ready,
  tf,
  unet,
  uniform,
  type Images,
} from 'naive-diffusion';
import { planeParts } from '../../lib/src/networks/planes.js';
import { difference, expectNoLeak, weightsOf } from '../support.js';

beforeAll(() => ready());

const small = { size: 16, channels: 1, widths: [4, 6, 8], dense: 10 } as const;
const options = { ...small, widths: [...small.widths] };
const images = (shape: number[], seed = 1): Images => uniform(key(seed), shape) as Images;

describe('unet', () => {
  it('returns images of the shape it was given, in (0, 1) with a sigmoid', () => {
    const network = unet({ seed: 2 });
    const y = network(images([3, 32, 32, 3]), 0.5);
    expect(y.shape).toEqual([3, 32, 32, 3]);
    const [low, high] = [y.min().dataSync()[0], y.max().dataSync()[0]];
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(1);
  });

  it('starts by returning its input, nearly', () => {
    const z = images([2, 16, 16, 1]);
    expect(difference(unet({ ...options, output: 'change' })(z, 0.5), z)).toBeLessThan(0.1);
    expect(difference(unet(options)(z, 0.5), z)).toBeLessThan(0.2);
  });

  it('has at most 1.5 million weights as it comes, so that half precision stays under 3 MB', () => {
    expect(countWeights(unet())).toBeLessThan(1.5e6);
  });

  it('does not share its widths with the configuration that it was given', () => {
    const network = unet(naiveUnetConfig);
    expect(network.config).toEqual(naiveUnetConfig);
    expect(network.config.widths).not.toBe(naiveUnetConfig.widths);
  });

  it('starts from the same weights with the same seed, from others with another', () => {
    expect(weightsOf(unet({ ...options, seed: 5 }))).toEqual(weightsOf(unet({ ...options, seed: 5 })));
    expect(weightsOf(unet({ ...options, seed: 5 }))).not.toEqual(weightsOf(unet({ ...options, seed: 6 })));
  });

  it('takes one level for all images, or one for each', () => {
    const network = unet(options);
    const z = images([2, 16, 16, 1]);
    const both = network(z, tf.tensor1d([0.2, 0.9]));
    expect(difference(both.slice([0], [1]), network(z.slice([0], [1]), 0.2))).toBeLessThan(1e-6);
    expect(difference(both.slice([1], [1]), network(z.slice([1], [1]), 0.9))).toBeLessThan(1e-6);
  });

  it('heeds the level, unless time is switched off', () => {
    const z = images([1, 16, 16, 1]);
    const [withTime, without] = [unet(options), unet({ ...options, time: false })];
    expect(difference(withTime(z, 0), withTime(z, 1))).toBeGreaterThan(1e-4);
    expect(difference(without(z, 0), without(z, 1))).toBe(0);
  });

  it('is told the level, the coordinates, both or nothing', () => {
    for (const time of [true, false]) {
      for (const coordinates of [true, false]) {
        const network = unet({ ...options, time, coordinates });
        const what = `time ${time}, coordinates ${coordinates}`;
        expect(network(images([2, 16, 16, 1]), tf.tensor1d([0.2, 0.7])).shape, what).toEqual([2, 16, 16, 1]);
        const { grads } = tf.variableGrads(
          () => network(images([2, 16, 16, 1]), 0.5).sum() as tf.Scalar,
          network.weights,
        );
        for (const [name, gradient] of Object.entries(grads))
          expect(gradient.shape, `${what}, ${name}`).toEqual(network.weights.find((w) => w.name === name)!.shape);
        network.dispose();
      }
    }
  });

  it('can tell two places apart by coordinates alone', () => {
    // A blank image: away from the borders, only coordinates distinguish one pixel from the next.
    const blank = tf.zeros([1, 64, 64, 1]) as Images;
    const middle = (network: ReturnType<typeof unet>) => network(blank, 0.5).slice([0, 28, 28, 0], [1, 4, 4, 1]);
    const flat = { size: 64, channels: 1, widths: [4], dense: 0 };
    const spread = (y: tf.Tensor) => y.max().sub(y.min()).dataSync()[0];
    expect(spread(middle(unet({ ...flat, coordinates: false })))).toBeLessThan(1e-6);
    expect(spread(middle(unet({ ...flat, coordinates: true })))).toBeGreaterThan(1e-6);
  });

  it('sees the whole image through its dense middle, and only a neighbourhood without it', () => {
    const a = tf.zeros([1, 32, 32, 1]) as Images;
    const b = tf.tensor4d([1], [1, 1, 1, 1]).pad([
      [0, 0],
      [0, 31],
      [0, 31],
      [0, 0],
    ]) as Images;
    const reach = (dense: number) => {
      const network = unet({ size: 32, channels: 1, widths: [4, 4], dense });
      return difference(
        network(a, 0).slice([0, 31, 31, 0], [1, 1, 1, 1]),
        network(b, 0).slice([0, 31, 31, 0], [1, 1, 1, 1]),
      );
    };
    expect(reach(0)).toBe(0);
    expect(reach(16)).toBeGreaterThan(0);
  });

  it('switches skips, upsampling and output for ablations', () => {
    const z = images([1, 16, 16, 1]);
    const outputs = [{}, { skips: false }, { upsampling: 'nearest' as const }, { output: 'linear' as const }].map((o) =>
      unet({ ...options, ...o })(z, 0.5),
    );
    for (let i = 1; i < outputs.length; i++) expect(difference(outputs[0], outputs[i])).toBeGreaterThan(0);
  });

  it('learns: every weight gets a gradient', () => {
    const network = unet(options);
    const { grads } = tf.variableGrads(
      () =>
        network(images([2, 16, 16, 1]), 0.5)
          .square()
          .mean() as tf.Scalar,
      network.weights,
    );
    for (const weight of network.weights) expect(grads[weight.name].abs().max().dataSync()[0]).toBeGreaterThan(0);
  });

  it('refuses configurations and images that do not fit', () => {
    expect(() => unet({ ...options, size: 18 })).toThrow(
      'unet: size must be a multiple of 4, or two of them for height and width, for 3 levels, got 18',
    );
    expect(() => unet({ ...options, widths: [] })).toThrow('widths must be a list');
    const network = unet(options);
    expect(() => network(images([1, 16, 16, 3]), 0.5)).toThrow(
      'images must have shape [batch, 16, 16, 1], got [1,16,16,3]',
    );
    expect(() => network(images([1, 16, 16, 1]), 1.2)).toThrow('t must lie in [0, 1], got 1.2');
    expect(() => network(images([1, 16, 16, 1]), NaN)).toThrow('got NaN');
    expect(() => network(images([2, 16, 16, 1]), tf.tensor1d([0.5]))).toThrow('got a tensor of shape [1]');
  });

  it('leaks no tensors', async () => {
    const z = images([1, 16, 16, 1]);
    await expectNoLeak(() => {
      const network = unet(options);
      network(z, 0.5).dispose();
      network.dispose();
    });
  });
});

describe('coordinates', () => {
  it('are, with the level, the sum that convolutions make use of', () => {
    const t = tf.tensor1d([0, 0.3, 1]);
    for (const facts of [
      { time: true, coordinates: true },
      { time: true, coordinates: false },
      { time: false, coordinates: true },
    ]) {
      const sum = tf.tidy(() => {
        const [still, moving] = tf.split(planeParts(4, 6, facts), facts.time ? 2 : 1);
        return tf.add(tf.mul(moving ?? 0, t.reshape([3, 1, 1, 1])), still);
      });
      expect(difference(sum, planes(t, 4, 6, facts)!), JSON.stringify(facts)).toBeLessThan(1e-6);
    }
  });

  it('run from 0 to 1, vertical first', () => {
    expect(coordinates(3, 2).arraySync()).toEqual([
      [
        [
          [0, 0],
          [0, 1],
        ],
        [
          [0.5, 0],
          [0.5, 1],
        ],
        [
          [1, 0],
          [1, 1],
        ],
      ],
    ]);
  });
});
