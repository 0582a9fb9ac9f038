import { beforeAll, describe, expect, it } from 'vitest';
import {
  animorphosis,
  binomial,
  blur,
  degradation,
  desaturate,
  fadeToColours,
  gaussian,
  ImageSet,
  key,
  loadAnimals,
  mask,
  pixelate,
  ranks,
  ready,
  snow,
  tf,
  uniform,
  type Images,
} from 'naive-diffusion';
import { largest } from '../../lib/src/degradations/chance.js';
import { plain, scoped, withoutFused } from '../backend/backends.js';
import { difference } from '../support.js';

beforeAll(() => ready());

type Four = [number, number, number, number];
const grey = (shape: Four): Images => tf.fill(shape, 0.5);
const noise = (shape: number[], index = 0): Images => uniform<tf.Rank.R4>(key(21, index), shape);

describe('ranks', () => {
  it('uses each place once, even among equal numbers', () => {
    const places = ranks(
      tf.tensor2d([
        [0.2, 0.9, 0.5],
        [0.5, 0.5, 0.5],
      ]),
    ).arraySync();
    expect(places[0]).toEqual([2, 0, 1]);
    expect([...places[1]].sort()).toEqual([0, 1, 2]);
  });

  it('and the largest are the same in C++ and in TensorFlow.js, in front of equal ones', () => {
    for (const [rows, n] of [
      [1, 1],
      [3, 7],
      [9, 300],
      [64, 1024],
    ]) {
      scoped(() => {
        const steps = tf.floor(tf.mul(tf.sub(uniform<tf.Rank.R2>(key(3, n), [rows, n]), 0.5), n)) as tf.Tensor2D;
        const values = tf.concat(
          [steps, tf.tensor2d([0, -0, Infinity, -Infinity], [1, 4]).tile([rows, 1])],
          1,
        ) as tf.Tensor2D;
        const counts = [0, 1, n >> 1, n + 4];
        const both = () => [ranks(values), ...counts.map((count) => largest(values, count))].map(plain);
        expect(both()).toEqual(withoutFused(both));
      });
    }
  });
});

describe('binomial', () => {
  const shape: Four = [6, 12, 9, 3];
  const d = binomial();
  const noised = (z: Images) => tf.notEqual(z, 0.5).arraySync() as unknown as number[][][][];

  it('noises exactly t·h·w pixels, rounded, black or white in all channels', () => {
    const draw = d.draw(key(1), shape);
    for (const count of [0, 1, 50, 107, 108]) {
      const z = d.at(draw, grey(shape), count / 108).arraySync();
      for (const image of z) {
        const changed = image.flat().filter((pixel) => pixel[0] !== 0.5);
        expect(changed).toHaveLength(count);
        for (const pixel of changed)
          expect([
            [0, 0, 0],
            [1, 1, 1],
          ]).toContainEqual(pixel);
      }
    }
    expect(
      noised(d.at(draw, grey(shape), 10.4 / 108))[0]
        .flat()
        .filter(([c]) => c),
    ).toHaveLength(10);
    expect(
      noised(d.at(draw, grey(shape), 10.6 / 108))[0]
        .flat()
        .filter(([c]) => c),
    ).toHaveLength(11);
  });

  it('noises at a later level what it has noised before, in the same colour', () => {
    const draw = d.draw(key(2), shape);
    const [early, late] = [0.3, 0.7].map((t) => [...d.at(draw, grey(shape), t).dataSync()]);
    early.forEach((value, i) => {
      if (value !== 0.5) expect(late[i]).toBe(value);
    });
  });

  it('takes the pixels of each image in an order of its own, each place equally often', () => {
    const { rank } = d.draw(key(3), [2000, 4, 4, 1]);
    const [a, b] = rank.reshape([2000, 16]).arraySync() as number[][];
    expect(a).not.toEqual(b);
    const mean = tf.mean(rank, 0).dataSync();
    // Uniform on 0 … 15: standard deviation 4.6; five standard errors.
    for (const m of mean) expect(Math.abs(m - 7.5)).toBeLessThan((5 * 4.61) / Math.sqrt(2000));
  });
});

