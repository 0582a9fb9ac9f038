import { tf } from '../backend/tf.js';
import type { Given } from '../types.js';
import { checkNetwork } from './denoiser.js';
import type { Network } from './network.js';

/**
 * How many multiplications a network makes of one image: those of its convolutions and matrix products, attention
 * included, which are nearly all. The library's own convolutions and attention, `tf.matMul` and `tf.depthwiseConv2d`
 * are counted.
 *
 * ```ts
 * await countMultiplications(residualUnet());   // 238 million
 * ```
 * @param options.given for one image, what the network must be given
 * @throws {TypeError} when network is none, or what is given is not what it takes
 */
export async function countMultiplications(network: Network, { given }: { given?: Given } = {}): Promise<number> {
  checkNetwork('countMultiplications', network);
  const image = tf.zeros<tf.Rank.R4>([1, ...network.shape]);
  try {
    const { kernels, result } = await tf.profile(() => network(image, 0.5, given));
    tf.dispose(result);
    let sum = 0;
    for (const { name, inputShapes, outputShapes } of kernels)
      sum += counted[name]?.(inputShapes[0] ?? [], inputShapes[1] ?? [], outputShapes[0] as number[]) ?? 0;
    return sum;
  } finally {
    image.dispose();
  }
}

const product = (numbers: readonly number[]) => numbers.reduce((a, b) => a * b, 1);

/** Multiplications by kernel, from the shapes of its first two inputs and of its output. */
const counted: Record<string, (a: number[], b: number[], out: number[]) => number> = {
  NaiveDiffusionConv2D: (_, filter, out) => product(out.slice(0, 3)) * product(filter),
  NaiveDiffusionConv2DTranspose: (x, filter) => product(x.slice(0, 3)) * product(filter),
  DepthwiseConv2dNative: (_, filter, out) => product(out) * product(filter.slice(0, 2)),
  // Each pair of tokens meets twice: as query and key, and as share and value.
  NaiveDiffusionAttendTokens: (_, __, out) => 2 * product(out) * out[1],
  NaiveDiffusionAffine: (_, matrix, out) => product(matrix) * out[0],
  BatchMatMul: (a, _, out) => (product(out) * product(a.slice(-2))) / out.at(-2)!,
};
