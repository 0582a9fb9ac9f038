import { beforeAll, describe, expect, it } from 'vitest';
import {
  absoluteLoss,
  clean,
  cosineSchedule,
  explodingSchedule,
  fadeToBlack,
  flow,
  flowSchedule,
  gaussian,
  logitNormalLevels,
  logNormalLevels,
  residualUnet,
  targets,
  uniformLevels,
  type Batch,
  type LevelSource,
  type Target,
  batches,
  binomial,
  ImageSet,
  key,
  ready,
  snow,
  splitKey,
  squaredLoss,
  tf,
  trainDenoiser,
  unet,
  uniform,
  type Degradation,
  type Images,
} from 'naive-diffusion';
import { expectNoLeak, lossesOf } from '../support.js';

beforeAll(() => ready());

const shape = { size: 8, channels: 1, widths: [4, 6], dense: 8, seed: 2 };

function data(length = 12): ImageSet {
  const images = uniform(key(4), [length, 8, 8, 1]);
  const pixels = Uint8Array.from(images.dataSync(), (v) => Math.round(v * 255));
  images.dispose();
  return new ImageSet({ name: 'noise', pixels, height: 8, width: 8, channels: 1 });
}

async function losses(options: Partial<Parameters<typeof trainDenoiser>[0]> = {}): Promise<number[]> {
  const network = options.network ?? unet(shape);
  return lossesOf(
    trainDenoiser({
      data: data(),
      degradation: binomial(),
      steps: 10,
      batchSize: 5,
      seed: 3,
      ...options,
      network,
    }),
  );
}

