import { type ImageSet, loadDigits } from 'naive-diffusion';
import { freshFaces } from './fresh-faces.ts';

/**
 * Unseen images that are not in the reference: every second one of the test digits, or freshly drawn faces without
 * held-out combinations. The faces have all colours, those of the data 256.
 */
export async function otherImages(dataset: 'digits' | 'faces', count: number): Promise<ImageSet> {
  if (dataset === 'digits') {
    const test = await loadDigits({ split: 'test' });
    if (count > test.length / 2)
      throw new RangeError(`evaluate: samples must be at most ${test.length / 2} for real digits, got ${count}`);
    return test.subset(Int32Array.from({ length: count }, (_, i) => 2 * i + 1));
  }
  // One in ten is held out; 5 standard deviations more are drawn.
  const drawn = freshFaces({ count: Math.ceil(count / 0.896 + 5 * Math.sqrt(0.1 * count)), seed: 104 });
  const held = new Set(drawn.heldOut.flatMap((combination) => drawn.where(combination)));
  return drawn.subset(
    Array.from({ length: drawn.length }, (_, i) => i)
      .filter((i) => !held.has(i))
      .slice(0, count),
  );
}
