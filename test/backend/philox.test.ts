import { describe, expect, it } from 'vitest';
import { philox, philoxInto, type PhiloxCounter, type PhiloxKey } from '../../lib/src/backend/philox.js';

describe('philox', () => {
  // The known answers that are published with the paper's own implementation, Random123 (kat_vectors, philox4x32 10).
  it.each<[string, PhiloxKey, PhiloxCounter, number[]]>([
    ['zeros', [0, 0], [0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      'ones',
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      'digits of pi',
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published words for %s', (_, key, counter, words) => {
    expect(philox(key, counter)).toEqual(words);
  });

  it('writes the same words into an array', () => {
    const out = new Uint32Array(6);
    philoxInto(out, 1, 1, 2, 3, 4, 5, 6);
    expect([...out]).toEqual([0, ...philox([1, 2], [3, 4, 5, 6]), 0]);
  });
});
