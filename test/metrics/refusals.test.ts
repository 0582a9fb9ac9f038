import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as library from 'naive-diffusion';
import {
  accuracy,
  attributeProportions,
  birthdayEstimate,
  byteLogProbability,
  confusionMatrix,
  countRepeats,
  distinctCombinations,
  expectedCalibrationError,
  explainedVariance,
  fitTemperature,
  frechetDistance,
  frechetInterval,
  hear,
  highFrequencyShare,
  isolatedOutliers,
  kernelDistance,
  memorisation,
  nearestNeighbours,
  novelCombinations,
  prdc,
  psnr,
  Random,
  rankTest,
  ready,
  realFloor,
  rmse,
  ssim,
  studentInterval,
  startingBits,
  tf,
} from 'naive-diffusion';
import { expectRefusals, type Subject } from '../refusals.js';
import { gaussian } from './synthetic.js';

beforeAll(() => ready());

const images = (seed: number, [count, height, width, channels]: number[] = [2, 12, 13, 3]) => {
  const random = new Random(seed);
  return tf.tensor4d(
    Float32Array.from({ length: count * height * width * channels }, () => random.uniform()),
    [count, height, width, channels],
  );
};
const classes = (count: number, of: number) => Array.from({ length: count }, (_, i) => i % of);
/** Rows of two probabilities. */
const chances = (count: number) => ({
  data: Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 0.75 : 0.25)),
  shape: [count, 2] as const,
});
const vocabulary = { hair: ['short', 'long'], glasses: ['none', 'dark'] };
const values = () => ({ hair: classes(40, 2), glasses: new Array<number>(40).fill(0) });
const truth = { hair: [0.5, 0.5], glasses: [0.9, 0.1] };
const even = [
  [9, 1],
  [1, 9],
];

const subjects: Record<string, Subject> = {
  hear: {
    call: hear,
    arguments: () => ({ sounds: tf.fill([2, 1, 1300, 1], 0.5), options: { rate: 4000, least: 40 } }),
  },
  accuracy: {
    call: accuracy,
    arguments: () => ({ predicted: classes(9, 3), truth: classes(9, 3), o: { confidence: 0.9 } }),
  },
  confusionMatrix: {
    call: confusionMatrix,
    arguments: () => ({ predicted: classes(9, 3), truth: classes(9, 3), classes: 3 }),
  },
  expectedCalibrationError: {
    call: expectedCalibrationError,
    arguments: () => ({ probabilities: chances(40), truth: classes(40, 2), o: { bins: 4 } }),
  },
  fitTemperature: { call: fitTemperature, arguments: () => ({ scores: chances(120), truth: classes(120, 2) }) },
  birthdayEstimate: { call: birthdayEstimate, arguments: () => ({ samples: 20, pairs: 3, o: { confidence: 0.9 } }) },
  rankTest: { call: rankTest, arguments: () => ({ a: [1, 2.5, 4], b: Float64Array.of(2, 3) }), infinite: ['a', 'b'] },
  startingBits: { call: startingBits, arguments: () => ({ start: { kind: 'binomial', height: 3, width: 4 } }) },
  frechetDistance: {
    call: frechetDistance,
    arguments: () => ({ a: gaussian(1, 30, 2), b: gaussian(2, 30, 2), o: { minimum: 20 } }),
  },
  frechetInterval: {
    call: frechetInterval,
    arguments: () => ({
      a: gaussian(1, 30, 2),
      b: gaussian(2, 30, 2),
      o: { minimum: 20, resamples: 20, confidence: 0.9, seed: 1 },
    }),
  },
  realFloor: {
    call: realFloor,
    arguments: () => ({ real: gaussian(1, 60, 2), o: { minimum: 20, size: 25, splits: 2, seed: 1 } }),
  },
  kernelDistance: {
    call: kernelDistance,
    arguments: () => ({ a: gaussian(1, 60, 2), b: gaussian(2, 60, 2), o: { subsets: 2, size: 20, seed: 1 } }),
  },
  nearestNeighbours: {
    call: nearestNeighbours,
    arguments: () => ({ queries: gaussian(1, 5, 2), references: gaussian(2, 6, 2), o: { k: 1 } }),
  },
  memorisation: {
    call: memorisation,
    arguments: () => ({ samples: gaussian(1, 20, 2), train: gaussian(2, 20, 2), heldOut: gaussian(3, 20, 2) }),
  },
  prdc: { call: prdc, arguments: () => ({ real: gaussian(1, 20, 2), generated: gaussian(2, 20, 2), o: { k: 2 } }) },
  countRepeats: { call: countRepeats, arguments: () => ({ images: images(1), o: { threshold: 0.1 } }) },
  explainedVariance: { call: explainedVariance, arguments: () => ({ outputs: gaussian(1, 16, 3), starts: 8 }) },
  attributeProportions: {
    call: attributeProportions,
    arguments: () => ({ values: values(), vocabulary, o: { truth, confidence: 0.9 } }),
  },
  distinctCombinations: {
    call: distinctCombinations,
    arguments: () => ({ values: values(), vocabulary, o: { truth } }),
  },
  novelCombinations: {
    call: novelCombinations,
    arguments: () => ({
      predicted: values(),
      training: values(),
      vocabulary,
      o: { truth, confidence: 0.9, confusion: { hair: even, glasses: even } },
    }),
  },
  highFrequencyShare: { call: highFrequencyShare, arguments: () => ({ images: images(1), o: { cutoff: 0.4 } }) },
  isolatedOutliers: {
    call: isolatedOutliers,
    arguments: () => ({ images: images(1), o: { threshold: 0.1, alike: 1 } }),
  },
  byteLogProbability: {
    call: byteLogProbability,
    arguments: () => ({ bytes: Uint8Array.of(1, 2), o: { mean: [1.5, 2.5], deviation: [1, 2] } }),
  },
  psnr: { call: psnr, arguments: () => ({ restored: images(1), original: images(2) }) },
  rmse: { call: rmse, arguments: () => ({ restored: images(1), original: images(2) }) },
  ssim: { call: ssim, arguments: () => ({ restored: images(1), original: images(2) }) },
  studentInterval: {
    call: studentInterval,
    arguments: () => ({ values: Float64Array.of(1, 2, 4), confidence: 0.9 }),
  },
};