describe('trainDenoiser', () => {
  it.each([
    ['squared', squaredLoss],
    ['absolute', absoluteLoss],
  ] as const)('takes the same steps as a plain loop: %s loss', async (loss, difference) => {
    const [network, degradation] = [unet(shape), binomial()];
    const optimizer = tf.train.adam(1e-3);
    const plain: number[] = [];
    for (const { images } of batches(data(), { size: 5, seed: 3 })) {
      const [levels, draws] = splitKey(key(3, plain.length), 2);
      const t = uniform<tf.Rank.R1>(levels, [images.shape[0]]);
      const z = degradation.at(degradation.draw(draws, images.shape), images, t);
      plain.push(optimizer.minimize(() => difference(network(z, t), images), true, network.weights)!.dataSync()[0]);
      if (plain.length === 10) break;
    }
    const library = await losses({ loss });
    expect(library).toHaveLength(10);
    // The optimiser adds in another order: single precision, 10 steps.
    library.forEach((value, i) => expect(Math.abs(value - plain[i])).toBeLessThan(1e-5));
  });

  it.each(['noise', 'velocity', 'flow', 'karras'] as const)(
    'learns %s, at whatever levels it is given',
    async (kind) => {
      const schedule = kind === 'flow' ? flowSchedule() : kind === 'karras' ? explodingSchedule() : cosineSchedule();
      const degradation = gaussian({ schedule });
      const target = await targets.make({ kind }, degradation);
      let levels = uniformLevels;
      if (kind === 'flow') levels = logitNormalLevels();
      if (kind === 'karras') levels = logNormalLevels(degradation);
      const pixels = new Uint8Array(16 * 64).fill(250);
      const flat = new ImageSet({ name: 'flat', pixels, height: 8, width: 8, channels: 1 });
      const network = unet({ ...shape, output: 'linear' });
      const seen = await losses({ network, data: flat, degradation, target, levels, steps: 150, rate: 3e-3 });
      const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
      expect(mean(seen.slice(-20))).toBeLessThan(0.5 * mean(seen.slice(0, 10)));
    },
  );

  it('weighs images as the target says', async () => {
    const double: Target = { ...clean, weight: (t) => tf.fill([t.shape[0]], 4) };
    const [plain, weighed] = [await losses({ steps: 1 }), await losses({ steps: 1, target: double })];
    expect(weighed[0] / plain[0]).toBeCloseTo(4, 4);
    const [absolute, twice] = [
      await losses({ steps: 1, loss: 'absolute' }),
      await losses({ steps: 1, loss: 'absolute', target: double }),
    ];
    expect(twice[0] / absolute[0]).toBeCloseTo(4, 4);
  });

  it('tells the network what it is given for each image, and refuses what it does not know', async () => {
    // The class is the image: what is not told cannot be known at full noise.
    const pixels = Uint8Array.from({ length: 16 * 64 }, (_, i) => (Math.floor(i / 64) % 2 === 0 ? 20 : 235));
    const labels = Int32Array.from({ length: 16 }, (_, i) => i % 2);
    const twoKinds = new ImageSet({ name: 'two kinds', pixels, labels, height: 8, width: 8, channels: 1 });
    const make = () =>
      residualUnet({
        size: 8,
        channels: 1,
        widths: [8, 8],
        blocks: 1,
        groups: 4,
        embedding: 8,
        conditions: { kind: 2 },
      });
    const network = make();
    const given = ({ labels: kinds }: Batch) => ({ kind: tf.tensor1d(kinds!, 'int32') });
    const always: LevelSource = (_, batch) => tf.ones([batch]);
    await expectNoLeak(async () => {
      const options = {
        network,
        data: twoKinds,
        degradation: fadeToBlack(),
        given,
        levels: always,
        rate: 1e-2,
        seed: 3,
      };
      for await (const _ of trainDenoiser({ ...options, steps: 200, batchSize: 16 }));
    });
    tf.tidy(() => {
      const guess = network(tf.zeros([2, 8, 8, 1]), 1, { kind: tf.tensor1d([0, 1]) })
        .mean([1, 2, 3])
        .dataSync();
      expect(guess[0]).toBeLessThan(0.25);
      expect(guess[1]).toBeGreaterThan(0.75);
    });
    await expect(losses({ network: make(), data: twoKinds, degradation: fadeToBlack(), steps: 1 })).rejects.toThrow(
      'trainDenoiser: given must hold kind',
    );
  });

  it('trains on the draws that belong to the images, and refuses others', async () => {
    const degradation = gaussian({ schedule: flowSchedule() });
    const target = flow(degradation);
    const options = { data: data(), degradation, target, batchSize: 5, seed: 3 };
    const network = () => residualUnet({ size: 8, channels: 1, widths: [4], groups: 2, output: 'linear', seed: 2 });
    let step = 0;
    /** What the trainer itself would draw. */
    const known = ({ images }: Batch) => degradation.draw(splitKey(key(3, step++), 2)[1], images.shape);
    const without = await lossesOf(trainDenoiser({ ...options, network: network(), steps: 4 }));
    const told = await lossesOf(trainDenoiser({ ...options, network: network(), draws: known, steps: 4 }));
    expect(told).toEqual(without);
    const others = ({ images }: Batch) => ({ noise: tf.neg(degradation.toSigned(images)) as Images });
    const other = await lossesOf(trainDenoiser({ ...options, network: network(), draws: others, steps: 4 }));
    expect(other[0]).not.toBeCloseTo(without[0], 3);

    const own = trainDenoiser({
      ...options,
      network: network(),
      draws: () => ({ noise: tf.zeros([1, 8, 8, 1]) as Images }),
      steps: 1,
    });
    await expect(lossesOf(own)).rejects.toThrow('trainDenoiser: draws.noise must have shape [5,8,8,1], got [1,8,8,1]');
    await expectNoLeak(async () => {
      const made = network();
      await lossesOf(trainDenoiser({ ...options, network: made, draws: others, steps: 3 }));
      made.dispose();
    });
  });

  it('learns: the loss falls on images that are all alike', async () => {
    const pixels = new Uint8Array(16 * 64).fill(128);
    const flat = new ImageSet({ name: 'flat', pixels, height: 8, width: 8, channels: 1 });
    const seen = await losses({ data: flat, degradation: snow(), steps: 150 });
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    expect(mean(seen.slice(-10))).toBeLessThan(0.5 * mean(seen.slice(0, 10)));
  });

  it('leaks no tensors when it ends, is left, or fails', async () => {
    const network = unet(shape);
    const images = data();
    const train = (o: { degradation?: Degradation } = {}) =>
      trainDenoiser({ network, data: images, degradation: binomial(), steps: 6, batchSize: 5, ...o });
    await expectNoLeak(async () => {
      for await (const _ of train());
    });
    await expectNoLeak(async () => {
      for await (const { step } of train()) if (step === 3) break;
    });
    const broken: Degradation = {
      ...binomial(),
      at: () => {
        throw new Error('broken degradation');
      },
    };
    await expectNoLeak(() =>
      expect(
        (async () => {
          for await (const _ of train({ degradation: broken }));
        })(),
      ).rejects.toThrow('broken degradation'),
    );
  });

  it('refuses what it cannot train, at the call', () => {
    const network = unet(shape);
    const good = { network, data: data(), degradation: binomial(), steps: 1 };
    expect(() => trainDenoiser({ ...good, steps: -1 })).toThrow(
      'trainDenoiser: steps must be a whole number of at least 0, got -1',
    );
    expect(() => trainDenoiser({ ...good, loss: 'huber' as never })).toThrow(
      "trainDenoiser: loss must be 'squared' or 'absolute', got 'huber'",
    );
    expect(() => trainDenoiser({ ...good, network: unet({ ...shape, channels: 3 }) })).toThrow(
      'trainDenoiser: data must be images of [8,8,3], as network takes them, got [8,8,1]',
    );
  });
});
