import { tf } from '../backend/tf.js';
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

/** The turns of a sampler in a codec's space, as images. They are borrowed until the next turn. */
export async function* decoded(
  turns: AsyncIterable<Turn>,
  codec: Pick<Codec, 'decode'>,
): AsyncGenerator<Turn, void, void> {
  for await (const { t, z, x0 } of turns) {
    const images = tf.tidy(() => codec.decode(z).clone());
    const prediction = x0 && tf.tidy(() => codec.decode(x0).clone());
    try {
      yield { t, z: images, ...(prediction && { x0: prediction }) };
    } finally {
      tf.dispose([images, prediction]);
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