describe('every metric', () => {
  it.each(Object.entries(subjects))(
    '%s refuses NaN and Infinity by name wherever it takes a number',
    async (name, subject) => {
      expect(await expectRefusals(name, subject)).toBeGreaterThan(0);
    },
  );

  it('is in the list above', async () => {
    const folder = new URL('../../lib/src/metrics/', import.meta.url);
    const modules = await Promise.all(
      readdirSync(folder).map((file) => import(new URL(file, folder).href) as Promise<object>),
    );
    const own = new Set(modules.flatMap((module) => Object.values(module)));
    const metrics = Object.entries(library).filter(([, value]) => typeof value === 'function' && own.has(value));
    expect(metrics.map(([name]) => name).sort()).toEqual(Object.keys(subjects).sort());
  });

  it.each(Object.entries(subjects))('%s names the argument that is nothing at all', async (name, subject) => {
    const good = subject.arguments();
    for (const argument of Object.keys(good).filter((key) => typeof good[key] === 'object' && key !== 'o')) {
      for (const bad of [undefined, null, 'x', {}, []]) {
        const call = async () => subject.call(...(Object.values({ ...good, [argument]: bad }) as never[]));
        await expect(call(), `${name} with ${JSON.stringify(bad)} as ${argument}`).rejects.toThrow(
          new RegExp(`^${name}: .*${argument}`),
        );
      }
    }
    for (const value of Object.values(good)) if (value instanceof tf.Tensor) value.dispose();
  });

  it.each(['highFrequencyShare', 'isolatedOutliers', 'psnr', 'rmse', 'ssim', 'countRepeats'] as const)(
    '%s takes images of 1 to 8 channels that are not square, and leaves no tensor behind',
    async (name) => {
      for (let channels = 1; channels <= 8; channels++) {
        for (const [height, width] of [
          [11, 17],
          [24, 12],
        ]) {
          const batch = images(channels, [3, height, width, channels]);
          const before = tf.memory().numTensors;
          const result = await (library[name] as (...given: unknown[]) => object | Promise<object>)(
            batch,
            ...(['psnr', 'rmse', 'ssim'].includes(name) ? [batch] : []),
          );
          expect(tf.memory().numTensors).toBe(before);
          expect(JSON.stringify(Object.values(result))).not.toContain('NaN');
          batch.dispose();
        }
      }
    },
  );
});
