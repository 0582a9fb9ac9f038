import { describe, expect, it } from 'vitest';
import { novelCombinations, Random } from 'naive-diffusion';

const vocabulary = { hair: ['bald', 'short', 'long'], glasses: ['none', 'dark'] };
const truth = { hair: [0.2, 0.3, 0.5], glasses: [0.6, 0.4] };

/** Draws from the truth; with `heldOut`, without bald faces with dark glasses. */
function sample(seed: number, n: number, heldOut = false) {
  const random = new Random(seed);
  const hair: number[] = [];
  const glasses: number[] = [];
  while (hair.length < n) {
    const [u, v] = [random.uniform(), random.uniform()];
    const h = u < 0.2 ? 0 : u < 0.5 ? 1 : 2;
    const g = v < 0.6 ? 0 : 1;
    if (heldOut && h === 0 && g === 1) continue;
    hair.push(h);
    glasses.push(g);
  }
  return { hair, glasses };
}
const training = sample(1, 3000, true);

describe('novelCombinations', () => {
  it('finds nothing new in a memoriser, and in real data what was held out', () => {
    expect(novelCombinations(sample(2, 400, true), training, vocabulary)).toMatchObject({ share: 0, count: 0, low: 0 });
    const { share, low, high, expected } = novelCombinations(sample(3, 2000), training, vocabulary, { truth });
    expect(expected).toBeCloseTo(0.2 * 0.4, 12);
    expect(low).toBeLessThan(0.08);
    expect(high).toBeGreaterThan(0.08);
    expect(share).toBeGreaterThan(0.05);
  });

  it('counts partial combinations by their words', () => {
    const options = { truth, heldOut: [{ hair: 'bald', glasses: 'dark' }] };
    expect(novelCombinations(sample(3, 2000), training, vocabulary, options)).toEqual(
      novelCombinations(sample(3, 2000), training, vocabulary, { truth }),
    );
    const none = { ...training, hair: training.hair.map(() => 1) };
    expect(
      novelCombinations(sample(3, 2000), none, vocabulary, {
        truth,
        heldOut: [{ hair: 'bald' }, { hair: 'long', glasses: 'none' }],
      }).expected,
    ).toBeCloseTo(0.2 + 0.5 * 0.6, 12);
  });

  it("knows what a classifier's errors make of a memoriser", () => {
    const confusion = {
      hair: [
        [90, 10, 0],
        [5, 90, 5],
        [0, 10, 90],
      ],
      glasses: [
        [95, 5],
        [10, 90],
      ],
    };
    const { floor } = novelCombinations(training, training, vocabulary, { confusion });
    const random = new Random(9);
    const misread = (matrix: number[][], value: number) => {
      let u = random.int(100);
      return matrix[value].findIndex((n) => (u -= n) < 0);
    };
    const many = { hair: [] as number[], glasses: [] as number[] };
    for (let i = 0; i < 60000; i++) {
      many.hair.push(misread(confusion.hair, training.hair[i % 3000]));
      many.glasses.push(misread(confusion.glasses, training.glasses[i % 3000]));
    }
    const { share } = novelCombinations(many, training, vocabulary);
    expect(Math.abs(share - floor!)).toBeLessThan(0.003); // 60,000 draws of 3 %: a deviation of 0.0007
  });

  it('says what is wrong', () => {
    expect(() => novelCombinations({ hair: [0] }, training, vocabulary)).toThrow(
      'novelCombinations: predicted must hold at least 30 samples, got 1',
    );
    expect(() => novelCombinations(training, training, vocabulary, { heldOut: [{ hair: 'long' }] })).toThrow(
      'heldOut must be combinations that no training image has',
    );
    expect(() => novelCombinations(training, training, vocabulary, { heldOut: [{ hair: 'red' }] })).toThrow(
      'heldOut must name the attributes hair, glasses and their values, got hair: red',
    );
    expect(() =>
      novelCombinations(training, training, vocabulary, {
        confusion: {
          hair: [[1]],
          glasses: [
            [1, 0],
            [0, 1],
          ],
        },
      }),
    ).toThrow('confusion must hold a 3x3 matrix of counts for hair');
  });
});
