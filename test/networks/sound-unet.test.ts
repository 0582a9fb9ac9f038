import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  countWeights,
  key,
  loadCheckpoint,
  networks,
  normal,
  ready,
  saveCheckpoint,
  soundUnet,
  tf,
  type Images,
} from 'naive-diffusion';
import { difference, expectCompiledAlike, expectGradients, expectNoLeak, stirred, weightsOf } from '../support.js';

beforeAll(() => ready());

const options = { length: 64, patch: 4, widths: [8, 12, 8], reach: 3, groups: 4, embedding: 6 };
const sounds = (shape: number[], seed = 1): Images => normal(key(seed), shape) as Images;

/** The same network from TensorFlow.js's own operations in one dimension, and its description alone. */
function byHand({ config, parameters }: ReturnType<typeof soundUnet>, z: Images, t: number, note: number) {
  const { widths, groups, patch, embedding, blocks } = config;
  const p = (name: string) => parameters[name];
  const frequencies = Array.from({ length: embedding / 2 }, (_, i) => 1000 / 10_000 ** ((2 * i) / embedding));
  const waves = tf.tensor2d([[...frequencies.map((f) => Math.sin(f * t)), ...frequencies.map((f) => Math.cos(f * t))]]);
  const told = waves.matMul(p('level.matrix') as tf.Tensor2D).add(p('level.bias'));
  const e = told.mul(told.sigmoid()).add(p('condition.note').slice([note + 1, 0], [1, embedding]));
  const conv = (h: tf.Tensor, name: string) =>
    tf.conv1d(h as tf.Tensor3D, p(`${name}.filter`).squeeze([0]) as tf.Tensor3D, 1, 'same').add(p(`${name}.bias`));
  const norm = (h: tf.Tensor, name: string) => {
    const [batch, places, channels] = h.shape;
    const grouped = h.reshape([batch, places, groups, channels / groups]);
    const { mean, variance } = tf.moments(grouped, [1, 3], true);
    const whitened = grouped.sub(mean).div(variance.add(1e-5).sqrt()).reshape(h.shape);
    return whitened.mul(p(`${name}.scale`)).add(p(`${name}.offset`));
  };
  const silu = (h: tf.Tensor) => h.mul(h.sigmoid());
  const level = (x: tf.Tensor, name: string) => {
    for (let j = 0; j < blocks; j++) {
      const own = `${name}.block${j}`;
      const both = e.matMul(p(`${own}.level.matrix`) as tf.Tensor2D).add(p(`${own}.level.bias`));
      const [scale, shift] = both.reshape([1, 2, 1, x.shape[2]!]).unstack(1);
      const h = conv(silu(norm(x, `${own}.norm1`)), `${own}.conv1`);
      x = x.add(conv(silu(norm(h, `${own}.norm2`).mul(scale.add(1)).add(shift)), `${own}.conv2`));
    }
    return x;
  };
  const [batch, , length, channels] = z.shape;
  const when = tf.tile(tf.linspace(0, 1, length / patch).reshape([1, -1, 1]), [batch, 1, 1]);
  const first = tf.concat([z.reshape([batch, length / patch, patch * channels]), when], 2);
  const kept = [level(conv(first, 'input'), 'down0')];
  for (let i = 1; i < widths.length; i++) {
    const above = kept[i - 1];
    const pairs = above.reshape([batch, above.shape[1]! / 2, 2 * above.shape[2]!]);
    kept.push(level(conv(pairs, `down${i}.shrink`), `down${i}`));
  }
  let h = kept.at(-1)!;
  for (let i = widths.length - 2; i >= 0; i--) {
    const grown = conv(h, `up${i}.grow`);
    h = level(grown.reshape(kept[i].shape).add(kept[i]), `up${i}`);
  }
  return conv(silu(norm(h, 'output.norm')), 'output').reshape(z.shape) as tf.Tensor4D;
}

