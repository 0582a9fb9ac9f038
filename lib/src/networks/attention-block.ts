import { tf } from '../backend/tf.js';
import type { Given, Images, Level } from '../types.js';
import { attention } from './attention.js';
import { normalization } from './layers.js';
import type { Weights } from './network.js';

/** Attention of the pixels of a feature map to each other: `[batch, height, width, channels]` → the same. */
export interface AttentionBlock {
  (x: tf.Tensor4D): tf.Tensor4D;
  /** What each pixel looks at, pixels being counted row by row: `[batch, heads, from, to]`, each row of sum 1. */
  maps(x: tf.Tensor4D): tf.Tensor4D;
}

/** A network with attention, at which one can look. */
export interface Attentive {
  /**
   * What the tokens of each layer of attention look at for these images, by the name of the block: `[batch, heads,
   * from, to]`, each row of sum 1. The caller disposes of them.
   */
  attentionMaps(z: Images, t: Level, given?: Given): Record<string, tf.Tensor4D>;
}

/**
 * Attention in a convolutional network (Ho et al. 2020, arXiv 2006.11239, appendix B): with every pixel a token,
 *
 *   y = x + attention(norm(x)),
 *
 * where norm is group normalisation and the outputs of the attention start at zero, so that the block starts as the
 * identity.
 * @param options.width the channels of x and y
 * @param options.groups of the normalisation, which must divide width
 * @param options.heads of the attention, which must divide width: 1 when left out
 * @throws {RangeError} when heads or groups do not divide the width; the groups are looked at on the first call
 */
export function attentionBlock(
  weights: Weights,
  name: string,
  { width, groups, heads = 1 }: { width: number; groups: number; heads?: number },
): AttentionBlock {
  const norm = normalization(weights, `${name}.norm`, { channels: width, groups, activation: 'linear' });
  const look = attention(weights, name, { width, heads, gain: 0 });
  const tokens = (x: tf.Tensor4D) => tf.reshape<tf.Rank.R3>(norm(x), [x.shape[0], -1, width]);
  return Object.assign((x: tf.Tensor4D) => tf.tidy(() => tf.add<tf.Tensor4D>(x, look(tokens(x)).reshape(x.shape))), {
    maps: (x: tf.Tensor4D) => tf.tidy(() => look.maps(tokens(x))),
  });
}

/** Keeps what attention looks at while a network runs, for {@link Attentive}. */
export class Onlooker {
  #maps: Record<string, tf.Tensor4D> | undefined;

  /** Called by a network before each layer of attention; `maps` is only called when someone looks. */
  see(name: string, maps: () => tf.Tensor4D): void {
    if (this.#maps) this.#maps[name] = tf.keep(maps());
  }

  /** Runs a network, and returns what was seen. */
  watch(run: () => tf.Tensor): Record<string, tf.Tensor4D> {
    const maps: Record<string, tf.Tensor4D> = {};
    this.#maps = maps;
    try {
      run().dispose();
      return maps;
    } catch (error) {
      tf.dispose(maps);
      throw error;
    } finally {
      this.#maps = undefined;
    }
  }
}
