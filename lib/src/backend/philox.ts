/** Two 32-bit words that choose a stream. */
export type PhiloxKey = readonly [number, number];
/** Four 32-bit words: the place in the stream. */
export type PhiloxCounter = readonly [number, number, number, number];

/**
 * Philox4x32-10: turns a counter into four independent random 32-bit words, by ten rounds of multiplication and
 * exclusive or. The words are a function of key and counter alone, so any part of a stream can be computed without what
 * comes before it. Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 4.3.
 * @param key two words in [0, 2^32)
 * @param counter four words in [0, 2^32)
 * @returns four words in [0, 2^32)
 */
export function philox(key: PhiloxKey, counter: PhiloxCounter): [number, number, number, number] {
  const words = new Uint32Array(4);
  philoxInto(words, 0, key[0], key[1], counter[0], counter[1], counter[2], counter[3]);
  return [words[0], words[1], words[2], words[3]];
}

/** As {@link philox}, for long streams: writes the four words to `out[at]` … `out[at + 3]` and allocates nothing. */
export function philoxInto(
  out: Uint32Array,
  at: number,
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low0 = Math.imul(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0; // the golden ratio
    k1 = (k1 + 0xbb67ae85) | 0; // √3 − 1
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** The upper 32 bits of the 64-bit product of two unsigned words, from products of their halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const cross = aLow * bHigh + (middle % 0x10000);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
}