describe('soundUnet', () => {
  it('returns sounds of the shape it was given, and its answer is not bounded', () => {
    tf.tidy(() => {
      const network = soundUnet();
      expect(network.shape).toEqual([1, 2048, 1]);
      const strong = stirred(network)(sounds([2, 1, 2048, 1]), 0.5);
      expect(strong.shape).toEqual([2, 1, 2048, 1]);
      expect(strong.abs().max().dataSync()[0]).toBeGreaterThan(1);
      network.dispose();
    });
  });

  it('has fewer than 1.4 million weights, so that half precision stays under 3 MB', () => {
    const network = soundUnet({ conditions: { instrument: 3, note: 24 } });
    expect(countWeights(network)).toBeLessThan(1.4e6);
    network.dispose();
  });

  it("computes what its description says, as TensorFlow.js's own convolutions in one dimension do", () => {
    for (const more of [{}, { widths: [8] }, { blocks: 2, channels: 2, reach: 5 }]) {
      const network = stirred(soundUnet({ ...options, ...more, conditions: { note: 5 } }));
      tf.tidy(() => {
        const z = sounds([3, 1, 64, network.config.channels]);
        // Hundreds of sums in single precision.
        for (const note of [-1, 4]) {
          const given = { note: tf.fill([3], note) as tf.Tensor1D };
          expect(difference(network(z, 0.4, given), byHand(network, z, 0.4, note))).toBeLessThan(1e-4);
        }
      });
      network.dispose();
    }
  });

  it('heeds the level and what it is told, for each sound its own', () => {
    const network = stirred(soundUnet({ ...options, conditions: { note: 5 } }));
    const z = sounds([2, 1, 64, 1]);
    const note = (...values: number[]) => ({ note: tf.tensor1d(values) });
    const one = (i: number) => z.slice([i], [1]);
    expect(difference(network(z, 0.1, note(1, 1)), network(z, 0.9, note(1, 1)))).toBeGreaterThan(1e-3);
    expect(difference(network(z, 0.1, note(1, 1)), network(z, 0.1, note(2, -1)))).toBeGreaterThan(1e-3);
    const both = network(z, tf.tensor1d([0.2, 0.9]), note(3, 0));
    expect(difference(both.slice([0], [1]), network(one(0), 0.2, note(3)))).toBeLessThan(1e-5);
    expect(difference(both.slice([1], [1]), network(one(1), 0.9, note(0)))).toBeLessThan(1e-5);
  });

  it('learns: once the layers that start at zero have moved, every weight gets a gradient', () => {
    expectGradients(stirred(soundUnet(options)), sounds([2, 1, 64, 1]));
  });

  it('computes the same when compiled, to 1e-5, for numbers it was not recorded with', () => {
    expectCompiledAlike(stirred(soundUnet(options)), (seed) => sounds([2, 1, 64, 1], seed));
  });

  it('comes back from a checkpoint and from its configuration, with the same weights for the same seed', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sound-'));
    try {
      const network = stirred(soundUnet({ ...options, seed: 7, conditions: { note: 2 } }));
      await saveCheckpoint(path.join(folder, 'a'), network, { precision: 'single' });
      const { network: loaded } = await loadCheckpoint(path.join(folder, 'a'));
      expect(loaded.config).toEqual(network.config);
      const [z, note] = [sounds([2, 1, 64, 1]), tf.tensor1d([0, 1])];
      expect(difference(loaded(z, 0.3, { note }), network(z, 0.3, { note }))).toBe(0);
      expect(weightsOf(await networks.make({ ...network.config }))).toEqual(weightsOf(soundUnet(network.config)));
      expect(weightsOf(soundUnet({ ...options, seed: 8 }))).not.toEqual(weightsOf(soundUnet({ ...options, seed: 9 })));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses configurations and sounds that do not fit', () => {
    const build = (o: object) => () => soundUnet({ ...options, ...o });
    expect(build({ kind: 'unet' })).toThrow("soundUnet: kind must be 'sound-unet', got 'unet'");
    expect(build({ size: 2 })).toThrow('soundUnet: size is not an option; there are kind, length, channels');
    expect(build({ length: 40 })).toThrow('soundUnet: length must be a multiple of 16 for 3 levels, got 40');
    expect(build({ length: NaN })).toThrow('soundUnet: length must be a whole number of at least 1, got NaN');
    expect(build({ patch: 0 })).toThrow('soundUnet: patch must be a whole number of at least 1, got 0');
    expect(build({ widths: [8, 10] })).toThrow('soundUnet: widths must be a list of multiples of the 4 groups');
    expect(build({ reach: 4 })).toThrow('soundUnet: reach must be an odd whole number above 0, got 4');
    expect(build({ embedding: 5 })).toThrow('soundUnet: embedding must be an even whole number above 0, got 5');
    expect(build({ conditions: { note: 0 } })).toThrow('soundUnet: conditions.note must be a whole number');
    expect(build({ seed: -1 })).toThrow('seed must be a whole number');
    const network = soundUnet({ ...options, conditions: { note: 5 } });
    const z = sounds([1, 1, 64, 1]);
    expect(() => network(sounds([1, 8, 8, 1]), 0.5)).toThrow('sound-unet: images must have shape [batch, 1, 64, 1]');
    expect(() => network(z, 0.5)).toThrow('sound-unet: given must hold note');
    expect(() => network(z, 0.5, { note: tf.tensor1d([5]) })).toThrow('must hold whole numbers from 0 to 4');
    expect(() => network(z, 2, { note: tf.tensor1d([0]) })).toThrow('soundUnet: t must lie in [0, 1], got 2');
  });

  it('keeps its configuration to itself', () => {
    const widths = [8, 12];
    const network = soundUnet({ ...options, widths });
    widths.push(16);
    expect(network.config).toEqual({
      ...{ kind: 'sound-unet', channels: 1, blocks: 1, conditions: {}, seed: 1 },
      ...options,
      widths: [8, 12],
    });
    network.dispose();
  });

  it('leaks no tensors, not even when it is refused', async () => {
    const z = sounds([1, 1, 64, 1]);
    await expectNoLeak(() => {
      const network = soundUnet(options);
      network(z, 0.5).dispose();
      expect(() => network(z, 2)).toThrow();
      expect(() => soundUnet({ ...options, length: 7 })).toThrow();
      network.dispose();
    });
  });
});
