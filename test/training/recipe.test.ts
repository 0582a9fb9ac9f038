import { describe, expect, it } from 'vitest';
import { type Recipe, recipe } from 'naive-diffusion';

/** A recipe of which nothing is trained: what matters is what its options make of it. */
const example = () =>
  recipe({ seed: 4, rate: 1e-3, loss: 'squared' }, ({ seed, rate, loss }) => ({
    about: `rate ${rate}, ${loss}`,
    dataset: 'digits',
    steps: 10,
    seed,
    data: () => Promise.reject(new Error('no data')),
    network: () => {
      throw new Error('no network');
    },
    optimizer: () => {
      throw new Error('no optimizer');
    },
    train: async function* () {},
  }));

describe('a recipe with options', () => {
  it('is the recipe with their values as they stand', () => {
    expect(example()).toMatchObject({ about: 'rate 0.001, squared', seed: 4, steps: 10 });
    expect(example().options).toEqual({ seed: 4, rate: 1e-3, loss: 'squared' });
  });

  it('makes others, and changes itself in nothing', () => {
    const usual = example();
    const other = usual.with({ rate: 0.1 }).with({ seed: 7, loss: 'absolute' });
    expect(other).toMatchObject({ about: 'rate 0.1, absolute', seed: 7 });
    expect(other.options).toEqual({ seed: 7, rate: 0.1, loss: 'absolute' });
    expect(usual).toMatchObject({ about: 'rate 0.001, squared', seed: 4 });
  });

  it('loses its options, and no part, in a copy with another part', () => {
    const copy: Recipe = { ...example(), steps: 3 };
    expect(copy).toMatchObject({ about: 'rate 0.001, squared', steps: 3 });
    expect([copy.options, copy.with]).toEqual([undefined, undefined]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an option that there is not', { speed: 1 }, 'recipe: speed is not an option; there are seed, rate, loss'],
    ['a word for a number', { rate: 'fast' }, 'recipe: rate must be a finite number, such as 0.001, got "fast"'],
    ['no finite number', { seed: NaN }, 'recipe: seed must be a finite number, such as 4, got NaN'],
    ['a number for a word', { loss: 2 }, 'recipe: loss must be a word, such as "squared", got 2'],
    ['yes for a word', { loss: true }, 'recipe: loss must be a word, such as "squared", got true'],
    ['nothing', { seed: undefined }, 'recipe: seed must be a finite number, such as 4, got undefined'],
  ])('refuses %s', (_, changes, says) => {
    expect(() => example().with(changes as never)).toThrow(new TypeError(says));
  });
});
