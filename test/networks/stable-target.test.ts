import { describe, expect, it } from 'vitest';
import {
  Adam,
  clean,
  cosineSchedule,
  flow,
  gaussian,
  ImageSet,
  karras,
  key,
  noise,
  normal,
  optimalDenoiser,
  Random,
  ready,
  residualUnet,
  stableTarget,
  stratifiedLevels,
  type Target,
  tf,
  trainDenoiser,
  uniform,
  velocity,
  type Images,
  type NoiseDraw,
} from 'naive-diffusion';
import { difference, expectNoLeak, lossesOf } from '../support.js';

await ready();

const degradation = gaussian({ schedule: cosineSchedule() });
const random = new Random(3);
const data = new ImageSet({
  name: 'random',
  height: 4,
  width: 4,
  channels: 2,
  pixels: Uint8Array.from({ length: 6 * 32 }, () => random.int(256)),
});
const targets: Record<string, Target<NoiseDraw>> = {
  noise: noise(degradation),
  velocity: velocity(degradation),
  flow: flow(degradation),
  karras: karras(degradation),
};

/** Noisy images of the data, with what they were made of. */
function noisy(seed: number) {
  const x0 = data.images();
  const t = tf.add(tf.mul(uniform<tf.Rank.R1>(key(seed), [6]), 0.6), 0.3) as tf.Tensor1D;
  const draw = { noise: normal(key(seed, 1), x0.shape) as Images };
  return { x0, t, draw, z: degradation.at(draw, x0, t) };
}

describe.each(Object.entries(targets))('the stable target of %s', (_, target) => {
  it('is read as what the teacher says', () => {
    tf.tidy(() => {
      const teacher = optimalDenoiser({ data, degradation });
      const example = noisy(1);
      const wanted = stableTarget({ target, teacher }).of(example);
      const told = target.read(wanted, example.z, example.t).x0;
      expect(difference(told, teacher(example.z, example.t).x0)).toBeLessThan(2e-5);
    });
  });

  it('is the mean of the targets of all images, each as likely as it is', () => {
    tf.tidy(() => {
      const teacher = optimalDenoiser({ data, degradation });
      const example = noisy(2);
      const { z, t } = example;
      const shares = tf.split(teacher.shares(z, t), 6, 1);
      let mean: tf.Tensor = tf.scalar(0);
      for (const [i, share] of shares.entries()) {
        const x0 = tf.tile(data.images({ start: i, end: i + 1 }), [6, 1, 1, 1]);
        const each = target.of({ x0, z, t, draw: degradation.infer(z, x0, t) });
        mean = tf.add(mean, tf.mul(each, tf.reshape(share, [6, 1, 1, 1])));
      }
      expect(difference(stableTarget({ target, teacher }).of(example), mean)).toBeLessThan(5e-5);
    });
  });

  it('is the target itself for the first images of a batch, which the teacher is not asked about', () => {
    tf.tidy(() => {
      const teacher = optimalDenoiser({ data, degradation });
      const example = noisy(3);
      const [some, all] = [0.4, 1].map((share) => stableTarget({ target, teacher, share }).of(example));
      const plain = target.of(example);
      // ⌈0.4·6⌉ = 3 images.
      expect(difference(tf.slice(some, 0, 3), tf.slice(plain, 0, 3))).toBe(0);
      expect(difference(tf.slice(some, 3), tf.slice(all, 3))).toBeLessThan(1e-6);
    });
  });
});

describe('stableTarget', () => {
  it('of one image is the target itself', () => {
    tf.tidy(() => {
      const teacher = optimalDenoiser({ data: data.subset({ end: 1 }), degradation });
      const x0 = data.images({ end: 1 });
      const t = tf.tensor1d([0.5]);
      const draw = { noise: normal(key(4), x0.shape) as Images };
      const example = { x0, t, draw, z: degradation.at(draw, x0, t) };
      const target = velocity(degradation);
      expect(difference(stableTarget({ target, teacher }).of(example), target.of(example))).toBeLessThan(1e-5);
    });
  });

  it('trains alike compiled and step by step, with levels that rise, and leaves nothing behind', async () => {
    const teacher = optimalDenoiser({ data, degradation });
    const target = stableTarget({ target: velocity(degradation), teacher, share: 0.5 });
    const run = async (compiled: boolean) => {
      process.env.NAIVE_DIFFUSION_COMPILE = compiled ? '1' : '0';
      const network = residualUnet({
        size: 4,
        channels: 2,
        widths: [4, 4],
        groups: 2,
        embedding: 8,
        output: 'linear',
        seed: 1,
      });
      const optimizer = new Adam(network.weights, { rate: 1e-3 });
      const { constants } = teacher;
      const training = { network, data, degradation, target, levels: stratifiedLevels, constants, optimizer };
      const losses = await lossesOf(trainDenoiser({ ...training, batchSize: 4, steps: 6 }));
      optimizer.dispose();
      network.dispose();
      return losses;
    };
    try {
      const [compiled, plain] = [await run(true), await run(false)];
      compiled.forEach((loss, i) => {
        expect(loss).toBeCloseTo(plain[i], 4);
      });
      await expectNoLeak(() => run(true));
    } finally {
      delete process.env.NAIVE_DIFFUSION_COMPILE;
      teacher.dispose();
    }
  });

  it('refuses what is no target of Gaussian noise, no teacher, or no share', () => {
    const teacher = optimalDenoiser({ data, degradation });
    const target = velocity(degradation);
    expect(() => stableTarget({ target: clean as Target<NoiseDraw>, teacher })).toThrow(
      'stableTarget: target must be one of Gaussian noise, as velocity() makes it, got ',
    );
    expect(() => stableTarget({ target, teacher: 3 as never })).toThrow(
      'stableTarget: teacher must be a denoiser, as optimalDenoiser() makes it, got 3',
    );
    for (const share of [0, 1.5, NaN])
      expect(() => stableTarget({ target, teacher, share })).toThrow(
        `stableTarget: share must be above 0 and at most 1, got ${share}`,
      );
    expect(() => stableTarget({ target, teacher, part: 1 } as never)).toThrow('stableTarget: ');
    teacher.dispose();
  });
});
