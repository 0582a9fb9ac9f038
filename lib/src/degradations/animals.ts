import { splitKey, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { AnimalSet } from '../data/animals.js';
import type { Degradation, Images } from '../types.js';
import { choose } from './chance.js';
import { pureDegradation } from './degradation.js';

/**
 * Animorphosis: every image turns into an animal's head, z_t = (1 − t)·x0 + t·animal, which the draw picks together
 * with the colour behind the head. After cold diffusion (Bansal et al. 2022, arXiv 2208.09392, section 5.3), where the
 * weights are square roots; here they add up to one, so that images stay in [0, 1].
 * @param options.animals the heads: `await loadAnimals()`
 * @param options.background the colour behind the heads, red, green, blue in [0, 1]; `random` draws one for each image
 * @throws {RangeError} when the set is empty or the background is no colour; later, for images of another size than the
 * heads
 */
export function animorphosis({
  animals,
  background = 'random',
}: {
  animals: AnimalSet;
  background?: 'random' | [number, number, number];
}): Degradation<{ animal: Images }> {
  if (animals.length === 0) throw new RangeError('animorphosis: animals must hold at least one head, got none');
  if (
    background !== 'random' &&
    !(background.length === 3 && background.every((v) => typeof v === 'number' && v >= 0 && v <= 1))
  ) {
    throw new RangeError(
      `animorphosis: background must be 'random' or three values in [0, 1], got ${JSON.stringify(background)}`,
    );
  }
  return pureDegradation<{ animal: Images }>(
    'animorphosis',
    {
      check: ([, height, width, channels]) => {
        if (height !== animals.height || width !== animals.width || (channels !== 1 && channels !== 3)) {
          throw new RangeError(
            `animorphosis: images must be ${animals.height}×${animals.width} with 1 or 3 channels, got ${height}×${width} with ${channels}`,
          );
        }
      },
      draw: (key, [batch, , , channels]) => {
        const [which, behind] = splitKey(key, 2);
        const heads = tf.gather(animals.images(), choose(which, batch, animals.length));
        const [colour, alpha] = tf.split(heads, [3, 1], 3);
        const backdrop =
          background === 'random' ? uniform(behind, [batch, 1, 1, 3]) : tf.tensor(background, [1, 1, 1, 3]);
        const animal = tf.add(tf.mul(colour, alpha), tf.mul(backdrop, tf.sub(1, alpha))) as Images;
        return { animal: channels === 1 ? tf.mean(animal, 3, true) : animal };
      },
      at: ({ animal }, x0, t) => tf.add(tf.mul(x0, tf.sub(1, t)), tf.mul(animal, t)),
    },
    { animals: animals.name, background },
  );
}
