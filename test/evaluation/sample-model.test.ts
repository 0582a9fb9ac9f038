import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ancestral,
  clipped,
  denoiser,
  gaussian,
  ImageSet,
  key,
  last,
  loadCheckpoint,
  measureRandomness,
  noise,
  prepareSampler,
  Random,
  ready,
  residualUnet,
  sample,
  sampleModel,
  sampleSet,
  saveCheckpoint,
  tf,
  uniform,
  unet,
  checkpointOf,
  type Card,
  type Checkpoint,
  type Network,
  type Spec,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

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

const model = (network: Network, card: Omit<Card, 'network'>) =>
  checkpointOf(network, { network: network.config, ...card });
const ways: [string, () => Promise<Checkpoint>][] = [
  [
    'naive',
    () => model(previous(), { sampler: { kind: 'naive', steps: 3, walk: { kind: 'binomialWalk', pixels: 4 } } }),
  ],
  [
    'denoise-renoise',
    () => model(clean(), { degradation: { kind: 'binomial' }, sampler: { kind: 'denoise-renoise', steps: 3 } }),
  ],
  [
    'cold, with a residue',
    () => model(clean(), { degradation: { kind: 'blur' }, sampler: { kind: 'cold', steps: 3, algorithm: 2 } }),
  ],
  [
    'cold, with options of its degradation',
    () => model(clean(3), { degradation: { kind: 'fadeToColours', colours: 4 }, sampler: { kind: 'cold', steps: 2 } }),
  ],
  [
    'any rule, over levels of its own',
    () =>
      model(clean(), {
        degradation: { kind: 'gaussian', schedule: { kind: 'flow' } },
        target: { kind: 'flow' },
        sampler: { kind: 'sample', rule: { kind: 'heun' }, levels: [1, 0.4, 0.1, 0] },
      }),
  ],
  [
    'a rule with new noise, over guesses that are held to the range of images',
    () =>
      model(clean(), {
        degradation: { kind: 'gaussian', schedule: { kind: 'cosine', most: 50 } },
        target: { kind: 'noise', told: 'share' },
        sampler: { kind: 'sample', rule: { kind: 'reinject', beta: 0.4 }, steps: 3, clip: true },
      }),
  ],
  [
    'ddim',
    () =>
      model(clean(), {
        degradation: { kind: 'gaussian' },
        target: { kind: 'velocity' },
        sampler: { kind: 'ddim', steps: 3, eta: 0.5 },
      }),
  ],
];

describe.each(ways)('sampleModel: %s', (_, make) => {
  it('gives the same images however many are wanted, and from wherever it goes on; and leaves nothing behind', async () => {
    const made = await make();
    const [, , channels] = made.network.shape;
    await expectNoLeak(async () => {
      const options = { model: made, data: data(channels), batchSize: 4, seed: 3 };
      const seven = await sampleSet({ ...options, count: 7 });
      expect([seven.length, seven.height, seven.channels]).toEqual([7, 8, channels]);
      const ten = await sampleSet({ ...options, count: 10 });
      expect(ten.pixels.subarray(0, seven.pixels.length)).toEqual(seven.pixels);
      const rest = await sampleSet({ ...options, count: 10, skip: 1 });
      expect(rest.pixels).toEqual(ten.pixels.subarray(4 * 64 * channels));
      const other = await sampleSet({ ...options, count: 7, seed: 4 });
      expect(other.pixels).not.toEqual(seven.pixels);
    });
    made.network.dispose();
  });

  it('leaves nothing behind when it is stopped', async () => {
    const made = await make();
    await expectNoLeak(async () => {
      const options = { model: made, data: data(made.network.shape[2]), count: 100, batchSize: 2 };
      for await (const { done } of sampleModel(options)) if (done >= 2) break;
    });
    made.network.dispose();
  });
});

