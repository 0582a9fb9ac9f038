import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  animorphosis,
  binomial,
  blur,
  compile,
  degradation,
  desaturate,
  fadeToBlack,
  fadeToColours,
  gaussian,
  key,
  loadAnimals,
  mask,
  pixelate,
  ready,
  snow,
  tf,
  uniform,
  type AnimalSet,
  type Degradation,
  type Images,
  type Key,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

let animals: AnimalSet;
beforeAll(async () => {
  await ready();
  animals = await loadAnimals();
});

/** One that a reader might write in a cell: the image sinks until it is gone, and white water stands above it. */
const sink = () =>
  degradation('sink', {
    at: (_, x0, t) => {
      const [, height] = x0.shape;
      const rows = tf.range(0, height).reshape([1, height, 1, 1]);
      const dry = tf.clipByValue(tf.add(tf.sub(rows, tf.mul(t, height)), 1), 0, 1);
      return tf.add(tf.mul(x0, dry), tf.sub(1, dry));
    },
  });

const all: [string, () => Degradation][] = [
  ['binomial', () => binomial()],
  ['fadeToBlack', () => fadeToBlack()],
  ['fadeToColours', () => fadeToColours({ colours: 5 })],
  ['blur', () => blur()],
  ['pixelate', () => pixelate()],
  ['desaturate', () => desaturate()],
  ['mask', () => mask()],
  ['snow', () => snow()],
  ['animorphosis', () => animorphosis({ animals })],
  ['gaussian', () => gaussian()],
  ['sink', sink],
];
const shape: [number, number, number, number] = [4, 32, 32, 3];
const images = (index: number): Images => uniform(key(11, index), shape);
/** Rounding in single precision; the transforms of blur add up 32 numbers twice. */
const rounding = 2e-6;

