import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  countWeights,
  diffusionTransformer,
  type Images,
  key,
  loadCheckpoint,
  networks,
  ready,
  saveCheckpoint,
  tf,
  uniform,
} from 'naive-diffusion';
import {
  difference,
  expectCompiledAlike,
  expectGradients,
  expectNoLeak,
  refuseWarnings,
  stirred,
  weightsOf,
} from '../support.js';

beforeAll(() => ready());
refuseWarnings();

const options = { size: 8, channels: 1, patch: 4, width: 8, depth: 2, heads: 2, embedding: 6 };
const images = (shape: number[], seed = 1): Images => uniform(key(seed), shape) as Images;

describe('diffusionTransformer', () => {
  it('returns images of the shape it was given, or as many numbers per pixel as asked for', () => {
    tf.tidy(() => {
      const z = images([2, 8, 8, 1]);
      expect(diffusionTransformer(options)(z, 0.5).shape).toEqual([2, 8, 8, 1]);
      expect(diffusionTransformer({ ...options, outputs: 5, output: 'linear' })(z, 0.5).shape).toEqual([2, 8, 8, 5]);
      const wide = diffusionTransformer({ ...options, size: [8, 12] });
      expect(wide(images([1, 8, 12, 1]), 0.5).shape).toEqual([1, 8, 12, 1]);
    });
  });

  it('is of 1.2 million weights by default, so that half precision stays under 3 MB', () => {
    const network = diffusionTransformer();
    expect(countWeights(network)).toBeGreaterThan(1.1e6);
    expect(countWeights(network)).toBeLessThan(1.5e6);
    network.dispose();
  });

  it('starts with an answer of 0 everywhere, from the same weights with the same seed', () => {
    const network = diffusionTransformer({ ...options, output: 'linear' });
    tf.tidy(() => {
      expect(difference(network(images([2, 8, 8, 1]), 0.3), tf.zeros([2, 8, 8, 1]))).toBe(0);
    });
    expect(weightsOf(diffusionTransformer({ ...options, seed: 5 }))).toEqual(
      weightsOf(diffusionTransformer({ ...options, seed: 5 })),
    );
    expect(weightsOf(diffusionTransformer({ ...options, seed: 5 }))).not.toEqual(weightsOf(network));
  });

  it.each(['sinusoidal', 'fourier'] as const)('heeds the level, told by %s waves', (level) => {
    const network = stirred(diffusionTransformer({ ...options, level }));
    tf.tidy(() => {
      const z = images([2, 8, 8, 1]);
      expect(difference(network(z, 0), network(z, 1))).toBeGreaterThan(1e-4);
      const both = network(z, tf.tensor1d([0.2, 0.9]));
      expect(difference(both.slice([1], [1]), network(z.slice([1], [1]), 0.9))).toBeLessThan(1e-5);
    });
  });

  it('knows where a patch is, and every patch sees every other', () => {
    const network = stirred(diffusionTransformer({ ...options, size: 16 }));
    tf.tidy(() => {
      const blank = tf.zeros([1, 16, 16, 1]) as Images;
      const y = network(blank, 0.5);
      expect(difference(y.slice([0, 0, 0, 0], [1, 4, 4, 1]), y.slice([0, 12, 12, 0], [1, 4, 4, 1]))).toBeGreaterThan(
        1e-4,
      );
      const spot = tf.pad(tf.ones([1, 1, 1, 1]), [[0, 0], [0, 15], [0, 15], [0, 0]]) as Images; // prettier-ignore
      expect(difference(network(spot, 0.5).slice([0, 12, 12, 0]), y.slice([0, 12, 12, 0]))).toBeGreaterThan(1e-6);
    });
  });

  it('heeds what it is given, and nothing where that is −1', () => {
    const network = stirred(diffusionTransformer({ ...options, conditions: { side: 2 } }));
    tf.tidy(() => {
      const z = images([1, 8, 8, 1]);
      const told = (side: number) => network(z, 0.5, { side: tf.tensor1d([side]) });
      expect(difference(told(0), told(1))).toBeGreaterThan(1e-4);
      expect(difference(told(-1), told(1))).toBeGreaterThan(1e-4);
      expect(() => network(z, 0.5)).toThrow('given must hold side');
    });
  });

  it('shows what its tokens look at, in rows of sum 1', async () => {
    const network = stirred(diffusionTransformer(options));
    const z = images([2, 8, 8, 1]);
    await expectNoLeak(() => {
      const maps = network.attentionMaps(z, 0.5);
      expect(Object.keys(maps)).toEqual(['block0', 'block1']);
      for (const map of Object.values(maps)) {
        expect(map.shape).toEqual([2, 2, 4, 4]);
        tf.tidy(() => {
          expect(difference(tf.sum(map, 3), tf.ones([2, 2, 4]))).toBeLessThan(1e-6);
        });
      }
      tf.dispose(maps);
      expect(() => network.attentionMaps(z, 2)).toThrow('t must lie in [0, 1]');
    });
  });

  it('learns: once the layers that start at zero have moved, every weight gets a gradient', () => {
    expectGradients(stirred(diffusionTransformer(options)), images([2, 8, 8, 1]));
  });

  it('computes the same when compiled, to 1e-5, for numbers it was not recorded with', () => {
    expectCompiledAlike(stirred(diffusionTransformer(options)), (seed) => images([2, 8, 8, 1], seed));
  });

  it('comes back from a checkpoint and from its configuration', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'transformer-'));
    try {
      const network = stirred(diffusionTransformer({ ...options, outputs: 5, output: 'linear', level: 'fourier' }));
      await saveCheckpoint(path.join(folder, 'a'), network, { precision: 'single' });
      const { network: loaded } = await loadCheckpoint(path.join(folder, 'a'));
      const z = images([2, 8, 8, 1]);
      expect(loaded.config).toEqual(network.config);
      expect(difference(loaded(z, 0.3), network(z, 0.3))).toBe(0);
      expect(weightsOf(await networks.make({ ...network.config }))).toEqual(
        weightsOf(diffusionTransformer(network.config)),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses configurations and images that do not fit, and leaks nothing', async () => {
    const [z, colourful] = [images([1, 8, 8, 1]), images([1, 8, 8, 3])];
    await expectNoLeak(() => {
      const build = (o: object) => () => diffusionTransformer({ ...options, ...o });
      expect(build({ kind: 'unet' })).toThrow("diffusionTransformer: kind must be 'diffusion-transformer', got 'unet'");
      expect(build({ size: 10 })).toThrow('size must be a multiple of patch, 4, or two of them');
      expect(build({ size: undefined })).toThrow('size must be a multiple of patch');
      expect(build({ patch: 0 })).toThrow('patch must be a whole number of at least 1, got 0');
      expect(build({ width: 6 })).toThrow('width must be a multiple of 4, got 6');
      expect(build({ heads: 3 })).toThrow('heads must divide the width, 8, got 3');
      expect(build({ depth: 0.5 })).toThrow('depth must be a whole number of at least 1, got 0.5');
      expect(build({ ratio: 0 })).toThrow('ratio must be a whole number of at least 1, got 0');
      expect(build({ embedding: 5 })).toThrow('embedding must be an even whole number above 0, got 5');
      expect(build({ level: 'plane' })).toThrow("level must be 'sinusoidal' or 'fourier', got 'plane'");
      expect(build({ output: 'change' })).toThrow("output must be 'sigmoid' or 'linear', got 'change'");
      expect(build({ conditions: { side: 0 } })).toThrow('conditions.side must be a whole number of at least 1, got 0');
      const network = diffusionTransformer(options);
      network(z, 0.5).dispose();
      expect(() => network(colourful, 0.5)).toThrow(
        'diffusion-transformer: images must have shape [batch, 8, 8, 1], got [1,8,8,3]',
      );
      expect(() => network(z, NaN)).toThrow('diffusionTransformer: t must lie in [0, 1], got NaN');
      network.dispose();
    });
  });
});
