import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  countWeights,
  denoiser,
  explodingSchedule,
  fourierUnet,
  gaussian,
  key,
  loadCheckpoint,
  networks,
  noise,
  normal,
  Random,
  ready,
  saveCheckpoint,
  tf,
  uniform,
  type FourierUNetConfig,
  type Images,
} from 'naive-diffusion';
import { difference, expectCompiledAlike, expectGradients, expectNoLeak, stirred, weightsOf } from '../support.js';

beforeAll(() => ready());

const options = { size: 8, channels: 1, widths: [8, 12, 8], groups: 4, features: 6 };
const images = (shape: number[], seed = 1): Images => uniform(key(seed), shape) as Images;

/** The same network from TensorFlow.js's own operations and its description alone. */
function byHand({ config, parameters }: ReturnType<typeof fourierUnet>, z: Images, t: tf.Tensor1D): tf.Tensor4D {
  const { widths, groups, features, seed } = config;
  const p = (name: string) => parameters[name];
  const random = new Random(seed);
  const frequencies = Array.from({ length: features }, () => 2 * Math.PI * Math.sqrt(128) * random.uniform());
  const told = t
    .reshape([-1, 1])
    .mul(tf.tensor2d(frequencies, [1, features]))
    .sin();
  const conv = (h: tf.Tensor, name: string, stride = 1) =>
    tf.conv2d(h as tf.Tensor4D, p(`${name}.filter`) as tf.Tensor4D, stride, 'same').add(p(`${name}.bias`));
  const norm = (h: tf.Tensor, name: string) => {
    const [batch, height, width, channels] = h.shape;
    const grouped = h.reshape([batch, height * width, groups, channels / groups]);
    const { mean, variance } = tf.moments(grouped, [1, 3], true);
    const whitened = grouped.sub(mean).div(variance.add(1e-5).sqrt()).reshape(h.shape);
    return whitened.mul(p(`${name}.scale`)).add(p(`${name}.offset`));
  };
  const block = (x: tf.Tensor, name: string) => {
    const both = told.matMul(p(`${name}.level.matrix`)).add(p(`${name}.level.bias`));
    const [scale, shift] = both.reshape([-1, 2, 1, 1, x.shape[3]!]).unstack(1);
    const h = conv(norm(x, `${name}.norm1`).elu(), `${name}.conv1`)
      .mul(scale.add(1))
      .add(shift);
    return x.add(conv(norm(h, `${name}.norm2`).elu(), `${name}.conv2`));
  };
  const kept = [block(conv(z, 'input'), 'down0')];
  for (let i = 1; i < widths.length; i++) kept.push(block(conv(kept[i - 1], `down${i}.shrink`, 2), `down${i}`));
  let h = kept.at(-1)!;
  for (let i = widths.length - 2; i >= 0; i--) {
    const filter = p(`up${i}.grow.filter`) as tf.Tensor4D;
    const shape = kept[i].shape as [number, number, number, number];
    const grown = tf.conv2dTranspose(h as tf.Tensor4D, filter, shape, 2, 'same').add(p(`up${i}.grow.bias`));
    h = block(grown.add(kept[i]), `up${i}`);
  }
  return conv(h, 'output') as tf.Tensor4D;
}

