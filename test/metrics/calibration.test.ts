import { beforeAll, describe, expect, it } from 'vitest';
import {
  accuracy,
  confusionMatrix,
  expectedCalibrationError,
  fitTemperature,
  Random,
  ready,
  type Rows,
} from 'naive-diffusion';
import { leaks, tensor } from './synthetic.js';

beforeAll(() => ready());

/**
 * `n` cases of two classes: the second is predicted with probability `confidence` and right with probability `right`.
 */
function cases(seed: number, n: number, confidence: () => number, right: (p: number) => number) {
  const random = new Random(seed);
  const data = new Float32Array(2 * n);
  const truth = Int32Array.from({ length: n }, (_, i) => {
    const p = confidence();
    data.set([1 - p, p], 2 * i);
    return random.uniform() < right(p) ? 1 : 0;
  });
  return { probabilities: { data, shape: [n, 2] } as Rows, truth };
}

describe('expectedCalibrationError', () => {
  it('is the gap itself where all confidences are equal', () => {
    const { probabilities, truth } = cases(
      1,
      400,
      () => 0.9,
      () => 0.6,
    );
    const right = truth.reduce((a, b) => a + b) / 400;
    const { error, bins } = expectedCalibrationError(probabilities, truth);
    expect(error).toBeCloseTo(0.9 - right, 6);
    expect(bins).toEqual([{ count: 400, confidence: expect.closeTo(0.9, 6), accuracy: expect.closeTo(right, 12) }]);
  });

  it('is near zero for a classifier whose confidence is right, and not for one that boasts', () => {
    const random = new Random(2);
    const honest = cases(
      3,
      20000,
      () => 0.5 + 0.5 * random.uniform(),
      (p) => p,
    );
    expect(expectedCalibrationError(honest.probabilities, honest.truth).error).toBeLessThan(0.02);
    const boaster = cases(
      3,
      20000,
      () => 0.5 + 0.5 * random.uniform(),
      (p) => p - 0.1,
    );
    expect(Math.abs(expectedCalibrationError(boaster.probabilities, boaster.truth).error - 0.1)).toBeLessThan(0.02);
  });

  it('says what is wrong and leaves no tensor behind', async () => {
    const { probabilities, truth } = cases(
      1,
      150,
      () => 0.9,
      () => 0.9,
    );
    expect(() => expectedCalibrationError(probabilities, truth, { bins: 16 })).toThrow(
      'expectedCalibrationError: probabilities must hold at least 160 points, got 150: with fewer than 10 cases in each of 16 bins the gaps are chance',
    );
    expect(() => expectedCalibrationError({ data: new Float32Array(300), shape: [150, 2] }, truth)).toThrow(
      'probabilities must be at least 0 and sum to 1 in each row, got a sum of 0 in row 0',
    );
    const rows = tensor(probabilities);
    expect(await leaks(() => expectedCalibrationError(rows, truth))).toBe(0);
    rows.dispose();
  });
});

describe('accuracy and confusionMatrix', () => {
  const truth = [0, 0, 1, 1, 2, 2];
  const predicted = [0, 1, 1, 1, 2, 0];

  it('count what was taken for what', () => {
    expect(confusionMatrix(predicted, truth, 3)).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [1, 0, 1],
    ]);
    expect(accuracy(predicted, truth)).toMatchObject({
      hits: 4,
      n: 6,
      share: 4 / 6,
      low: expect.closeTo(0.3, 3),
      high: expect.closeTo(0.9032, 4),
    });
  });

  it('say what is wrong', () => {
    expect(() => accuracy([1], [1, 2])).toThrow(
      'accuracy: predicted and truth must have one class number for each case, got 1 and 2',
    );
    expect(() => confusionMatrix(predicted, truth, 2)).toThrow(
      'confusionMatrix: truth must hold class numbers from 0 to 1, got 2',
    );
  });
});

describe('fitTemperature', () => {
  it('finds the factor by which true log-odds were stretched', () => {
    const random = new Random(7);
    const n = 20_000;
    for (const factor of [0.5, 1, 3]) {
      const data = new Float32Array(3 * n);
      const truth = Int32Array.from({ length: n }, (_, i) => {
        const odds = [0, 1, 2].map(() => 4 * random.uniform());
        data.set(
          odds.map((x) => x * factor + 5),
          3 * i,
        );
        const weights = odds.map(Math.exp);
        let u = random.uniform() * (weights[0] + weights[1] + weights[2]);
        return weights.findIndex((w) => (u -= w) < 0);
      });
      // 20,000 cases determine the temperature to about one in a hundred.
      expect(fitTemperature({ data, shape: [n, 3] }, truth) / factor).toBeCloseTo(1, 1);
    }
  });

  it('refuses too few cases and wrong classes', () => {
    expect(() => fitTemperature({ data: new Float32Array(20), shape: [10, 2] }, new Array(10).fill(0))).toThrow(
      'fitTemperature: scores must hold at least 100 points, got 10',
    );
    expect(() => fitTemperature({ data: new Float32Array(200), shape: [100, 2] }, new Array(100).fill(2))).toThrow(
      'fitTemperature: truth must hold class numbers from 0 to 1, got 2',
    );
  });
});
