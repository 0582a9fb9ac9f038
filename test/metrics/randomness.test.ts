import { beforeAll, describe, expect, it } from 'vitest';
import { explainedVariance, Random, ready, startingBits, type Rows } from 'naive-diffusion';
import { gaussian, leaks, tensor } from './synthetic.js';

beforeAll(() => ready());

/** `starts` × `repeats` outputs of 5 numbers: a part that the start decides, and one drawn later. */
function design(seed: number, starts: number, repeats: number, start: number, later: number): Rows {
  const random = new Random(seed);
  const data: number[] = [];
  for (let s = 0; s < starts; s++) {
    const decided = Array.from({ length: 5 }, () => start * random.normal());
    for (let r = 0; r < repeats; r++) data.push(...decided.map((x) => x + later * random.normal()));
  }
  return { data: Float32Array.from(data), shape: [starts * repeats, 5] };
}

describe('explainedVariance', () => {
  it('estimates both variances without bias, and the share with an honest error', () => {
    const results = Array.from({ length: 300 }, (_, seed) => explainedVariance(design(seed, 12, 3, 2, 1), 12));
    const mean = (of: (r: (typeof results)[number]) => number) => results.reduce((sum, r) => sum + of(r), 0) / 300;
    expect(Math.abs(mean((r) => r.between) / 20 - 1)).toBeLessThan(0.05); // 5 numbers of variance 4
    expect(Math.abs(mean((r) => r.within) / 5 - 1)).toBeLessThan(0.05); // 5 numbers of variance 1
    expect(Math.abs(mean((r) => r.share) - 0.8)).toBeLessThan(0.02);
    const spread = Math.sqrt(mean((r) => (r.share - 0.8) ** 2));
    expect(Math.abs(mean((r) => r.error) / spread - 1)).toBeLessThan(0.3);
  });

  it('is 1 when the start decides everything, and about 0 when it decides nothing', () => {
    expect(explainedVariance(design(1, 10, 2, 1, 0), 10)).toMatchObject({ share: 1, within: 0 });
    const { share, error } = explainedVariance(design(2, 40, 4, 0, 1), 40);
    expect(Math.abs(share)).toBeLessThan(3 * error);
  });

  it('refuses too small designs and leaves no tensor behind', async () => {
    const outputs = tensor(gaussian(1, 16, 3));
    expect(() => explainedVariance(outputs, 7)).toThrow(
      'explainedVariance: starts must be a whole number of at least 8, got 7',
    );
    expect(() => explainedVariance(outputs, 16)).toThrow(
      'explainedVariance: outputs must hold at least 2 samples of each of 16 starts, and as many of each, got 16 in all',
    );
    expect(() => explainedVariance(outputs, 9)).toThrow('as many of each');
    expect(await leaks(() => explainedVariance(outputs, 8))).toBe(0);
    outputs.dispose();
  });
});

describe('startingBits', () => {
  it('counts coins and colours', () => {
    expect(startingBits({ kind: 'binomial', height: 32, width: 32 })).toEqual({ bits: 1024 });
    expect(startingBits({ kind: 'choice', colours: 64 })).toEqual({ bits: 6 });
    expect(startingBits({ kind: 'choice', colours: 1 })).toEqual({ bits: 0 });
  });

  it('knows the entropy of a float32 normal number', () => {
    const { bits, differential } = startingBits({ kind: 'gaussian', numbers: 2 });
    expect(differential).toBeCloseTo(2 * 2.0471, 4);
    // Independently: fine histograms whose cells have 2^-6 of a binade lack 23 − 6 bits a number (the sign is one of
    // the cells' own).
    const random = new Random(1);
    const cells = new Map<number, number>();
    const n = 400000;
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      const binade = Math.floor(Math.log2(Math.abs(x)));
      const cell = Math.sign(x) * (Math.floor(Math.abs(x) / 2 ** (binade - 6)) + 1e4 * (binade + 100));
      cells.set(cell, (cells.get(cell) ?? 0) + 1);
    }
    const entropy = [...cells.values()].reduce((sum, c) => sum - (c / n) * Math.log2(c / n), 0) + 17;
    expect(Math.abs(bits / 2 - entropy)).toBeLessThan(0.02);
  });

  it('says what is wrong', () => {
    expect(() => startingBits({ kind: 'choice', colours: 0 })).toThrow(
      'startingBits: colours must be a whole number of at least 1, got 0',
    );
    expect(() => startingBits({ kind: 'blur' } as never)).toThrow(
      'startingBits: start must be of kind binomial, choice or gaussian, got blur',
    );
  });
});
