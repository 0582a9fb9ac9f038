import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asJudge,
  classifier,
  key,
  loadCheckpoint,
  loadClassifier,
  ready,
  saveCheckpoint,
  tf,
  unet,
  uniform,
  type Images,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

const small = {
  size: 8,
  channels: 1,
  widths: [8, 16],
  features: 5,
  heads: { colour: ['red', 'blue', 'green'], size: ['small', 'large'] },
};
let folder: string;
beforeAll(async () => {
  await ready();
  folder = await mkdtemp(path.join(os.tmpdir(), 'classifier-'));
});
afterAll(() => rm(folder, { recursive: true }));

const pictures = (n: number, channels = 1) => tf.tidy(() => uniform<tf.Rank.R4>(key(1), [n, 8, 8, channels])) as Images;

describe('classifier', () => {
  it('makes one feature vector an image, and scores for each value of each attribute', async () => {
    await expectNoLeak(() => {
      const network = classifier(small);
      const images = pictures(4);
      const { features, texture, scores } = network(images);
      expect(features.shape).toEqual([4, 5]);
      expect(texture.shape).toEqual([4, 16]);
      expect(Object.fromEntries(Object.entries(scores).map(([name, s]) => [name, s.shape]))).toEqual({
        colour: [4, 3],
        size: [4, 2],
      });
      tf.dispose([images, features, texture, ...Object.values(scores)]);
      network.dispose();
    });
  });

  it('judges each image by itself', () => {
    const network = classifier(small);
    const images = pictures(3);
    const one = tf.slice(images, [1, 0, 0, 0], [1, 8, 8, 1]);
    const [all, alone] = [network(images), network(one)];
    expect(difference(tf.slice(all.scores.colour, [1, 0], [1, 3]), alone.scores.colour)).toBeLessThan(1e-5);
    network.dispose();
  });

  it('refuses what does not fit together', () => {
    expect(() => classifier({ ...small, heads: {} })).toThrow(
      'classifier: heads must name at least one attribute, got none',
    );
    expect(() => classifier({ ...small, heads: { colour: ['red'] } })).toThrow(
      'classifier: heads must have at least two values of colour, got 1',
    );
    expect(() => classifier({ ...small, size: 9 })).toThrow(
      'classifier: size must be a multiple of 2 for 2 levels, got 9',
    );
    expect(() => classifier({ ...small, widths: [8, 12] })).toThrow(
      'widths must be a list of at least two multiples of the 8 groups, got [8,12]',
    );
    const network = classifier(small);
    const wrong = pictures(2, 3);
    expect(() => network(wrong)).toThrow('classifier: images must have shape [n, 8, 8, 1], got [2,8,8,3]');
    tf.dispose(wrong);
    network.dispose();
  });
});

describe('a saved classifier', () => {
  it('is loaded with words, notes and weights, and is no denoiser', async () => {
    const network = classifier(small);
    const file = path.join(folder, 'c.safetensors');
    await saveCheckpoint(file, network, { precision: 'single', notes: { a: 1 } });
    await expectNoLeak(async () => {
      const judge = await loadClassifier(file);
      expect(judge.notes).toEqual({ a: 1 });
      expect(judge.vocabulary).toEqual(small.heads);
      const images = pictures(2);
      const [own, loaded] = [network(images), judge.network(images)];
      expect(difference(own.features, loaded.features)).toBe(0);
      tf.dispose([
        images,
        ...[own, loaded].flatMap(({ features, texture, scores }) => [features, texture, ...Object.values(scores)]),
      ]);
      judge.dispose();
    });
    const { network: same, denoise } = await loadCheckpoint(file);
    expect(denoise).toBeUndefined();
    same.dispose();
    network.dispose();
  });

  it('is not loaded from the file of another kind of network', async () => {
    const network = unet({ size: 8, channels: 1, widths: [3], dense: 0 });
    const file = path.join(folder, 'u.safetensors');
    await saveCheckpoint(file, network);
    await expect(loadClassifier(file)).rejects.toThrow("holds a network of the kind 'unet', expected 'classifier'");
    network.dispose();
  });
});

describe('a judge', () => {
  it('says of many images what the network says of each, whole batches or not, tensors or bytes', async () => {
    const network = classifier(small);
    const images = pictures(760); // three batches of 250, and a rest; the third one replays a recorded graph
    const { features, texture, scores } = network(images);
    const all = tf.concat([features, texture], 1);
    const softmax = tf.softmax(scores.colour);
    await expectNoLeak(async () => {
      const opinion = await asJudge(network).look(images);
      expect(opinion.features.shape).toEqual([760, 5 + 16]);
      const gap = (rows: Float32Array, t: tf.Tensor) =>
        t.dataSync<'float32'>().reduce((most, x, i) => Math.max(most, Math.abs(x - rows[i])), 0);
      expect(gap(opinion.features.data, all)).toBeLessThan(1e-5);
      expect(gap(opinion.probabilities.colour.data, softmax)).toBeLessThan(1e-5);
      const best = tf.argMax(softmax, 1);
      expect([...opinion.attributes.colour]).toEqual([...best.dataSync()]);
      best.dispose();
    });
    const pixels = Uint8Array.from(images.dataSync(), (x) => Math.round(255 * x));
    const bytes = { pixels, length: 760, height: 8, width: 8, channels: 1 };
    const asFloats = tf.tensor4d(
      Float32Array.from(pixels, (x) => x / 255),
      [760, 8, 8, 1],
    );
    expect(await asJudge(network).attributes(bytes)).toEqual(await asJudge(network).attributes(asFloats));
  });

  it('brings features to mean 0 and deviation 1 by what its notes say', async () => {
    const network = classifier(small);
    const images = pictures(40);
    const raw = await asJudge(network).features(images);
    const size = raw.shape[1];
    const [featureMean, featureDeviation] = [
      Array.from({ length: size }, (_, j) => j / 10),
      Array.from({ length: size }, (_, j) => 1 + j),
    ];
    const scaled = await asJudge(network, { featureMean, featureDeviation }).features(images);
    scaled.data.forEach((x, i) => {
      expect(x).toBeCloseTo((raw.data[i] - featureMean[i % size]) / featureDeviation[i % size], 5);
    });
    network.dispose();
  });

  it('takes grey images in three channels for what they are in one, and refuses another size', async () => {
    const network = classifier(small);
    const grey = pictures(5);
    const three = tf.tile(grey, [1, 1, 1, 3]);
    const [a, b] = [await asJudge(network).features(grey), await asJudge(network).features(three)];
    a.data.forEach((x, i) => {
      expect(b.data[i]).toBeCloseTo(x, 5);
    });
    await expect(asJudge(network).look(tf.zeros([1, 16, 16, 1]))).rejects.toThrow(
      'look: images must be 8x8 with 1 or 3 channels, got 16x16 with 1',
    );
    network.dispose();
  });
});
