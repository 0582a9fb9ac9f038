import { describe, expect, it } from 'vitest';
import { checkDials } from 'naive-diffusion';

describe('checkDials', () => {
  it('is content with whole numbers in the range, its ends too, and with lists of such', () => {
    checkDials({ S: 2, STEPS: 64, COUNTS: [2, 3, 64] }, 2, 64);
    checkDials({ RATE: 0.001, SHARES: [0, 1, 0.5] }, 0, 1, { fractions: true });
    checkDials({ CHOSEN: 'blur' }, ['blur', 'snow']);
  });

  it.each([1, 65, 2.5, NaN, Infinity, '3', undefined])('names the dial, its range and %s', (S) => {
    const dials = { FINE: 8, S } as Record<string, number>;
    expect(() => checkDials(dials, 2, 64)).toThrow(
      new RangeError(`The dial S must be a whole number from 2 to 64, got ${S}`),
    );
  });

  it('names the number of a list that lies outside, and an empty list', () => {
    expect(() => checkDials({ COUNTS: [4, 1024] }, 1, 64)).toThrow(
      'COUNTS[1] must be a whole number from 1 to 64, got',
    );
    expect(() => checkDials({ COUNTS: [] }, 1, 64)).toThrow('COUNTS must be a list in which each is a whole number');
  });

  it('refuses fractions outside their range, and what is not among the choices', () => {
    expect(() => checkDials({ LEVEL: 1.01 }, 0, 1, { fractions: true })).toThrow('LEVEL must be a number from 0 to 1');
    expect(() => checkDials({ CHOSEN: 'rain' }, ['blur', 'snow'])).toThrow(
      'The dial CHOSEN must be one of blur, snow, got rain',
    );
  });
});
