import { describe, expect, it } from 'vitest';
import { attributeProportions, distinctCombinations, Random } from 'naive-diffusion';

const vocabulary = { hair: ['bald', 'short', 'long'], glasses: ['none', 'dark'] };
const draw = (seed: number, n: number, size: number) => {
  const random = new Random(seed);
  return Int32Array.from({ length: n }, () => random.int(size));
};

describe('attributeProportions', () => {
  it('gives each value its share, and the factor by which that misses the truth', () => {
    const hair = [...Array<number>(10).fill(0), ...Array<number>(30).fill(1)];
    const {
      hair: [bald, short, long],
    } = attributeProportions({ hair }, vocabulary, { truth: { hair: [0.5, 0.5, 0] } });
    expect(bald).toMatchObject({ value: 'bald', count: 10, share: 0.25, expected: 0.5, factor: 0.5 });
    expect(short).toMatchObject({ value: 'short', count: 30, share: 0.75, factor: 1.5 });
    expect(long).toMatchObject({ value: 'long', count: 0, low: 0, factor: 1 });
    expect(bald.low).toBeCloseTo(0.1419, 4); // Wilson, as statsmodels and R's prop.test without correction have it
    expect(bald.high).toBeCloseTo(0.4019, 4);
  });

  it('holds the truth in its interval about as often as it says', () => {
    let inside = 0;
    for (let seed = 0; seed < 400; seed++) {
      const [{ low, high }] = attributeProportions({ hair: draw(seed, 60, 3) }, vocabulary).hair;
      if (low < 1 / 3 && 1 / 3 < high) inside++;
    }
    expect(Math.abs(inside - 380)).toBeLessThan(16); // 95 % of 400; three deviations are 13, the counts are discrete
  });

  it('says what is wrong', () => {
    const hair = draw(1, 30, 3);
    expect(() => attributeProportions({ hair: hair.subarray(1) }, vocabulary)).toThrow(
      'attributeProportions: values must hold at least 30 samples, got 29: with fewer, values are missing by chance',
    );
    expect(() => attributeProportions({ beard: hair }, vocabulary as never)).toThrow(
      'attributeProportions: vocabulary must hold beard, got hair, glasses',
    );
    expect(() => attributeProportions({ glasses: hair }, vocabulary)).toThrow(
      'attributeProportions: values must hold glasses from 0 to 1, got 2',
    );
    expect(() => attributeProportions({ hair }, vocabulary, { truth: { hair: [0.5, 0.5, 0.5] } })).toThrow(
      'truth must hold 3 probabilities of hair that sum to 1, got 0.5, 0.5, 0.5',
    );
    expect(() => attributeProportions({ hair, glasses: [0] }, vocabulary)).toThrow(
      'must have one glasses for each of 30 samples, got 1',
    );
  });
});

describe('distinctCombinations', () => {
  it('expects what simulated samples of the truth show, in mean and deviation', () => {
    const words = {
      a: ['0', '1', '2', '3', '4', '5', '6', '7'],
      b: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    };
    const truth = { a: Array<number>(8).fill(1 / 8), b: [0.55, ...Array<number>(9).fill(0.05)] };
    const counts = Array.from({ length: 400 }, (_, seed) => {
      const b = draw(seed, 50, 20).map((x) => (x < 11 ? 0 : x - 10));
      return distinctCombinations({ a: draw(1000 + seed, 50, 8), b }, words, { truth });
    });
    const [{ expected, deviation, possible }] = counts;
    const mean = counts.reduce((sum, { distinct }) => sum + distinct, 0) / 400;
    const spread = Math.sqrt(counts.reduce((sum, { distinct }) => sum + (distinct - mean) ** 2, 0) / 399);
    expect(possible).toBe(80);
    expect(Math.abs(mean - expected)).toBeLessThan((3 * deviation) / 20);
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.15); // the spread of 400 counts is known to 3.5 %
  });

  it('sees a collapsed generator', () => {
    const { distinct, expected, deviation } = distinctCombinations(
      { hair: Array<number>(100).fill(2), glasses: draw(1, 100, 2) },
      vocabulary,
    );
    expect(distinct).toBe(2);
    expect(expected).toBeCloseTo(6, 5);
    expect(deviation).toBeLessThan(0.01);
  });

  it('asks for 30 samples', () => {
    expect(() => distinctCombinations({ hair: [0, 1] }, vocabulary)).toThrow(
      'distinctCombinations: values must hold at least 30 samples, got 2: with fewer, nearly every sample is a combination of its own',
    );
  });
});
