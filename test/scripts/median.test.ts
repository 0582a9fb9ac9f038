import { describe, expect, it } from 'vitest';
import { median } from '../../scripts/median.js';

describe('a median', () => {
  it.each([
    [[7], 7],
    [[3, 1, 2], 2],
    [[10, 9, 1, 2], 5.5],
    [[-1, 100, 3, 20], 11.5],
  ])('of %j is %d, and leaves their order', (numbers, middle) => {
    const copy = [...numbers];
    expect(median(numbers)).toBe(middle);
    expect(numbers).toEqual(copy);
  });

  it('is refused of nothing', () => {
    expect(() => median([])).toThrow('median: there are no numbers');
  });
});
