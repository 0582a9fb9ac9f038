import { beforeAll, describe, expect, it } from 'vitest';
import { ImageSet, psnr, ready, rmse, ssim, tf } from 'naive-diffusion';
import fixture from './fixtures/restoration.json';
import { leaks } from './synthetic.js';

beforeAll(() => ready());

type Shape = [number, number, number, number];
const images = (values: number[], shape: number[]) => tf.tensor4d(values, shape as Shape);

describe('ssim, rmse and psnr', () => {
  it.each(fixture)('agree with scikit-image to 1e-9: $name', ({ shape, original, restored, ...expected }) => {
    const [a, b] = [images(restored, shape), images(original, shape)];
    expect(ssim(a, b).mean).toBeCloseTo(expected.ssim, 9);
    expect(rmse(a, b).mean).toBeCloseTo(expected.rmse, 9);
    expect(psnr(a, b).mean).toBeCloseTo(expected.psnr, 9);
    tf.dispose([a, b]);
  });

  it('know equal images, black and white, and give a score for each', () => {
    const both = tf.concat([tf.zeros([1, 12, 12, 1]), tf.ones([1, 12, 12, 1])]) as tf.Tensor4D;
    const black = tf.zeros([2, 12, 12, 1]) as tf.Tensor4D;
    expect([...rmse(both, black).each]).toEqual([0, 1]);
    expect([...psnr(both, black).each]).toEqual([Infinity, -0]);
    const { each, mean } = ssim(both, black);
    expect(each[0]).toBe(1);
    expect(each[1]).toBeCloseTo(1e-4 / (1 + 1e-4), 9); // only C₁ / (1 + C₁) is left
    expect(mean).toBeCloseTo((each[0] + each[1]) / 2, 12);
    tf.dispose([both, black]);
  });

  it('take images kept as bytes', () => {
    const set = new ImageSet({
      name: 'ramp',
      height: 11,
      width: 11,
      channels: 1,
      pixels: Uint8Array.from({ length: 121 }, (_, i) => i),
    });
    const same = set.images();
    expect(rmse(same, set).mean).toBe(0);
    expect(ssim(set, set).mean).toBeCloseTo(1, 12);
    same.dispose();
  });

  it('say what is wrong and leave no tensor behind', async () => {
    const small = tf.zeros([1, 10, 12, 1]) as tf.Tensor4D;
    const large = tf.zeros([1, 12, 12, 1]) as tf.Tensor4D;
    expect(() => ssim(small, small)).toThrow(
      'ssim: restored must hold at least one image of at least 11x11 pixels, got 1 of 10x12x1',
    );
    expect(() => rmse(small, large)).toThrow(
      'rmse: restored and original must have one shape, got [1, 10, 12, 1] and [1, 12, 12, 1]',
    );
    expect(() => psnr(tf.zeros([2, 2]) as never, large)).toThrow(
      'psnr: restored must have the shape [batch, height, width, channels], got [2, 2]',
    );
    expect(await leaks(() => [ssim(large, large), rmse(large, large), psnr(large, large)])).toBe(0);
    tf.dispose([small, large]);
  });
});
