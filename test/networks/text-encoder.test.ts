import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compile,
  type Images,
  key,
  loadCheckpoint,
  normal,
  ready,
  residualUnet,
  saveCheckpoint,
  textEncoder,
  tf,
  tokenizer,
  trainDenoiser,
  gaussian,
  velocity,
  FloatSet,
} from 'naive-diffusion';
import { difference, expectNoLeak, lossesOf, refuseWarnings, stirred, weightsOf } from '../support.js';

beforeAll(() => ready());
refuseWarnings();

const words = ['dark', 'glasses', 'hair', 'man', 'skin', 'with'];
const options = { words, length: 8, width: 8, heads: 2, outputs: 5 };
const { encode } = tokenizer(options);

describe('textEncoder', () => {
  it.each([0, 2])('makes a vector of each text, whatever else is in the batch, with %d blocks', async (blocks) => {
    await expectNoLeak(() => {
      const encoder = stirred(textEncoder({ ...options, blocks }));
      tf.tidy(() => {
        const both = encoder(encode(['dark glasses', 'a man with dark skin']));
        expect(both.shape).toEqual([2, 5]);
        expect(difference(both.slice([1, 0], [1, 5]), encoder(encode(['A man with dark skin'])))).toBeLessThan(1e-6);
      });
      encoder.dispose();
    });
  });

  it.each([0, 2])('makes no difference of places that are left empty, with %d blocks', (blocks) => {
    const [short, long] = [8, 20].map((length) => stirred(textEncoder({ ...options, length, blocks })));
    tf.tidy(() => {
      const texts = ['dark glasses', ''];
      const wide = tokenizer({ words, length: 20 }).encode(texts);
      expect(difference(short(encode(texts)), long(wide))).toBeLessThan(1e-6);
    });
    short.dispose();
    long.dispose();
  });

  it('as a bag of words does not know their order, with blocks it does', () => {
    for (const [blocks, knows] of [
      [0, false],
      [1, true],
    ] as const) {
      const encoder = stirred(textEncoder({ ...options, blocks }));
      tf.tidy(() => {
        const [one, other] = [encode(['dark glasses with skin']), encode(['dark skin with glasses'])];
        expect(difference(encoder(one), encoder(other)) > 1e-3, `${blocks} blocks`).toBe(knows);
      });
      encoder.dispose();
    }
  });

  it('sends a gradient to every weight, compiled as well as eager', () => {
    const encoder = stirred(textEncoder({ ...options, blocks: 1 }));
    const tokens = encode(['dark glasses with skin', 'man hair tall dark skin']);
    const { grads, value } = tf.variableGrads(() => tf.sum(tf.square(encoder(tokens))) as tf.Scalar, encoder.weights);
    for (const [name, weight] of Object.entries(encoder.parameters))
      expect(tf.max(tf.abs(grads[weight.name])).dataSync()[0], name).toBeGreaterThan(1e-9);
    tf.dispose([grads, value]);
    const compiled = compile((x: tf.Tensor2D) => encoder(x), { state: encoder.weights });
    for (const text of ['dark glasses', 'man with dark hair', '', 'tall'])
      tf.tidy(() => {
        expect(difference(compiled(encode([text])), encoder(encode([text])))).toBeLessThan(1e-5);
      });
    compiled.dispose();
    encoder.dispose();
    tokens.dispose();
  });

  it('comes back from a checkpoint, words and all', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'text-'));
    const file = path.join(folder, 'encoder.safetensors');
    const encoder = stirred(textEncoder(options));
    await saveCheckpoint(file, encoder, { precision: 'single' });
    const { network } = await loadCheckpoint<typeof encoder>(file);
    expect(network.config).toEqual(encoder.config);
    expect(weightsOf(network)).toEqual(weightsOf(encoder));
    network.dispose();
    encoder.dispose();
    expect(() => encoder(encode(['dark']))).toThrow('text-encoder: this network has been disposed of');
    await rm(folder, { recursive: true });
  });

  it('refuses what does not fit', () => {
    const make = (o: object) => () => textEncoder({ ...options, ...o });
    expect(make({ kind: 'text' })).toThrow("textEncoder: kind must be 'text-encoder', got 'text'");
    expect(make({ depth: 2 })).toThrow('textEncoder: depth is not an option');
    expect(make({ words: ['two words'] })).toThrow('textEncoder: words must be single words');
    expect(make({ length: 0 })).toThrow('length must be a whole number of at least 1, got 0');
    expect(make({ width: 6 })).toThrow('width must be a multiple of 4, got 6');
    expect(make({ heads: 3 })).toThrow('heads must divide the width, 8, got 3');
    expect(make({ blocks: -1 })).toThrow('blocks must be a whole number of at least 0, got -1');
    expect(make({ outputs: 0 })).toThrow('outputs must be a whole number of at least 1, got 0');
    const encoder = textEncoder(options);
    tf.tidy(() => {
      expect(() => encoder(tf.zeros([2, 7]))).toThrow('text-encoder: tokens must have shape [2,8], got [2,7]');
      expect(() => encoder(tf.fill([1, 8], 8))).toThrow(
        'text-encoder: tokens must hold whole numbers from 0 to 7, as its tokenizer makes them, got 8 in text 0',
      );
      expect(() => encoder(tf.fill([1, 8], NaN))).toThrow('got NaN in text 0');
    });
    encoder.dispose();
  });
});

