import { beforeAll, describe, expect, it } from 'vitest';
import {
  ImageSet,
  key,
  measureRandomness,
  Random,
  ready,
  residualUnet,
  sampleModel,
  sampleSet,
  tf,
  uniform,
  unet,
  type Network,
  type Sampling,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const previous = () => unet({ size: 8, channels: 1, widths: [4], dense: 0 });
/** Untrained, but with weights that make something of their input. */
const clean = (channels = 1) => {
  const network = residualUnet({ size: 8, channels, widths: [8, 8], blocks: 1, groups: 4, embedding: 8 });
  network.weights.forEach((weight, i) => {
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(tf.sub(uniform(key(9, i), weight.shape), 0.5), 0.5)));
    });
  });
  return network;
};
const data = (channels: number) => {
  const random = new Random(1);
  return new ImageSet({
    name: 'noise',
    height: 8,
    width: 8,
    channels,
    pixels: Uint8Array.from({ length: 40 * 64 * channels }, () => random.int(256)),
  });
};

const ways: [string, () => Network, Sampling][] = [
  ['naive', previous, { method: 'naive', degradation: 'binomialWalk', options: { T: 3, pixels: 4 } }],
  ['denoise-renoise', clean, { method: 'denoise-renoise', degradation: 'binomial', options: { S: 3 } }],
  ['cold, with a residue', clean, { method: 'cold', degradation: 'blur', options: { S: 3, algorithm: 2 } }],
  [
    'cold, with options of its degradation',
    () => clean(3),
    { method: 'cold', degradation: 'fadeToColours', degradationOptions: { colours: 4 }, options: { S: 2 } },
  ],
];

describe.each(ways)('sampleModel: %s', (_, make, sampling) => {
  it('gives the same images however many are wanted, and from wherever it goes on; and leaves nothing behind', async () => {
    const network = make();
    const { channels } = network.config as unknown as { channels: number };
    await expectNoLeak(async () => {
      const options = { network, sampling, data: data(channels), batchSize: 4, seed: 3 };
      const seven = await sampleSet({ ...options, count: 7 });
      expect([seven.length, seven.height, seven.channels]).toEqual([7, 8, channels]);
      const ten = await sampleSet({ ...options, count: 10 });
      expect(ten.pixels.subarray(0, seven.pixels.length)).toEqual(seven.pixels);
      const rest = await sampleSet({ ...options, count: 10, from: 1 });
      expect(rest.pixels).toEqual(ten.pixels.subarray(4 * 64 * channels));
      const other = await sampleSet({ ...options, count: 7, seed: 4 });
      expect(other.pixels).not.toEqual(seven.pixels);
    });
    network.dispose();
  });

  it('leaves nothing behind when it is stopped', async () => {
    const network = make();
    await expectNoLeak(async () => {
      for await (const { done } of sampleModel({
        network,
        sampling,
        data: data((network.config as unknown as { channels: number }).channels),
        count: 100,
        batchSize: 2,
      }))
        if (done >= 2) break;
    });
    network.dispose();
  });
});

describe('sampleModel refuses', () => {
  it('what it cannot do, by name', async () => {
    const network = clean();
    const [, , sampling] = ways[1];
    expect(() => sampleModel({ network, sampling, count: 0 })).toThrow(
      'sampleModel: count must be a whole number of at least 1, got 0',
    );
    expect(() => sampleModel({ network, sampling: undefined as never, count: 1 })).toThrow(
      'sampling must say how to sample',
    );
    const first = (s: object) => sampleModel({ network, sampling: { ...sampling, ...s }, count: 1 }).next();
    await expect(first({ method: 'guess' })).rejects.toThrow(
      'sampleModel: sampling.method must be one of naive, denoise-renoise, cold',
    );
    await expect(first({ degradation: 'rust' })).rejects.toThrow("got 'rust'");
    await expect(first({ method: 'cold', degradation: 'blur' })).rejects.toThrow(
      'sampleModel: data must be given: blur leaves a residue',
    );
    await expect(first({ options: { S: 0 } })).rejects.toThrow('S must be a whole number');
    network.dispose();
  });
});

describe('measureRandomness', () => {
  it('finds all of it in z_T where nothing is drawn later', async () => {
    const fixed: Sampling = { ...ways[1][2], options: { S: 3, draw: 'fixed' } };
    for (const [name, make, sampling] of [ways[0], ['one fixed draw', ways[1][1], fixed] as const]) {
      const network = make();
      await expectNoLeak(async () => {
        const { bits, explained } = await measureRandomness({ network, sampling, starts: 8, repeats: 2 });
        expect(bits, name).toBe(64);
        expect(explained!.share, name).toBeCloseTo(1, 6);
      });
      network.dispose();
    }
  });

  it('finds less where each step draws anew', async () => {
    const network = clean();
    const { explained } = await measureRandomness({ network, sampling: ways[1][2], starts: 16, repeats: 3 });
    expect(explained!.share).toBeLessThan(0.9);
    network.dispose();
  });
});
