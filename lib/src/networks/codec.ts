import { listenForStop } from '../backend/interrupt.js';
import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import { FloatSet } from '../data/float-set.js';
import { Registry } from '../registry.js';
import type { Images, Source, Turn } from '../types.js';
import type { Model } from './network.js';

/**
 * Goes between two spaces: images and something smaller in which diffusion is cheaper (Rombach et al. 2022, arXiv
 * 2112.10752).
 */
export interface Codec extends Model {
  /** Images `[batch, height, width, channels]` in the other space, `[batch, …]`. */
  encode(images: Images): tf.Tensor4D;
  /** Back to images. */
  decode(z: tf.Tensor4D): Images;
}

/** The codecs that checkpoints can name; open to a reader's own. */
export const codecs = new Registry<Codec>('codec');

/**
 * The turns of a sampler in a codec's space, as images. Each is decoded when it is first looked at, and borrowed until
 * the next turn. Whoever wants the end alone decodes once: `codec.decode(await last(turns))`.
 */
export async function* decoded(
  turns: AsyncIterable<Turn>,
  codec: Pick<Codec, 'decode'>,
): AsyncGenerator<Turn, void, void> {
  for await (const { t, z, x0 } of turns) {
    const made = new Map<tf.Tensor, Images>();
    const imagesOf = (latents: tf.Tensor4D): Images => {
      const images = made.get(latents) ?? tf.keep(tf.tidy(() => codec.decode(latents).clone()));
      made.set(latents, images);
      return images;
    };
    const turn = {
      t,
      get z() {
        return imagesOf(z);
      },
    };
    try {
      yield x0 ? Object.defineProperty(turn, 'x0', { enumerable: true, get: () => imagesOf(x0) }) : turn;
    } finally {
      tf.dispose([...made.values()]);
    }
  }
}

/** What a codec makes of a source, encoded anew at each reading. */
export function encoded(source: Source, codec: Pick<Codec, 'encode'>): Source {
  const read = (which: Int32Array): tf.Tensor4D => tf.tidy(() => codec.encode(source.read(which)).clone());
  const [, ...shape] = tf.tidy(() => read(Int32Array.of(0)).shape);
  return {
    name: source.name,
    length: source.length,
    labels: source.labels,
    shape: shape as [number, number, number],
    read,
  };
}

/**
 * What a codec makes of a source, encoded once and kept: what a long training in its space reads from.
 *
 * ```ts
 * const latents = await encodeAll(faces, autoencoder());
 * const noise = gaussian({ range: [-1, 1] });
 * for await (const { loss } of trainDenoiser({ network, data: latents, degradation: noise, steps: 3000 })) …
 * ```
 * @param options.atOnce how many images are encoded together: 100 by default
 * @throws {RangeError} when atOnce is no whole number from 1
 * @throws {Interrupted} after the images during which stop was pressed
 */
export async function encodeAll(
  source: Source,
  codec: Pick<Codec, 'encode'>,
  { atOnce = 100 }: { atOnce?: number } = {},
): Promise<FloatSet> {
  checkWhole('encodeAll', 'atOnce', atOnce);
  const latents = encoded(source, codec);
  const { name, shape, length, labels } = latents;
  const each = shape[0] * shape[1] * shape[2];
  const values = new Float32Array(length * each);
  const stop = listenForStop();
  try {
    for (let start = 0; start < length; start += atOnce) {
      const which = Int32Array.from({ length: Math.min(atOnce, length - start) }, (_, i) => start + i);
      const some = latents.read(which);
      values.set(await some.data<'float32'>(), start * each);
      some.dispose();
      await stop.turn();
    }
  } finally {
    stop.close();
  }
  return new FloatSet({ name, shape, values, ...(labels && { labels }) });
}

/** Where the numbers of each latent channel lie: the mean and the standard deviation of each. */
export interface Spread {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * The mean and the standard deviation of each channel, over all places of all latents. Diffusion in latents asks for
 * numbers as large as those of images: Rombach et al. 2022 (arXiv 2112.10752, appendix G) divide by the deviation.
 * @param latents as {@link encodeAll} makes them
 */
export function latentSpread(latents: Pick<FloatSet, 'values' | 'shape'>): Spread {
  const { values, shape } = latents;
  const channels = shape[2];
  const count = values.length / channels;
  const mean = new Array<number>(channels).fill(0);
  for (const [i, value] of values.entries()) mean[i % channels] += value / count;
  const variance = mean.map(() => 0);
  for (const [i, value] of values.entries()) variance[i % channels] += (value - mean[i % channels]) ** 2 / count;
  return { mean, deviation: variance.map(Math.sqrt) };
}
