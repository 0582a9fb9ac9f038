import { describe, expect, it } from 'vitest';
import { evenLevels, levels, ready, tf } from 'naive-diffusion';
import { checkLevels } from '../lib/src/level.js';

await ready();

describe('levels', () => {
  it('spread one number over a batch, and leave one number per image as it is', () => {
    expect([...levels(0.25, 3).dataSync()]).toEqual([0.25, 0.25, 0.25]);
    const own = tf.tensor1d([0, 1]);
    expect(levels(own, 2)).toBe(own);
  });

  it('refuse what is no level, in the name of their caller', () => {
    for (const t of [-0.1, 1.1, NaN, Infinity])
      expect(() => levels(t, 1, 'blur')).toThrow(`blur: t must lie in [0, 1], got ${t}`);
    expect(() => levels(tf.tensor1d([0]), 2, 'blur')).toThrow('blur: t must be a number or one number per image, [2]');
  });
});

describe('even levels', () => {
  it('go down to exactly 0 in equal steps', () => {
    expect(evenLevels(4)).toEqual([1, 0.75, 0.5, 0.25, 0]);
    for (const [steps, start] of [
      [1, 1],
      [7, 0.6],
      [60, 0.31],
    ]) {
      const all = evenLevels(steps, { start });
      expect(all).toHaveLength(steps + 1);
      expect([all[0], all[steps]]).toEqual([start, 0]);
      for (let i = 1; i < all.length; i++) expect(all[i - 1] - all[i]).toBeCloseTo(start / steps, 12);
    }
  });

  it('refuse steps and starts that are none', () => {
    expect(() => evenLevels(0)).toThrow('evenLevels: steps must be a whole number of at least 1, got 0');
    expect(() => evenLevels(2.5)).toThrow('evenLevels: steps must be a whole number of at least 1, got 2.5');
    expect(() => evenLevels(2, { start: 0 })).toThrow('evenLevels: start must be above 0 and at most 1, got 0');
  });
});

describe('levels to walk through', () => {
  it('must be at least two, in [0, 1], and fall', () => {
    for (const good of [[1, 0], [0.3, 0.2, 0.1], evenLevels(1000)])
      expect(() => checkLevels('sample', good)).not.toThrow();
    const said = 'sample: levels must be at least two numbers in [0, 1], each lower than the one before';
    expect(() => checkLevels('sample', [1])).toThrow(`${said}, got [1]`);
    expect(() => checkLevels('sample', [1, 1])).toThrow(`${said}, got 1 at place 1`);
    expect(() => checkLevels('sample', [0.5, NaN])).toThrow(`${said}, got NaN at place 1`);
    expect(() => checkLevels('sample', [1.5, 0])).toThrow(`${said}, got 1.5 at place 0`);
    expect(() => checkLevels('sample', 8 as never)).toThrow(`${said}, got 8`);
  });
});
