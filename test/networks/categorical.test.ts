import os from 'node:os';
import path from 'node:path';
import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  categoricalUnet,
  key,
  loadCheckpoint,
  ready,
  reveal,
  saveCheckpoint,
  tf,
  uniform,
  type CategoricalNetwork,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const palette = [
  [0, 0, 0],
  [0.9, 0.1, 0.1],
  [0.2, 0.8, 0.3],
  [0.5, 0.5, 0.9],
  [1, 1, 1],
];
const small = { palette, size: 8, widths: [8, 16], dense: 8, groups: 4, embedding: 8 };

/** Weights off their start, where the last layer says nearly nothing. */
function stirred(): CategoricalNetwork {
  const network = categoricalUnet(small);
  network.weights.forEach((w, i) => {
    w.assign(tf.add(w, tf.mul(uniform(key(9, i), w.shape), 0.3)));
  });
  return network;
}

describe('categoricalUnet', () => {
  it('gives each pixel a score for each colour, and sees neither colours of hidden pixels nor differences below the palette', () => {
    const network = stirred();
    const images = uniform<tf.Rank.R4>(key(1), [2, 8, 8, 3]);
    const revealed = tf.cast(tf.greater(uniform(key(2), [2, 8, 8, 1]), 0.5), 'float32') as tf.Tensor4D;
    const scores = network(reveal(images, revealed), 0.5);
    expect(scores.shape).toEqual([2, 8, 8, 5]);
    const elsewhere = tf.add(tf.mul(images, revealed), tf.mul(0.7, tf.sub(1, revealed))) as tf.Tensor4D;
    expect(difference(network(reveal(elsewhere, revealed), 0.5), scores)).toBe(0);
    expect(difference(network(reveal(images, tf.zerosLike(revealed)), 0.5), scores)).toBeGreaterThan(1e-3);

    const [flat, near] = [0.9, 0.88].map(
      (red) => tf.tile(tf.tensor4d([red, 0.1, 0.1], [1, 1, 1, 3]), [2, 8, 8, 1]) as tf.Tensor4D,
    );
    expect(difference(network(reveal(near, revealed), 0.5), network(reveal(flat, revealed), 0.5))).toBe(0);
  });

  it('starts out favouring no colour', () => {
    const scores = categoricalUnet(small)(tf.zeros([1, 8, 8, 4]), 1);
    expect(tf.max(tf.abs(scores)).dataSync()[0]).toBeLessThan(0.3);
  });

  it('travels with its palette', async () => {
    const file = path.join(os.tmpdir(), `categorical-${process.pid}.safetensors`);
    const network = stirred();
    try {
      await saveCheckpoint(file, network, { precision: 'single' });
      const again = (await loadCheckpoint<CategoricalNetwork>(file)).network;
      expect([again.palette, again.config]).toEqual([palette, network.config]);
      const z = reveal(uniform<tf.Rank.R4>(key(1), [2, 8, 8, 3]), tf.ones([2, 8, 8, 1]));
      expect(difference(again(z, 0.3), network(z, 0.3))).toBe(0);
    } finally {
      await rm(file, { force: true });
    }
  });

  it('leaks nothing, and refuses what does not fit', async () => {
    await expectNoLeak(() => {
      const network = categoricalUnet(small);
      const z = tf.zeros<tf.Rank.R4>([1, 8, 8, 4]);
      tf.dispose([z, network(z, 1)]);
      network.dispose();
    });
    expect(() => categoricalUnet({ ...small, palette: [[1, 1, 1]] })).toThrow(
      'categoricalUnet: palette must hold at least two colours, got 1',
    );
    expect(() => categoricalUnet({ ...small, channels: 1 })).toThrow(
      'categoricalUnet: channels must be 3, as many as the colours of the palette have, got 1',
    );
    expect(() => categoricalUnet(small)(tf.zeros([1, 8, 8, 3]), 1)).toThrow(
      'categoricalUnet: z must have 4 channels, as reveal() makes it, got shape [1,8,8,3]',
    );
  });
});