describe('fourierUnet', () => {
  it('returns images of the shape it was given, and its answer is not bounded', () => {
    tf.tidy(() => {
      const network = fourierUnet();
      const z = normal(key(1), [2, 32, 32, 1]) as Images;
      expect(network.shape).toEqual([32, 32, 1]);
      expect(network(z, 0.5).shape).toEqual([2, 32, 32, 1]);
      const strong = stirred(network)(z, 0.5);
      expect(strong.min().dataSync()[0]).toBeLessThan(-1);
      expect(strong.max().dataSync()[0]).toBeGreaterThan(1);
      network.dispose();
    });
  });

  it('has 1.4 million weights, so that half precision stays under 3 MB', () => {
    const network = fourierUnet();
    expect(countWeights(network)).toBeGreaterThan(1.3e6);
    expect(countWeights(network)).toBeLessThan(1.5e6);
    network.dispose();
  });

  it("computes what its description says, as TensorFlow.js's own operations do", () => {
    for (const widths of [[8], [8, 12, 4]]) {
      const network = stirred(fourierUnet({ ...options, channels: 2, widths }));
      tf.tidy(() => {
        const [z, t] = [images([3, 8, 8, 2]), tf.tensor1d([0, 0.4, 1])];
        expect(difference(network(z, t), byHand(network, z, t))).toBeLessThan(1e-5); // sums of up to 200 products
      });
      network.dispose();
    }
  });

  it('takes images that are not square, of any number of channels', () => {
    for (const [height, width, channels] of [
      [8, 12, 3],
      [16, 4, 5],
    ]) {
      const network = fourierUnet({ ...options, size: [height, width], channels });
      const y = network(images([2, height, width, channels]), tf.tensor1d([0.1, 0.9]));
      expect(y.shape).toEqual([2, height, width, channels]);
      y.dispose();
      network.dispose();
    }
  });

  it('starts from the same weights with the same seed, from others with another', () => {
    const of = (seed: number) => weightsOf(fourierUnet({ ...options, seed }));
    expect(of(5)).toEqual(of(5));
    expect(of(5)).not.toEqual(of(6));
  });

  it('heeds the level, one for all images or one for each', () => {
    const network = stirred(fourierUnet(options));
    const z = images([2, 8, 8, 1]);
    expect(difference(network(z, 0.1), network(z, 0.9))).toBeGreaterThan(1e-3);
    const both = network(z, tf.tensor1d([0.2, 0.9]));
    expect(difference(both.slice([0], [1]), network(z.slice([0], [1]), 0.2))).toBeLessThan(1e-5);
    expect(difference(both.slice([1], [1]), network(z.slice([1], [1]), 0.9))).toBeLessThan(1e-5);
  });

  it('learns: once the layers that start at zero have moved, every weight gets a gradient', () => {
    const network = stirred(fourierUnet(options));
    const z = images([2, 8, 8, 1]);
    expectGradients(network, z);
  });

  it('computes the same when compiled, to 1e-5, for numbers it was not recorded with', () => {
    expectCompiledAlike(stirred(fourierUnet(options)), (seed) => images([2, 8, 8, 1], seed), 5);
  });

  it('comes back from a checkpoint, with what it was asked for, and from its configuration', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'fourier-'));
    try {
      const network = stirred(fourierUnet({ ...options, size: [8, 12], seed: 7 }));
      const degradation = gaussian({ schedule: explodingSchedule({ most: 100 }), range: [-0.2, 0.4] });
      const target = noise(degradation, { told: 'share' });
      await saveCheckpoint(path.join(folder, 'a'), network, { precision: 'single', degradation, target });
      const { network: loaded, denoise, card } = await loadCheckpoint(path.join(folder, 'a'));
      expect(loaded.config).toEqual(network.config);
      expect(card.target).toEqual({ kind: 'noise', told: 'share' });
      const z = images([2, 8, 12, 1]);
      expect(difference(loaded(z, 0.3), network(z, 0.3))).toBe(0);
      expect(difference(denoise!(z, 0.3).x0, denoiser(network, { target })(z, 0.3).x0)).toBe(0);
      expect(weightsOf(await networks.make({ ...network.config }))).toEqual(weightsOf(fourierUnet(network.config)));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses configurations and images that do not fit', () => {
    const build = (o: object) => () => fourierUnet({ ...options, ...o });
    expect(build({ kind: 'unet' })).toThrow("fourierUnet: kind must be 'fourier-unet', got 'unet'");
    expect(build({ blocks: 2 })).toThrow('fourierUnet: blocks is not an option; there are kind, size, channels');
    expect(build({ size: 6 })).toThrow(
      'fourierUnet: size must be a multiple of 4, or two of them for height and width, for 3 levels, got 6',
    );
    expect(build({ size: [8, 10] })).toThrow('for 3 levels, got [8,10]');
    expect(build({ widths: [8, 10] })).toThrow(
      'fourierUnet: widths must be a list of multiples of the 4 groups, got [8,10]',
    );
    expect(build({ widths: [] })).toThrow('fourierUnet: widths must be a list');
    expect(build({ widths: [NaN] })).toThrow('got [NaN]');
    expect(build({ channels: 0 })).toThrow('fourierUnet: channels must be a whole number of at least 1, got 0');
    expect(build({ groups: 1.5 })).toThrow('fourierUnet: groups must be a whole number of at least 1, got 1.5');
    expect(build({ features: NaN })).toThrow('fourierUnet: features must be a whole number of at least 1, got NaN');
    expect(build({ seed: -1 })).toThrow('seed must be a whole number');
    const network = fourierUnet(options);
    expect(() => network(images([1, 8, 8, 3]), 0.5)).toThrow(
      'fourier-unet: images must have shape [batch, 8, 8, 1], got [1,8,8,3]',
    );
    expect(() => network(images([1, 8, 8, 1]), 1.5)).toThrow('fourierUnet: t must lie in [0, 1], got 1.5');
    expect(() => network(images([2, 8, 8, 1]), tf.tensor1d([0.5]))).toThrow('got a tensor of shape [1]');
  });

  it('keeps its configuration to itself', () => {
    const widths = [8, 12];
    const network = fourierUnet({ ...options, widths });
    widths.push(16);
    const config: FourierUNetConfig = network.config;
    expect(config).toEqual({ kind: 'fourier-unet', ...options, widths: [8, 12], seed: 1 });
    network.dispose();
  });

  it('leaks no tensors, not even when it is refused', async () => {
    const z = images([1, 8, 8, 1]);
    await expectNoLeak(() => {
      const network = fourierUnet(options);
      network(z, 0.5).dispose();
      expect(() => network(z, 2)).toThrow();
      expect(() => fourierUnet({ ...options, size: 7 })).toThrow();
      expect(() => fourierUnet({ ...options, seed: -1 })).toThrow();
      network.dispose();
    });
  });
});