describe('fadeToColours', () => {
  it('ends in the colours of the palette, each about equally often', () => {
    const palette = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 0],
    ];
    const d = fadeToColours({ colours: palette });
    const z = d
      .end(d.draw(key(1), [800, 1, 1, 3]), [800, 1, 1, 3])
      .reshape([800, 3])
      .arraySync() as number[][];
    // 800 draws at 1/4: standard deviation 12.2; five of them.
    for (const colour of palette)
      expect(Math.abs(z.filter((c) => c.join() === colour.join()).length - 200)).toBeLessThan(62);
  });

  it('draws a palette from a seed', () => {
    const colours = (seed: number) => {
      const d = fadeToColours({ colours: 3, seed });
      return new Set((d.draw(key(1), [100, 1, 1, 3]).colour.reshape([100, 3]).arraySync() as number[][]).map(String));
    };
    expect(colours(1).size).toBe(3);
    expect(colours(1)).toEqual(colours(1));
    expect(colours(2)).not.toEqual(colours(1));
  });

  it('refuses what is no palette, and images of other channels', () => {
    expect(() => fadeToColours({ colours: 0 })).toThrow(
      'fadeToColours: colours must be a whole number of at least 1, or a palette, got 0',
    );
    expect(() => fadeToColours({ colours: [[0, 2, 0]] })).toThrow(
      'fadeToColours: colours must be lists of one length with values in [0, 1], got [[0,2,0]]',
    );
    expect(() => fadeToColours({ colours: [[0, 1, 0]] }).draw(key(1), [1, 8, 8, 1])).toThrow(
      'images must have 3 channels, as the colours have, got 1',
    );
  });
});

describe('blur', () => {
  it('is a Gaussian blur of the stated width', () => {
    const point = tf.oneHot(tf.tensor1d([15], 'int32'), 31).reshape([1, 31, 1, 1]);
    const x0 = tf.mul(point, tf.transpose(point, [0, 2, 1, 3])) as Images;
    const z = blur({ sigma: 2 }).at({}, x0, 0.5);
    const gauss = (d: number) => Math.exp((-d * d) / 8) / Math.sqrt(8 * Math.PI);
    const expected = tf.tensor(
      Float32Array.from({ length: 31 * 31 }, (_, i) => gauss(Math.floor(i / 31) - 15) * gauss((i % 31) - 15)),
      [1, 31, 31, 1],
    );
    // The cut of the cosine series at the pixels' own frequency: exp(−π²σ²/2) = 3e-9, beside rounding.
    expect(difference(z, expected)).toBeLessThan(1e-6);
  });

  it('keeps the mean colour, and nothing else at t = 1', () => {
    const [d, x0] = [blur(), noise([2, 16, 12, 3])];
    for (const t of [0.2, 0.7, 1])
      expect(difference(tf.mean(d.at({}, x0, t), [1, 2]), d.residue!(x0))).toBeLessThan(2e-6);
    expect(difference(d.residue!(x0), tf.mean(x0, [1, 2]))).toBe(0);
  });

  it('refuses a width that is none', () => {
    expect(() => blur({ sigma: 0 })).toThrow('blur: sigma must be above 0, got 0');
  });
});

describe('pixelate', () => {
  it('shows the means of ever larger squares', () => {
    const [d, x0] = [pixelate({ stages: 3 }), noise([2, 16, 24, 3])];
    for (const k of [1, 2, 3]) {
      const means = tf.avgPool(x0, 2 ** k, 2 ** k, 'valid');
      expect(difference(d.at({}, x0, k / 3), tf.image.resizeNearestNeighbor(means, [16, 24]))).toBeLessThan(1e-6);
    }
    expect(d.residue!(x0).shape).toEqual([2, 2, 3, 3]);
  });

  it('refuses images that cannot be halved so often', () => {
    expect(() => pixelate({ stages: 3 }).at({}, noise([1, 12, 16, 1]), 0.5)).toThrow(
      'pixelate: images must have sides that 8 divides, got 12×16',
    );
  });
});

describe('desaturate', () => {
  it('ends in the mean of the channels, and refuses images that are grey already', () => {
    const x0 = noise([2, 8, 8, 3]);
    const z = tf.unstack(desaturate().at({}, x0, 1), 3);
    for (const channel of z) expect(difference(channel, tf.mean(x0, 3))).toBeLessThan(1e-6);
    expect(() => desaturate().at({}, noise([1, 8, 8, 1]), 0.5)).toThrow(
      'desaturate: images must have several channels, got 1',
    );
  });
});

