import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDigits, ready } from 'naive-diffusion';
import { mnistPath } from '../../lib/src/data/location.ts';

beforeAll(() => ready());

describe('loadDigits', () => {
  // Published counts of each digit, 0 to 9.
  const counts = {
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
  };

  it.each(['train', 'test'] as const)('has all of MNIST (%s), centred in 32x32', async (split) => {
    const digits = await loadDigits({ split });
    expect([digits.length, digits.height, digits.width, digits.channels]).toEqual([
      split === 'train' ? 60_000 : 10_000,
      32,
      32,
      1,
    ]);
    const found = new Array(10).fill(0);
    for (const label of digits.labels!) found[label]++;
    expect(found).toEqual(counts[split]);
    // The raw file without its header, against the middle of each image; nothing but black around it.
    const raw = readFileSync(mnistPath(`${split === 'train' ? 'train' : 't10k'}-images-idx3-ubyte`)).subarray(16);
    const middle = Buffer.alloc(raw.length);
    for (let row = 0; row < digits.length * 28; row++) {
      const from = Math.floor(row / 28) * 1024 + (2 + (row % 28)) * 32 + 2;
      middle.set(digits.pixels.subarray(from, from + 28), row * 28);
    }
    expect(middle.equals(raw)).toBe(true);
    const sum = (values: Uint8Array) => values.reduce((a, b) => a + b, 0);
    expect(sum(digits.pixels)).toBe(sum(raw));
  });

  it('begins with the five that MNIST begins with', async () => {
    expect((await loadDigits({ limit: 1 })).labels![0]).toBe(5);
  });

  it('repeats grey in three channels', async () => {
    const [one, three] = [await loadDigits({ limit: 20 }), await loadDigits({ limit: 20, channels: 3 })];
    expect(three.channels).toBe(3);
    expect(Array.from(three.pixels)).toEqual(Array.from(one.pixels).flatMap((v) => [v, v, v]));
  });

  it('reads the files whose hashes are known', () => {
    const sha256 = (name: string) =>
      createHash('sha256')
        .update(readFileSync(mnistPath(name)))
        .digest('hex');
    expect(sha256('train-images-idx3-ubyte')).toBe('ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db');
    expect(sha256('t10k-images-idx3-ubyte')).toBe('0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7');
  });

  it.each([
    [{ split: 'validation' as 'test' }, `loadDigits: split must be 'train' or 'test', got "validation"`],
    [{ channels: 4 as 3 }, 'loadDigits: channels must be 1 or 3, got 4'],
    [{ limit: 0 }, 'loadDigits: limit must be a whole number of at least 1, got 0'],
  ])('refuses %j', (options, message) => expect(loadDigits(options)).rejects.toThrow(message));
});
