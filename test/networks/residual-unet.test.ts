import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  assignWeights,
  networks,
  compile,
  countWeights,
  denseResidualConfig,
  key,
  loadCheckpoint,
  normal,
  readWeights,
  ready,
  residualConfig,
  residualUnet,
  saveCheckpoint,
  tf,
  uniform,
  Weights,
  type Images,
} from 'naive-diffusion';
import { residualBlock } from '../../lib/src/networks/residual-block.js';
import { difference, expectCompiledAlike, expectGradients, expectNoLeak, stirred, weightsOf } from '../support.js';

beforeAll(() => ready());

const options = { size: 8, channels: 1, widths: [8, 12], groups: 4, blocks: 1, embedding: 6, dense: 5 };
const images = (shape: number[], seed = 1): Images => uniform(key(seed), shape) as Images;

describe('residualUnet', () => {
  it('returns images of the shape it was given, in (0, 1) with a sigmoid', () => {
    const network = residualUnet();
    const y = network(images([2, 32, 32, 3]), 0.5);
    expect(y.shape).toEqual([2, 32, 32, 3]);
    expect(y.min().dataSync()[0]).toBeGreaterThan(0);
    expect(y.max().dataSync()[0]).toBeLessThan(1);
  });

  it('returns as many numbers per pixel as asked for, as many as the image has otherwise', () => {
    const z = images([2, 8, 8, 1]);
    expect(residualUnet(options)(z, 0.5).shape).toEqual([2, 8, 8, 1]);
    expect(residualUnet({ ...options, outputs: 64, output: 'linear' })(z, 0.5).shape).toEqual([2, 8, 8, 64]);
    expect(residualUnet({ ...residualConfig, channels: 1 }).config.outputs).toBe(1);
  });

  it('has ready configurations of at most 1.5 million weights, so that half precision stays under 3 MB', () => {
    for (const config of [residualConfig, denseResidualConfig]) {
      const network = residualUnet({ ...config, outputs: 64 });
      expect(countWeights(network)).toBeGreaterThan(1.1e6);
      expect(countWeights(network)).toBeLessThan(1.5e6);
      network.dispose();
    }
  });

  it('starts from the same weights with the same seed, from others with another', () => {
    expect(weightsOf(residualUnet({ ...options, seed: 5 }))).toEqual(weightsOf(residualUnet({ ...options, seed: 5 })));
    expect(weightsOf(residualUnet({ ...options, seed: 5 }))).not.toEqual(
      weightsOf(residualUnet({ ...options, seed: 6 })),
    );
  });

  it('heeds the level, one for all images or one for each', () => {
    const network = stirred(residualUnet(options));
    const z = images([2, 8, 8, 1]);
    expect(difference(network(z, 0), network(z, 1))).toBeGreaterThan(1e-3);
    const both = network(z, tf.tensor1d([0.2, 0.9]));
    expect(difference(both.slice([0], [1]), network(z.slice([0], [1]), 0.2))).toBeLessThan(1e-5);
    expect(difference(both.slice([1], [1]), network(z.slice([1], [1]), 0.9))).toBeLessThan(1e-5);
  });

  it('can tell two places apart by coordinates alone', () => {
    // A blank image: away from the borders, only coordinates distinguish one pixel from the next.
    const blank = tf.zeros([1, 32, 32, 1]) as Images;
    const spread = (o: { coordinates: boolean }) => {
      const middle = stirred(residualUnet({ ...options, ...o, size: 32, widths: [8], dense: 0 }))(blank, 0.5).slice(
        [0, 14, 14, 0],
        [1, 4, 4, 1],
      );
      return middle.max().sub(middle.min()).dataSync()[0];
    };
    expect(spread({ coordinates: false })).toBeLessThan(1e-6);
    expect(spread({ coordinates: true })).toBeGreaterThan(1e-5);
  });

  it('learns: once the layers that start at zero have moved, every weight gets a gradient', () => {
    const network = stirred(residualUnet(options));
    const z = images([2, 8, 8, 1]);
    expectGradients(network, z);
  });

  it('computes the same when compiled, to 1e-5, for numbers it was not recorded with', () => {
    expectCompiledAlike(stirred(residualUnet(options)), (seed) => images([2, 8, 8, 1], seed));
  });

  it('comes back from a checkpoint and from its configuration', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'residual-'));
    try {
      const network = stirred(residualUnet({ ...options, outputs: 5, output: 'linear', coordinates: false }));
      await saveCheckpoint(path.join(folder, 'a'), network, { precision: 'single' });
      const { network: loaded } = await loadCheckpoint(path.join(folder, 'a'));
      const z = images([2, 8, 8, 1]);
      expect(loaded.config).toEqual(network.config);
      expect(difference(loaded(z, 0.3), network(z, 0.3))).toBe(0);
      expect(weightsOf(await networks.make({ ...network.config }))).toEqual(weightsOf(residualUnet(network.config)));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  describe.each<[string, object]>([
    ['attention', { attention: [4, 8], heads: 2 }],
    ['ConvNeXt blocks', { block: 'convnext' }],
    ['waves of random frequencies', { level: 'fourier' }],
    ['the level as a plane', { level: 'plane' }],
    ['the level added', { adaptive: false }],
  ])('with %s', (_, more) => {
    it('heeds the level, learns with every weight, and computes the same when compiled', () => {
      const network = stirred(residualUnet({ ...options, ...more }));
      const z = images([2, 8, 8, 1]);
      expect(difference(network(z, 0), network(z, 1))).toBeGreaterThan(1e-4);
      expectGradients(network, z);
      const compiled = compile((z: Images, t: tf.Tensor1D) => network(z, t), { state: network.weights });
      for (let i = 0; i < 3; i++) {
        const [at, t] = [images([2, 8, 8, 1], i), tf.tensor1d([i / 4, 1 - i / 5])];
        expect(difference(compiled(at, t), network(at, t))).toBeLessThan(1e-5);
      }
      compiled.dispose();
    });

    it('comes back from a checkpoint, and leaks nothing', async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'residual-'));
      const z = images([1, 8, 8, 1]);
      try {
        await expectNoLeak(async () => {
          const network = residualUnet({ ...options, ...more });
          await saveCheckpoint(path.join(folder, 'a'), network, { precision: 'single' });
          const { network: loaded } = await loadCheckpoint(path.join(folder, 'a'));
          expect(loaded.config).toEqual(network.config);
          tf.tidy(() => {
            expect(difference(loaded(z, 0.3), network(z, 0.3))).toBe(0);
          });
          network.dispose();
          loaded.dispose();
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  it('starts with attention as without it, and shows what its pixels look at', async () => {
    const [network, plain] = [residualUnet({ ...options, attention: [4], heads: 2 }), residualUnet(options)];
    assignWeights(
      network.parameters,
      {
        ...(await readWeights(network.parameters)),
        ...(await readWeights(plain.parameters)),
      },
      'both',
    );
    const z = images([2, 8, 8, 1]);
    expect(difference(network(z, 0.5), plain(z, 0.5))).toBe(0);
    stirred(network);
    await expectNoLeak(() => {
      const maps = network.attentionMaps(z, 0.5);
      expect(Object.keys(maps)).toEqual(['down1.block0']);
      expect(maps['down1.block0'].shape).toEqual([2, 2, 16, 16]);
      tf.tidy(() => {
        expect(difference(tf.sum(maps['down1.block0'], 3), tf.ones([2, 2, 16]))).toBeLessThan(1e-6);
      });
      tf.dispose(maps);
      expect(() => network.attentionMaps(z, 2)).toThrow('t must lie in [0, 1]');
    });
    expect(plain.attentionMaps(z, 0.5)).toEqual({});
  });

  it('refuses configurations and images that do not fit', () => {
    const build = (o: object) => () => residualUnet({ ...options, ...o });
    expect(build({ kind: 'unet' })).toThrow("residualUnet: kind must be 'residual-unet', got 'unet'");
    expect(build({ size: 7 })).toThrow(
      'size must be a multiple of 2, or two of them for height and width, for 2 levels, got 7',
    );
    expect(build({ widths: [8, 10] })).toThrow('widths must be a list of multiples of the 4 groups, got [8,10]');
    expect(build({ widths: [] })).toThrow('widths must be a list');
    expect(build({ blocks: 0 })).toThrow('blocks must be a whole number of at least 1, got 0');
    expect(build({ outputs: 1.5 })).toThrow('outputs must be a whole number of at least 1, got 1.5');
    expect(build({ embedding: 5 })).toThrow('embedding must be an even whole number above 0, got 5');
    expect(build({ dense: -1 })).toThrow('dense must be a whole number of at least 0, got -1');
    expect(build({ output: 'change' })).toThrow("output must be 'sigmoid' or 'linear', got 'change'");
    expect(build({ block: 'dense' })).toThrow("block must be 'residual' or 'convnext', got 'dense'");
    expect(build({ level: 'time' })).toThrow("level must be 'sinusoidal', 'fourier' or 'plane', got 'time'");
    expect(build({ adaptive: 1 })).toThrow('adaptive must be true or false, got 1');
    expect(build({ attention: [8, 3] })).toThrow(
      'attention must list heights of feature maps, some of [8,4], got [8,3]',
    );
    expect(build({ attention: 8 })).toThrow('attention must list heights of feature maps, some of [8,4], got 8');
    expect(build({ attention: [8], heads: 3 })).toThrow('heads must divide the width, 8, got 3');
    expect(build({ level: 'plane', conditions: { side: 2 } })).toThrow(
      "conditions are told with the level, which must not be 'plane' then",
    );
    const network = residualUnet(options);
    expect(() => network(images([1, 8, 8, 3]), 0.5)).toThrow(
      'residual-unet: images must have shape [batch, 8, 8, 1], got [1,8,8,3]',
    );
    expect(() => network(images([1, 8, 8, 1]), NaN)).toThrow('residualUnet: t must lie in [0, 1], got NaN');
    expect(() => network(images([2, 8, 8, 1]), tf.tensor1d([0.5]))).toThrow('got a tensor of shape [1]');
  });

  it('leaks no tensors, not even when it is refused', async () => {
    const z = images([1, 8, 8, 1]);
    await expectNoLeak(() => {
      const network = residualUnet(options);
      network(z, 0.5).dispose();
      expect(() => network(z, 2)).toThrow();
      expect(() => residualUnet({ ...options, size: 7 })).toThrow();
      network.dispose();
    });
  });
});

describe('a residual block', () => {
  const make = () => {
    const weights = new Weights(1);
    const block = residualBlock(weights, 'block', { width: 8, groups: 4, embedding: 6 });
    return { weights, block, x: normal(key(2), [2, 5, 7, 8]) as tf.Tensor4D, e: normal(key(3), [2, 6]) as tf.Tensor2D };
  };

  it('starts as the identity', () => {
    const { block, x, e } = make();
    expect(difference(block(x, e), x)).toBe(0);
  });

  it('adds conv₂(silu(norm₂(conv₁(silu(norm₁(x))))·(1 + s) + b)) to its input', () => {
    const { weights, block, x, e } = make();
    stirred({ weights: Object.values(weights.parameters) });
    const p = (name: string) => weights.parameters[`block.${name}`];
    // The same, from TensorFlow.js's own operations.
    const norm = (h: tf.Tensor, name: string) => {
      const { mean, variance } = tf.moments(h.reshape([2, 35, 4, 2]), [1, 3], true);
      return h
        .reshape([2, 35, 4, 2])
        .sub(mean)
        .div(variance.add(1e-5).sqrt())
        .reshape(h.shape)
        .mul(p(`${name}.scale`))
        .add(p(`${name}.offset`));
    };
    const conv = (h: tf.Tensor, name: string) =>
      tf.conv2d(h as tf.Tensor4D, p(`${name}.filter`) as tf.Tensor4D, 1, 'same').add(p(`${name}.bias`));
    const silu = (h: tf.Tensor) => h.mul(h.sigmoid());
    const told = e.matMul(p('level.matrix')).add(p('level.bias')).reshape([2, 2, 1, 1, 8]);
    const [scale, shift] = told.unstack(1);
    const h = norm(conv(silu(norm(x, 'norm1')), 'conv1'), 'norm2')
      .mul(scale.add(1))
      .add(shift);
    expect(difference(block(x, e), x.add(conv(silu(h), 'conv2')))).toBeLessThan(1e-5);
  });
});
