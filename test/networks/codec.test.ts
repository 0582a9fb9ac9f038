import { beforeAll, describe, expect, it } from 'vitest';
import {
  collect,
  decoded,
  denoiser,
  disposeTurns,
  downsample2x,
  encoded,
  evenLevels,
  FloatSet,
  gaussian,
  ImageSet,
  Random,
  ready,
  renoise,
  sample,
  tf,
  trainDenoiser,
  unet,
  upsample2x,
  type Images,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

/** Half the size, and [−1, 1]. */
const half = {
  encode: (images: Images) => tf.sub<tf.Tensor4D>(tf.mul(downsample2x(images), 2), 1),
  decode: (z: tf.Tensor4D) => upsample2x(tf.div(tf.add(z, 1), 2)),
};
const pictures = () => {
  const random = new Random(1);
  const pixels = Uint8Array.from({ length: 12 * 8 * 16 }, () => random.int(256));
  return new ImageSet({ name: 'noise', height: 8, width: 16, channels: 1, pixels, labels: new Int32Array(12) });
};

describe('a codec', () => {
  it('turns a source into one of its space, with the same names and labels', async () => {
    const images = pictures();
    await expectNoLeak(() => {
      const latents = encoded(images, half);
      expect([latents.length, latents.name, latents.labels, latents.shape]).toEqual([
        12,
        'noise',
        images.labels,
        [4, 8, 1],
      ]);
      const [some, own] = [latents.read(Int32Array.of(3, 5)), images.images([3, 5])];
      tf.tidy(() => {
        expect(difference(some, half.encode(own))).toBe(0);
      });
      tf.dispose([some, own]);
    });
  });

  it('is trained and sampled in its space, and shown in that of the images', async () => {
    const degradation = gaussian({ range: [-1, 1] });
    const network = unet({ size: [4, 8], channels: 1, widths: [4], dense: 0, output: 'linear' });
    for await (const { loss } of trainDenoiser({ network, data: encoded(pictures(), half), degradation, steps: 3 }))
      expect(Number.isFinite(loss)).toBe(true);
    const turns = () =>
      sample({ denoise: denoiser(network), degradation, rule: renoise(), levels: evenLevels(3), count: 2 });
    await expectNoLeak(async () => {
      const [latents, images] = [await collect(turns()), await collect(decoded(turns(), half))];
      expect(images.map(({ t }) => t)).toEqual(latents.map(({ t }) => t));
      images.forEach(({ z, x0 }, i) => {
        tf.tidy(() => {
          expect(difference(z, half.decode(latents[i].z))).toBe(0);
        });
        expect(x0 === undefined).toBe(i === 0);
      });
      disposeTurns([...latents, ...images]);
    });
    await expectNoLeak(async () => {
      for await (const { t } of decoded(turns(), half)) if (t < 1) break;
    });
    let count = 0;
    const counting = {
      decode: (z: tf.Tensor4D) => {
        count++;
        return half.decode(z);
      },
    };
    await expectNoLeak(async () => {
      let decodedTwice = 0;
      for await (const turn of decoded(turns(), counting))
        if (turn.t === 0) decodedTwice = difference(turn.z, turn.z) + difference(turn.x0!, turn.x0!);
      expect(decodedTwice).toBe(0);
    });
    expect(count, 'only what was looked at is decoded, and once').toBe(2);
    network.dispose();
  });
});

describe('FloatSet', () => {
  it('holds numbers of any size, for trainers and batches', async () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => i - 12);
    const set = new FloatSet({ name: 'ramps', shape: [1, 4, 2], values, labels: Int32Array.of(0, 1, 2) });
    expect([set.length, set.shape]).toEqual([3, [1, 4, 2]]);
    await expectNoLeak(() => {
      const some = set.read(Int32Array.of(2, 0));
      expect(some.shape).toEqual([2, 1, 4, 2]);
      expect([...some.dataSync()]).toEqual([...values.subarray(16), ...values.subarray(0, 8)]);
      some.dispose();
    });
    expect(() => set.read(Int32Array.of(3))).toThrow('read: indices must be whole numbers from 0 to 2, got 3');
  });

  it('refuses values and labels that do not fit, or are not finite', () => {
    const make = (o: object) => () => new FloatSet({ name: 'x', shape: [1, 2, 1], values: new Float32Array(4), ...o });
    expect(make({ values: new Float32Array(3) })).toThrow(
      'FloatSet: values must hold a whole number of [1,2,1], got 3 values',
    );
    expect(make({ values: Float32Array.of(0, 1, NaN, 0) })).toThrow(
      'FloatSet: values must be finite, got NaN at place 2',
    );
    expect(make({ labels: new Int32Array(3) })).toThrow('FloatSet: labels must be one for each of 2, got 3');
    expect(make({ shape: [0, 2, 1] })).toThrow('FloatSet: shape must be [height, width, channels], got [0,2,1]');
  });
});
