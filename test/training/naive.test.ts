import { beforeAll, describe, expect, it } from 'vitest';
import {
  Adam,
  batches,
  binomialWalk,
  ImageSet,
  key,
  ready,
  squaredLoss,
  tf,
  trainNaive,
  unet,
  uniform,
  type Images,
} from 'naive-diffusion';
import { expectNoLeak, lossesOf } from '../support.js';

beforeAll(() => ready());

const shape = { size: 8, channels: 1, widths: [4, 6], dense: 8, seed: 2 };
const walk = binomialWalk({ pixels: 4 });
const T = 5;

function data(length = 12): ImageSet {
  const images = uniform(key(4), [length, 8, 8, 1]);
  const pixels = Uint8Array.from(images.dataSync(), (v) => Math.round(v * 255));
  images.dispose();
  return new ImageSet({ name: 'noise', pixels, height: 8, width: 8, channels: 1 });
}

async function losses(options: Partial<Parameters<typeof trainNaive>[0]>): Promise<number[]> {
  const network = options.network ?? unet(shape);
  return lossesOf(
    trainNaive({
      data: data(),
      walk,
      walkSteps: T,
      steps: 20,
      batchSize: 4,
      seed: 3,
      ...options,
      network,
    }),
  );
}

describe('trainNaive', () => {
  it('takes the same steps as the plain loop of chapter 4', async () => {
    const network = unet(shape);
    const optimizer = tf.train.adam(1e-3);
    const plain: number[] = [];
    for (const { images } of batches(data(), { size: 4, seed: 3 })) {
      let z = images.clone();
      for (let t = 0; t < T; t++) {
        const previous = z;
        z = walk.step(key(3, plain.length), previous);
        const loss = optimizer.minimize(() => squaredLoss(network(z, t / T), previous), true, network.weights)!;
        plain.push(loss.dataSync()[0]);
      }
      if (plain.length >= 20) break;
    }
    const library = await losses({});
    expect(library).toHaveLength(20);
    // The optimiser adds in another order: single precision, 20 steps.
    library.forEach((loss, i) => expect(Math.abs(loss - plain[i])).toBeLessThan(1e-5));
  });

  it('that was cut in the middle of a walk goes on as if it had not been', async () => {
    const whole = await losses({ steps: 18 });
    const network = unet(shape);
    const optimizer = new Adam(network.weights, { rate: 1e-3 });
    const first = await losses({ network, optimizer, steps: 8 });
    const second = await losses({ network, optimizer, steps: 18, resumeAt: 8 });
    // A step that is recorded and one that is replayed round differently, and the cut shifts which is which.
    expect(first.length + second.length).toBe(whole.length);
    [...first, ...second].forEach((loss, i) => expect(Math.abs(loss - whole[i])).toBeLessThan(1e-5));
  });

  it('learns: on images that are all alike, one step of noise is soon found', async () => {
    const pixels = new Uint8Array(16 * 64).fill(128);
    const seen = await losses({
      data: new ImageSet({ name: 'flat', pixels, height: 8, width: 8, channels: 1 }),
      walkSteps: 1,
      steps: 300,
      rate: 1e-2,
    });
    const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    expect(mean(seen.slice(-10))).toBeLessThan(0.5 * mean(seen.slice(0, 10)));
  });

  it('leaks no tensors when it ends, is left, or fails', async () => {
    const network = unet(shape);
    const images = data();
    const train = (o: { walk?: typeof walk } = {}) =>
      trainNaive({ network, data: images, walk, walkSteps: T, steps: 12, batchSize: 5, ...o });
    await expectNoLeak(async () => {
      for await (const _ of train());
    });
    await expectNoLeak(async () => {
      for await (const { step } of train()) if (step === 3) break;
    });
    const broken = {
      step: (): Images => {
        throw new Error('broken walk');
      },
    };
    await expectNoLeak(() =>
      expect(
        (async () => {
          for await (const _ of train({ walk: broken }));
        })(),
      ).rejects.toThrow('broken walk'),
    );
  });

  it('refuses what it cannot train, at the call', () => {
    const network = unet(shape);
    expect(() => trainNaive({ network, data: data(), walk, walkSteps: 0, steps: 1 })).toThrow(
      'trainNaive: walkSteps must be a whole number of at least 1, got 0',
    );
  });
});
