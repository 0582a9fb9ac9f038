import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import { Random } from '../random.js';
import type { Degradation } from '../types.js';
import { choose } from './chance.js';
import { pureDegradation } from './degradation.js';

/** Fading to black: z_t = (1 − t)·x0. Nothing is random, and nothing is left: every image ends in the same one. */
export function fadeToBlack(): Degradation<Record<string, never>> {
  return pureDegradation('fadeToBlack', { at: (_, x0, t) => tf.mul(x0, tf.sub(1, t)) });
}

/**
 * Fading to a colour: z_t = (1 − t)·x0 + t·colour, where the draw picks one colour of a palette for each image.
 * So there are as many different z_T as there are colours.
 * @param options.colours the palette, one list of channel values in [0, 1] for each colour; or how many colours to
 * draw, each channel evenly from [0, 1]
 * @param options.seed seed of the palette that is drawn
 * @throws {RangeError} when the palette is none, or, later, when images have another number of channels than it
 */
export function fadeToColours({
  colours: wanted,
  seed = 1,
}: {
  colours: number | number[][];
  seed?: number;
}): Degradation<{ colour: tf.Tensor4D }> {
  checkColours(wanted);
  checkWhole('fadeToColours', 'seed', seed, 0);
  const colours = typeof wanted === 'number' ? wanted : wanted.map((colour) => [...colour]);
  return pureDegradation<{ colour: tf.Tensor4D }>(
    'fadeToColours',
    {
      check: ([, , , channels]) => {
        const size = typeof colours === 'number' ? channels : colours[0].length;
        if (size !== channels)
          throw new RangeError(
            `fadeToColours: images must have ${size} channels, as the colours have, got ${channels}`,
          );
      },
      draw: (key, [batch, , , channels]) => {
        const palette = typeof colours === 'number' ? randomPalette(colours, channels, seed) : colours;
        return {
          colour: tf.gather(tf.tensor2d(palette), choose(key, batch, palette.length)).reshape([batch, 1, 1, channels]),
        };
      },
      at: ({ colour }, x0, t) => tf.add(tf.mul(x0, tf.sub(1, t)), tf.mul(colour, t)),
    },
    { colours, seed },
  );
}

function randomPalette(n: number, channels: number, seed: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: n }, () => Array.from({ length: channels }, () => random.uniform()));
}

function checkColours(colours: number | number[][]): void {
  if (typeof colours === 'number') {
    if (!Number.isInteger(colours) || colours < 1)
      throw new RangeError(`fadeToColours: colours must be a whole number of at least 1, or a palette, got ${colours}`);
    return;
  }
  const isChannel = (v: unknown): boolean => typeof v === 'number' && v >= 0 && v <= 1;
  const fits =
    Array.isArray(colours) &&
    colours.length > 0 &&
    colours.every((c) => c.length > 0 && c.length === colours[0].length && c.every(isChannel));
  if (!fits)
    throw new RangeError(
      `fadeToColours: colours must be lists of one length with values in [0, 1], got ${JSON.stringify(colours)}`,
    );
}