describe('the sampler sample', () => {
  it('comes back from a checkpoint with its rule, its levels, and the hold on guesses', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sampler-'));
    try {
      const network = clean();
      const degradation = gaussian();
      const rule = ancestral({ variance: 'forward' });
      const levels = [1, 0.7, 0.3, 0.1, 0];
      const sampler = { kind: 'sample', rule: rule.spec, levels, clip: true };
      const file = path.join(folder, 'a');
      await saveCheckpoint(file, network, {
        degradation,
        target: noise(degradation, { told: 'share' }),
        sampler,
        precision: 'single',
      });
      const made = await loadCheckpoint(file);
      expect(made.card.sampler).toEqual(sampler);
      const run = { count: 3, seed: 5 };
      const images = await last((await prepareSampler({ model: made }))(run));
      const common = { degradation, rule, levels, ...run };
      const target = noise(degradation, { told: 'share' });
      const free = denoiser(network, { target });
      const byHand = await last(sample({ ...common, denoise: clipped(free) }));
      expect(difference(images, byHand)).toBeLessThan(1e-5); // the graph of one is not that of the other
      const unclipped = await last((await prepareSampler({ model: made }, { ...sampler, clip: false }))(run));
      expect(difference(unclipped, await last(sample({ ...common, denoise: free })))).toBeLessThan(1e-3);
      expect(difference(unclipped, images)).toBeGreaterThan(0.1);
      // The last step is to the guess itself.
      expect(tf.tidy(() => [tf.min(images).dataSync()[0] >= 0, tf.max(images).dataSync()[0] <= 1])).toEqual([
        true,
        true,
      ]);
      await expect(prepareSampler({ model: made }, { ...sampler, clip: 'yes' })).rejects.toThrow(
        "the sampler sample: clip must be true or false, got 'yes'",
      );
      await expect(prepareSampler({ model: made }, { ...sampler, clipped: true })).rejects.toThrow(
        'the sampler sample: clipped is not an option; there are rule, steps, levels, clip',
      );
      tf.dispose([images, byHand, unclipped]);
      made.network.dispose();
      network.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('sampleModel refuses', () => {
  it('what it cannot do, by name', async () => {
    const made = await ways[1][1]();
    expect(() => sampleModel({ model: made, count: 0 })).toThrow(
      'sampleModel: count must be a whole number of at least 1, got 0',
    );
    const first = (sampler: Spec) => sampleModel({ model: made, sampler, count: 1 }).next();
    await expect(first({ kind: 'guess' })).rejects.toThrow(
      "sampleModel: the sampler must be one of cold, ddim, denoise-renoise, naive, palette, sample, got 'guess'",
    );
    await expect(first({ kind: 'denoise-renoise', steps: 0 })).rejects.toThrow('steps must be a whole number');
    await expect(first({ kind: 'denoise-renoise', s: 16 })).rejects.toThrow(
      'sampleModel: the sampler denoise-renoise: s is not an option; there are steps, draw',
    );
    await expect(first({ kind: 'sample', rule: { kind: 'guess' }, steps: 2 })).rejects.toThrow(
      'the rule must be one of',
    );
    const silent = await model(clean(), {});
    await expect(sampleModel({ model: silent, count: 1 }).next()).rejects.toThrow('must name a sampler');
    const blurred = await ways[2][1]();
    await expect(sampleModel({ model: blurred, count: 1 }).next()).rejects.toThrow(
      'sampleModel: data must be given: blur leaves a residue',
    );
    await expect(model(clean(), { degradation: { kind: 'rust' } })).rejects.toThrow("got 'rust'");
    await expect(model(clean(), { degradation: { kind: 'blur', sgima: 2 } })).rejects.toThrow(
      'the degradation blur has no option sgima; it has sigma',
    );
  });
});

describe('measureRandomness', () => {
  it('finds all of it in z_T where nothing is drawn later', async () => {
    const fixed: Spec = { kind: 'denoise-renoise', steps: 3, draw: 'fixed' };
    for (const [name, make, sampler] of [
      [ways[0][0], ways[0][1], undefined],
      ['one fixed draw', ways[1][1], fixed],
    ] as const) {
      const made = await make();
      await expectNoLeak(async () => {
        const { bits, explained } = await measureRandomness({ model: made, sampler, starts: 8, repeats: 2 });
        expect(bits, name).toBe(64);
        expect(explained!.share, name).toBeCloseTo(1, 6);
      });
      made.network.dispose();
    }
  });

  it('finds less where each step draws anew', async () => {
    const made = await ways[1][1]();
    const { explained } = await measureRandomness({ model: made, starts: 16, repeats: 3 });
    expect(explained!.share).toBeLessThan(0.9);
    made.network.dispose();
  });
});
