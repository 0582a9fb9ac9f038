import { silu } from '../backend/silu.js';
import { tf } from '../backend/tf.js';
import { checkNumber, checkPositive, checkWhole } from '../check.js';
import { dense } from './layers.js';
import { Random } from '../random.js';
import type { Weights } from './network.js';

/**
 * t in [0, 1] becomes a position from 0 to this; diffusion in 1,000 numbered steps counts the same way (Ho et al.
 * 2020).
 */
const POSITIONS = 1000;
/** The ratio between the fastest and the slowest frequency, were there infinitely many (Vaswani et al. 2017). */
const RANGE = 10_000;

/**
 * The level as sines and cosines of many frequencies, so that a network can tell near levels apart as easily as distant
 * ones (Vaswani et al. 2017, arXiv 1706.03762, section 3.5, with the position 1000·t and all sines before all cosines):
 *
 *   e_i = sin(ω_i·t),   e_{i + width/2} = cos(ω_i·t),   ω_i = 1000 / 10000^(2i/width),   i = 0 … width/2 − 1.
 *
 * The fastest wave repeats after 0.0063 in t; the slowest, with ω a little above 0.1, hardly moves.
 * @param t the level of each image, `[batch]`
 * @param width how many numbers to return for each: even, at least 2
 * @returns `[batch, width]`, each in [−1, 1]
 * @throws {RangeError} when `t` is not a list of numbers or `width` is odd
 */
export function sinusoidalEmbedding(t: tf.Tensor1D, width: number): tf.Tensor2D {
  return waves('sinusoidalEmbedding', t, width, (i) => POSITIONS / RANGE ** ((2 * i) / width));
}

/**
 * The level as sines and cosines of random frequencies (Rahimi and Recht 2007; Tancik et al. 2020, arXiv 2006.10739,
 * eq. 3), all sines before all cosines:
 *
 *   e_i = sin(2π·f_i·t),   e_{i + width/2} = cos(2π·f_i·t),   f_i normal with standard deviation `scale`.
 * @param t the level of each image, `[batch]`
 * @param width how many numbers to return for each: even, at least 2
 * @param options.scale how fast the waves are, 16 when left out: half of them repeat within 0.1 in t
 * @param options.seed of the frequencies, 1 when left out
 * @returns `[batch, width]`, each in [−1, 1]
 * @throws {RangeError} when `t` is not a list of numbers, `width` is odd or `scale` not above 0
 */
export function fourierEmbedding(
  t: tf.Tensor1D,
  width: number,
  { scale = 16, seed = 1 }: { scale?: number; seed?: number } = {},
): tf.Tensor2D {
  checkPositive('fourierEmbedding', { scale });
  const random = new Random(seed);
  return waves('fourierEmbedding', t, width, () => 2 * Math.PI * scale * random.normal());
}

/** Sines and cosines of ω·t, for width/2 frequencies ω. */
function waves(caller: string, t: tf.Tensor1D, width: number, frequency: (i: number) => number): tf.Tensor2D {
  if (t.rank !== 1) throw new RangeError(`${caller}: t must have shape [batch], got [${t.shape}]`);
  checkEven(caller, 'width', width);
  return tf.tidy(() => {
    const frequencies = Array.from({ length: width / 2 }, (_, i) => frequency(i));
    const angles = tf.mul(tf.reshape(t, [t.shape[0], 1]), tf.tensor2d([frequencies]));
    return tf.concat2d([tf.sin(angles), tf.cos(angles)] as tf.Tensor2D[], 1);
  });
}

/**
 * The places of a grid as sines and cosines, so that tokens can tell where they are (Vaswani et al. 2017, arXiv
 * 1706.03762, section 3.5; for two dimensions as in Peebles and Xie 2023, arXiv 2212.09748): the first half of the
 * numbers tells the column, the second the row, each half with all sines before all cosines of the frequencies
 * 10000^(−4i/width).
 * @param options.width how many numbers to return for each place: a multiple of 4
 * @returns `[1, rows·columns, width]`, row by row
 * @throws {RangeError} when rows or columns are no whole numbers above 0, or width no multiple of 4
 */
export function positionEmbedding({
  rows,
  columns,
  width,
}: {
  rows: number;
  columns: number;
  width: number;
}): tf.Tensor3D {
  checkWhole('positionEmbedding', 'rows', rows);
  checkWhole('positionEmbedding', 'columns', columns);
  checkFourfold('positionEmbedding', 'width', width);
  const along = (places: tf.Tensor1D) =>
    waves('positionEmbedding', places, width / 2, (i) => RANGE ** ((-4 * i) / width));
  return tf.tidy(() => {
    const across = tf.tile(along(tf.range(0, columns)).reshape<tf.Tensor3D>([1, columns, -1]), [rows, 1, 1]);
    const down = tf.tile(along(tf.range(0, rows)).reshape<tf.Tensor3D>([rows, 1, -1]), [1, columns, 1]);
    return tf.reshape<tf.Rank.R3>(tf.concat3d([across, down], 2), [1, rows * columns, width]);
  });
}

/** How a level becomes waves: {@link sinusoidalEmbedding} or {@link fourierEmbedding}. */
export type Waves = 'sinusoidal' | 'fourier';

/** The waves of the level through one dense layer with SiLU: `[batch]` → `[batch, width]`. */
export function levelEmbedding(
  weights: Weights,
  name: string,
  { width, waves = 'sinusoidal', seed }: { width: number; waves?: Waves; seed?: number },
): (t: tf.Tensor1D) => tf.Tensor2D {
  const layer = dense(weights, name, { inputs: width, outputs: width, gain: 2 });
  const embed = (t: tf.Tensor1D) =>
    waves === 'fourier' ? fourierEmbedding(t, width, { seed }) : sinusoidalEmbedding(t, width);
  return (t) => silu(layer(embed(t)));
}

/** Must be an even whole number above 0: half of it is sines, half cosines. */
export function checkEven(caller: string, name: string, value: number): void {
  const fits = (n: number) => Number.isInteger(n) && n >= 2 && n % 2 === 0;
  checkNumber(caller, name, value, fits, 'be an even whole number above 0');
}

/** Must be a multiple of 4: sines and cosines of two coordinates. */
export function checkFourfold(caller: string, name: string, value: number): void {
  const fits = (n: number) => Number.isInteger(n) && n >= 4 && n % 4 === 0;
  checkNumber(caller, name, value, fits, 'be a multiple of 4');
}
