import { describe, expect, it } from 'vitest';
import {
  asNetwork,
  conv2d,
  conv2dTranspose,
  countMultiplications,
  type Images,
  ready,
  residualUnet,
  tf,
  Weights,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

await ready();

/** A network of one layer. */
function layer(
  shape: number[],
  apply: (z: Images, weight: tf.Tensor) => tf.Tensor,
): ReturnType<typeof asNetwork<{ kind: string }>> {
  const weights = new Weights(1);
  const weight = weights.normal('w', shape, { fanIn: 1 });
  return asNetwork((z) => apply(z, weight) as tf.Tensor4D, {
    config: { kind: 'layer' },
    weights,
    shape: [6, 8, 3],
  });
}

describe('countMultiplications', () => {
  it.each<[string, number, ReturnType<typeof layer>]>([
    ['a convolution', 6 * 8 * 3 * 5 * 9, layer([3, 3, 3, 5], (z, w) => conv2d(z, w as tf.Tensor4D))],
    ['one of stride 2', 3 * 4 * 3 * 5 * 4, layer([2, 2, 3, 5], (z, w) => conv2d(z, w as tf.Tensor4D, undefined, { stride: 2 }))], // prettier-ignore
    ['a transposed one', 6 * 8 * 5 * 3 * 4, layer([2, 2, 5, 3], (z, w) => conv2dTranspose(z, w as tf.Tensor4D, undefined, { stride: 2 }))], // prettier-ignore
    ['each channel alone', 6 * 8 * 3 * 49, layer([7, 7, 3, 1], (z, w) => tf.depthwiseConv2d(z, w as tf.Tensor4D, 1, 'same'))], // prettier-ignore
    ['a matrix product', 48 * 3 * 7, layer([3, 7], (z, w) => tf.matMul(z.reshape([48, 3]), w).reshape([1, 6, 8, 7]))],
  ])('counts those of %s', async (_, wanted, network) => {
    await expectNoLeak(async () => {
      expect(await countMultiplications(network)).toBe(wanted);
    });
  });

  it('counts those of attention, and refuses what is no network', async () => {
    const options = { size: 8, widths: [8], groups: 4, blocks: 1, embedding: 4 };
    const [plain, looking] = [residualUnet(options), residualUnet({ ...options, attention: [8], heads: 2 })];
    const more = (await countMultiplications(looking)) - (await countMultiplications(plain));
    expect(more).toBe(64 * 8 * 8 * 4 + 2 * 64 * 64 * 8); // four linear functions, and two products of all pairs
    await expect(countMultiplications(tf.relu as never)).rejects.toThrow('countMultiplications: network must be one');
  });
});