describe('a network that is told in words', () => {
  const shape = { size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 8, output: 'linear' as const };
  const make = () =>
    residualUnet({
      ...shape,
      text: { caption: { ...options, blocks: 1, outputs: undefined } as never },
      conditions: { side: 2 },
    });
  const text = { words, length: 8, width: 8, blocks: 1, heads: 2 };
  const told = (more = {}) => residualUnet({ ...shape, text: { caption: text }, conditions: { side: 2 }, ...more });
  const z = () => normal(key(1), [2, 8, 8, 1]) as Images;

  it('answers otherwise to other words, and must be given them', async () => {
    expect(make).toThrow('residualUnet: text.caption: outputs is not an option');
    const network = stirred(told());
    expect(network.conditions).toEqual({ side: 2, caption: Infinity });
    await expectNoLeak(() => {
      tf.tidy(() => {
        const side = tf.tensor1d([0, -1]);
        const ask = (texts: string[]) => network(z(), 0.5, { side, caption: encode(texts) });
        expect(difference(ask(['dark glasses', 'man']), ask(['dark skin', 'man']))).toBeGreaterThan(1e-4);
        expect(() => network(z(), 0.5, { side })).toThrow('residual-unet: given must hold caption');
        expect(() => ask(['dark'])).toThrow('given.caption must have shape [2,8]');
        expect(() => network(z(), 0.5, { side, caption: tf.zeros([2, 9]) })).toThrow(
          'residual-unet: given.caption must have shape [2,8], got [2,9]',
        );
        expect(() => network(z(), 0.5, { side, caption: tf.fill([2, 8], 99) })).toThrow('got 99 in text 0');
      });
    });
    expect(() => told({ level: 'plane' })).toThrow("which must not be 'plane' then");
    expect(() => told({ text: { caption: { ...text, heads: 3 } } })).toThrow(
      'residualUnet: text.caption: heads must divide the width, 8, got 3',
    );
    expect(() => told({ text: 'caption' })).toThrow('residualUnet: text must be an object');
    network.dispose();
  });

  it('comes back from a checkpoint', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'told-'));
    const network = stirred(told());
    await saveCheckpoint(path.join(folder, 'x.safetensors'), network, { precision: 'single' });
    const again = await loadCheckpoint(path.join(folder, 'x.safetensors'));
    expect(again.network.config).toEqual(network.config);
    expect(weightsOf(again.network)).toEqual(weightsOf(network));
    again.network.dispose();
    network.dispose();
    await rm(folder, { recursive: true });
  });

  it('is told in its blocks and in its middle', () => {
    const network = stirred(told({ widths: [8, 8], dense: 5 }));
    const side = tf.tensor1d([0, -1]);
    const given = { side, caption: encode(['dark glasses', 'man']) };
    const images = z();
    const { grads, value } = tf.variableGrads(
      () => tf.sum(tf.square(network(images, 0.5, given))) as tf.Scalar,
      network.weights,
    );
    for (const name of [
      'told.in.matrix',
      'told.out.matrix',
      'middle.told.matrix',
      'condition.side',
      'text.caption.words',
    ])
      expect(tf.max(tf.abs(grads[network.parameters[name].name])).dataSync()[0], name).toBeGreaterThan(1e-9);
    tf.dispose([grads, value, given, images] as tf.TensorContainer);
    network.dispose();
    // Without conditions there is nothing to tell, and no weight for it.
    const plain = residualUnet({ ...shape, widths: [8, 8], dense: 5 });
    expect(Object.keys(plain.parameters).filter((name) => name.includes('told'))).toEqual([]);
    plain.dispose();
  });

  it('hears conditions as loud as the level from the start', () => {
    const network = residualUnet({ ...shape, embedding: 64, conditions: { side: 200 } });
    const { variance } = tf.tidy(() => tf.moments(network.parameters['condition.side']));
    // 12,864 normal numbers: 0.05 are four standard deviations of their variance.
    expect(Math.abs(variance.dataSync()[0] - 1)).toBeLessThan(0.05);
    variance.dispose();
    network.dispose();
  });

  it('learns what words mean, in compiled steps: light and dark images', async () => {
    const values = Float32Array.from({ length: 40 * 64 }, (_, i) => (Math.floor(i / 64) % 2 ? 0.9 : 0.1));
    const data = new FloatSet({ name: 'light and dark', shape: [8, 8, 1], values });
    const network = told();
    const degradation = gaussian();
    const before = tf.memory().numTensors;
    const losses = await lossesOf(
      trainDenoiser({
        network,
        data,
        degradation,
        target: velocity(degradation),
        steps: 150,
        batchSize: 10,
        rate: 5e-3,
        given: ({ indices }) => ({
          side: tf.fill([indices.length], -1),
          caption: encode([...indices].map((i) => (i % 2 ? 'man with skin' : 'man with dark skin'))),
        }),
      }),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(Math.max(...losses.slice(-10))).toBeLessThan(losses[0] / 3);
    // From noise alone it guesses the mean of what the words say.
    tf.tidy(() => {
      const noise = normal(key(4), [2, 8, 8, 1]) as Images;
      const said = network(noise, 1, {
        side: tf.fill([2], -1),
        caption: encode(['man with skin', 'man with dark skin']),
      });
      const [light, dark] = velocity(degradation)
        .read(said, degradation.fromSigned(noise), tf.ones([2]))
        .x0.mean([1, 2, 3])
        .dataSync();
      expect(light - dark).toBeGreaterThan(0.4);
    });
    network.dispose();
  });
});