describe.each(all)('%s', (name, make) => {
  it('is the identity at t = 0', () => {
    const [d, x0] = [make(), images(1)];
    expect(difference(d.at(d.draw(key(1), shape), x0, 0), x0)).toBeLessThan(rounding);
  });

  it('depends at t = 1 on the draw and the residue alone, and is then what end says', () => {
    const [d, x0] = [make(), images(1)];
    const draw = d.draw(key(1), shape);
    const end = d.end(draw, shape, d.residue?.(x0));
    expect(difference(d.at(draw, x0, 1), end)).toBeLessThan(rounding);
    if (!d.residue) expect(difference(d.at(draw, images(2), 1), end)).toBeLessThan(rounding);
  });

  it('has lost everything but a small residue at t = 1', () => {
    const d = make();
    const size = d.residue ? d.residue(images(1)).size : 0;
    expect(size).toBeLessThan(images(1).size / 2);
  });

  it('gives the same for the same draw and level, and the same draw for the same key', () => {
    const [d, x0] = [make(), images(1)];
    const [a, b] = [d.draw(key(7), shape), d.draw(key(7), shape)];
    expect(difference(d.at(a, x0, 0.6), d.at(a, x0, 0.6))).toBe(0);
    expect(difference(d.at(a, x0, 0.6), d.at(b, x0, 0.6))).toBe(0);
    if (Object.keys(a).length > 0)
      expect(difference(d.at(a, x0, 0.9), d.at(d.draw(key(8), shape), x0, 0.9))).toBeGreaterThan(0.01);
  });

  it('takes one level for each image, as separate calls would', () => {
    const [d, x0] = [make(), images(1)];
    const draw = d.draw(key(1), shape);
    const levels = [0.9, 0, 0.35, 1];
    const together = tf.unstack(d.at(draw, x0, tf.tensor1d(levels)));
    levels.forEach((t, i) => expect(difference(together[i], tf.unstack(d.at(draw, x0, t))[i])).toBeLessThan(rounding));
  });

  it('never moves two images apart under the same draw', () => {
    const d = make();
    const draw = d.draw(key(1), shape);
    const dark = tf.mul(images(2), 0.3) as Images;
    for (const [a, b] of [
      [images(1), images(2)],
      [images(1), dark],
      [tf.zeros(shape), tf.ones(shape)],
    ] as [Images, Images][]) {
      let before = [Infinity];
      for (let t = 0; t <= 1; t += 1 / 16) {
        const apart = [
          ...tf.sqrt(tf.sum(tf.squaredDifference(d.at(draw, a, t), d.at(draw, b, t)), [1, 2, 3])).dataSync(),
        ];
        // of distances of some 20
        apart.forEach((distance, i) => expect(distance).toBeLessThan((before[i] ?? Infinity) + 1e-4));
        before = apart;
      }
    }
  });

  it('draws for each image by itself', () => {
    const d = make();
    const same = tf.tile(uniform(key(3), [1, 32, 32, 3]), [16, 1, 1, 1]) as Images;
    const draw = d.draw(key(5), [16, 32, 32, 3]);
    if (Object.keys(draw).length === 0) return;
    const [first, ...others] = tf.unstack(d.at(draw, same, 0.8));
    expect(others.some((other) => difference(first, other) > 0.01)).toBe(true);
  });

  it('can be compiled, and then gives the same', () => {
    const warn = vi.spyOn(console, 'warn');
    const d = make();
    const step = compile((drawKey: Key, x0: Images, t: tf.Tensor1D) => d.at(d.draw(drawKey, shape), x0, t), { name });
    for (let i = 0; i < 3; i++) {
      const t = tf.tensor1d([0.1, 0.4 + i / 5, 0.7, 1]);
      expect(difference(step(key(i), images(i), t) as Images, d.at(d.draw(key(i), shape), images(i), t))).toBeLessThan(
        rounding,
      );
    }
    step.dispose();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('leaks no tensors', async () => {
    const [d, x0, seed, t] = [make(), images(1), key(1), tf.tensor1d([0, 0.3, 0.6, 1])];
    await expectNoLeak(() => {
      const draw = d.draw(seed, shape);
      const residue = d.residue?.(x0);
      tf.dispose([draw, d.at(draw, x0, t), d.at(draw, x0, 0.5), d.end(draw, shape, residue)]);
      residue?.dispose();
    });
    await expectNoLeak(() => {
      expect(() => d.at({}, x0, 2)).toThrow();
    });
  });

  it('refuses bad levels, images and residues by name', () => {
    const [d, x0] = [make(), images(1)];
    const draw = d.draw(key(1), shape);
    for (const t of [-0.1, 1.2, NaN]) {
      expect(() => d.at(draw, x0, t)).toThrow(`${name}: t must lie in [0, 1], got ${t}`);
      expect(() => d.at(draw, x0, tf.tensor1d([0, 0.5, 1, t]))).toThrow(
        `${name}: t must lie in [0, 1], got ${Math.fround(t)}`,
      );
    }
    expect(() => d.at(draw, x0, tf.tensor1d([0.5, 0.5]))).toThrow(
      `${name}: t must be a number or one number per image, [4], got a tensor of shape [2]`,
    );
    expect(() => d.at(draw, tf.zeros([32, 32, 3]) as unknown as Images, 0.5)).toThrow(
      `${name}: the shape of x0 must be [batch, height, width, channels], got [32,32,3]`,
    );
    expect(() => d.draw(key(1), [32, 32, 3])).toThrow(
      `${name}: shape must be [batch, height, width, channels], got [32,32,3]`,
    );
    expect(() => d.at(draw, tf.mul(x0, NaN) as Images, 0.5)).toThrow(`${name}: x0 must hold finite numbers`);
    if (Object.keys(draw).length > 0)
      expect(() => d.at(draw, x0.slice([0], [2]) as Images, 0.5)).toThrow(
        /draw\.\w+ must be for 2 images, got a tensor of shape \[4/,
      );
    if (d.residue) {
      expect(() => d.end(draw, shape)).toThrow(`${name}: residue must be given`);
      expect(() => d.residue!(tf.mul(x0, NaN) as Images)).toThrow('finite');
    } else expect(() => d.end(draw, shape, tf.zeros([4]))).toThrow(`${name}: residue must be left out`);
  });
});