describe('mask', () => {
  it('covers a share of about t, ever more of it, from the nearest pixel on', () => {
    const [d, x0] = [mask({ softness: 0.05 }), tf.ones([8, 32, 32, 1]) as Images];
    const draw = d.draw(key(4), x0.shape);
    let before = x0;
    for (const t of [0.25, 0.5, 0.75, 1]) {
      const z = d.at(draw, x0, t);
      // Within the width of the edge.
      for (const kept of tf.mean(z, [1, 2, 3]).dataSync()) expect(Math.abs(kept - (1 - t))).toBeLessThan(0.05);
      expect(tf.all(tf.lessEqual(z, before)).dataSync()[0]).toBe(1);
      before = z;
    }
  });
});

describe('snow', () => {
  const shape: Four = [8, 32, 32, 3];
  const d = snow();

  it('is a white-out in the end', () => {
    expect(difference(d.end(d.draw(key(1), shape), shape), tf.ones(shape))).toBe(0);
    expect(difference(d.at(d.draw(key(1), shape), tf.zeros(shape), 1), tf.ones(shape))).toBe(0);
  });

  it('melts no flake: no pixel grows darker', () => {
    const draw = d.draw(key(2), shape);
    let before = noise(shape);
    const x0 = before;
    for (let t = 1 / 16; t <= 1; t += 1 / 16) {
      const z = d.at(draw, x0, t);
      expect(tf.min(tf.sub(z, before)).dataSync()[0]).toBeGreaterThan(-1e-6);
      before = z;
    }
  });

  it('falls as flakes: about half-way some pixels are white and most are not', () => {
    const z = d.at(d.draw(key(3), shape), tf.zeros(shape), 0.5);
    const white = tf.mean(tf.cast(tf.greater(z, 0.5), 'float32')).dataSync()[0];
    expect(white).toBeGreaterThan(0.05);
    expect(white).toBeLessThan(0.5);
  });

  it('keeps predictions above white as they are at t = 0', () => {
    const bright = tf.mul(noise(shape), 1.5) as Images;
    expect(difference(d.at(d.draw(key(1), shape), bright, 0), bright)).toBeLessThan(1e-6);
  });
});

describe('animorphosis', () => {
  it('ends in heads of the set, in one channel as in three', async () => {
    const animals = (await loadAnimals()).subset([3, 40]);
    const d = animorphosis({ animals, background: [1, 1, 1] });
    const z = d.end(d.draw(key(1), [20, 32, 32, 3]), [20, 32, 32, 3]);
    const [colour, alpha] = tf.split(animals.images(), [3, 1], 3);
    const heads = tf.unstack(tf.add(tf.mul(colour, alpha), tf.sub(1, alpha)));
    const which = tf.unstack(z).map((image) => heads.findIndex((head) => difference(head, image) < 1e-6));
    expect(new Set(which)).toEqual(new Set([0, 1]));
    const single = d.end(d.draw(key(1), [20, 32, 32, 1]), [20, 32, 32, 1]);
    expect(difference(single, tf.mean(z, 3, true))).toBeLessThan(1e-6);
  });

  it('refuses images of another size', async () => {
    expect(() =>
      animorphosis({
        animals: new ImageSet({ name: 'none', height: 32, width: 32, channels: 4, pixels: new Uint8Array(0) }) as never,
      }),
    ).toThrow('at least one head');
    const d = animorphosis({ animals: await loadAnimals() });
    expect(() => d.draw(key(1), [1, 16, 16, 3])).toThrow(
      'animorphosis: images must be 32×32 with 1 or 3 channels, got 16×16 with 3',
    );
  });
});

describe('gaussian', () => {
  const d = gaussian();
  const shape: Four = [4, 16, 16, 3];

  it('infers the noise that was added', () => {
    const x0 = noise(shape);
    const draw = d.draw(key(5), shape);
    const levels = tf.tensor1d([0.2, 0.5, 0.8, 1]);
    // An error of 1e-7 in z is divided by sigma, 0.3 or more.
    expect(difference(d.infer(d.at(draw, x0, levels), x0, levels).noise, draw.noise)).toBeLessThan(3e-6);
    expect(difference(d.infer(x0, x0, 0).noise, tf.zeros(shape))).toBe(0);
  });
});

describe('degradation', () => {
  it('asks for residue and image together', () => {
    expect(() => degradation('half', { at: (_, x0) => x0, residue: (x0) => x0 })).toThrow(
      'residue and image must both be given for half, got only residue',
    );
  });

  it('gives copies even where the formula returns what it got', () => {
    const x0 = noise([1, 4, 4, 1]);
    degradation('nothing', { at: (_, x) => x })
      .at({}, x0, 0.5)
      .dispose();
    expect(x0.isDisposed).toBe(false);
  });
});
