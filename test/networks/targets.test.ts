import { beforeAll, describe, expect, it } from 'vitest';
import {
  binomial,
  clean,
  cosineSchedule,
  explodingSchedule,
  flow,
  flowSchedule,
  gaussian,
  karras,
  key,
  linearSchedule,
  noise,
  normal,
  ready,
  targets,
  tf,
  uniform,
  velocity,
  type Gaussian,
  type Images,
  type Target,
} from 'naive-diffusion';
import posterior from '../fixtures/diffusion/posterior.json';
import { tensorOf } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const noises: Record<string, Gaussian> = {
  cosine: gaussian({ schedule: cosineSchedule() }),
  linear: gaussian({ schedule: linearSchedule() }),
  exploding: gaussian({ schedule: explodingSchedule() }),
  flow: gaussian({ schedule: flowSchedule() }),
};
const makers: Record<string, (g: Gaussian) => Target<{ noise: Images }>> = {
  clean: () => clean,
  noise,
  'noise, told its share': (g) => noise(g, { told: 'share' }),
  velocity,
  flow,
  karras,
};
const pairs = Object.keys(noises).flatMap((g) => Object.keys(makers).map((target) => [target, g] as const));

describe.each(pairs)('the target %s on the schedule %s', (name, schedule) => {
  const g = noises[schedule];
  const target = makers[name](g);
  const x0 = () => uniform(key(1), [6, 4, 4, 3]) as Images;

  it('reads the clean images out of the right answer, at every level', () => {
    tf.tidy(() => {
      const t = tf.tensor1d([0.3, 0.4, 0.5, 0.6, 0.75, 0.9]);
      const images = x0();
      const draw = g.draw(key(2), images.shape);
      const z = g.at(draw, images, t);
      const { x0: read } = target.read(target.of({ x0: images, z, t, draw }), z, t);
      // z has σ/α in single precision: up to 40 times the images, where the noise alone was asked for.
      expect(difference(read, images)).toBeLessThan(5e-5);
    });
  });

  it('is one line: the mean of two answers is read as the mean of both readings', () => {
    tf.tidy(() => {
      const t = tf.tensor1d([0.3, 0.4, 0.5, 0.6, 0.75, 0.9]);
      const z = g.at(g.draw(key(3), [6, 4, 4, 3]), x0(), t);
      const [a, b] = [4, 5].map((i) => normal(key(i), [6, 4, 4, 3]) as Images);
      const both = target.read(tf.div(tf.add(a, b), 2), z, t).x0;
      const each = tf.div(tf.add(target.read(a, z, t).x0, target.read(b, z, t).x0), 2);
      expect(difference(both, each)).toBeLessThan(1e-4);
    });
  });

  it('is made again from its spec, and leaves no tensors', async () => {
    expect((await targets.make(target.spec!, g)).spec).toEqual(target.spec);
    const images = x0();
    const t = tf.tensor1d([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    const draw = g.draw(key(2), images.shape);
    const z = g.at(draw, images, t);
    await expectNoLeak(() =>
      tf.tidy(() => {
        target.ask?.(z, t);
        target.read(target.of({ x0: images, z, t, draw }), z, t);
      }),
    );
  });
});

describe('targets', () => {
  it('velocity: is α·ε − σ·x0, and nothing on average for normal images', () => {
    tf.tidy(() => {
      const g = gaussian({ range: [-1, 1] });
      const x0 = normal(key(1), [4000, 1, 1, 3]) as Images;
      const t = tf.fill([4000], 0.4) as tf.Tensor1D;
      const draw = g.draw(key(2), x0.shape);
      const z = g.at(draw, x0, t);
      const v = velocity(g).of({ x0, z, t, draw });
      const [alpha, sigma] = [Math.cos(0.2 * Math.PI), Math.sin(0.2 * Math.PI)];
      expect(difference(v, tf.sub(tf.mul(draw.noise, alpha), tf.mul(x0, sigma)))).toBeLessThan(1e-6);
      // E[v | z] = 0 for N(0, I): its product with z has mean 0, with a deviation of 1/√12000.
      expect(Math.abs(tf.mean(tf.mul(v, z)).dataSync()[0])).toBeLessThan(5 / Math.sqrt(12_000));
    });
  });

  it('karras: asks and answers with variance 1, and the best answer for normal images of deviation σ_data is 0', () => {
    tf.tidy(() => {
      const g = gaussian({ schedule: explodingSchedule(), range: [-1, 1] });
      const target = karras(g, { data: 0.5 });
      const n = 4000;
      const x0 = tf.mul(normal(key(1), [n, 1, 1, 3]), 0.5) as Images;
      const draw = g.draw(key(2), x0.shape);
      for (const level of [0.3, 0.6, 0.9]) {
        const t = tf.fill([n], level) as tf.Tensor1D;
        const z = g.at(draw, x0, t);
        const [asked, told] = target.ask!(z, t);
        const wanted = target.of({ x0, z, t, draw });
        for (const x of [asked, wanted]) expect(tf.moments(x).variance.dataSync()[0]).toBeCloseTo(1, 1);
        expect(Math.abs(tf.mean(tf.mul(asked, wanted)).dataSync()[0])).toBeLessThan(5 / Math.sqrt(3 * n));
        const place = told.dataSync()[0];
        expect(place >= 0 && place <= 1).toBe(true);
      }
      // Table 1 of the paper, at σ = 2.
      const t = tf.tensor1d([g.schedule.level(2)]);
      const z = tf.ones([1, 1, 1, 1]) as Images;
      const zero = target.read(tf.zeros([1, 1, 1, 1]), z, t).x0.dataSync()[0];
      const one = target.read(tf.ones([1, 1, 1, 1]), z, t).x0.dataSync()[0];
      expect(zero).toBeCloseTo(0.25 / 4.25, 5);
      expect(one - zero).toBeCloseTo((2 * 0.5) / Math.sqrt(4.25), 5);
    });
  });

  it('noise: is told the level, or the share of noise in what it is shown', async () => {
    const shares: Record<string, (t: number) => number> = {
      cosine: (t) => Math.sin((Math.PI / 2) * t),
      linear: (t) => Math.sqrt(1 - Math.exp(-0.1 * t - 9.95 * t * t)),
      exploding: (t) => Math.sin(Math.atan(80 * t ** 7)),
      flow: (t) => t / Math.hypot(t, 1 - t),
    };
    for (const [name, share] of Object.entries(shares)) {
      const g = noises[name];
      const all = [0, 0.2, 0.5, 0.9, 1];
      await expectNoLeak(() =>
        tf.tidy(() => {
          const t = tf.tensor1d(all);
          const z = g.at(g.draw(key(3), [5, 4, 4, 3]), uniform(key(1), [5, 4, 4, 3]) as Images, t);
          const [seen, told] = noise(g, { told: 'share' }).ask!(z, t);
          expect(told.shape).toEqual([5]);
          for (const [i, value] of told.dataSync().entries()) expect(value, name).toBeCloseTo(share(all[i]), 5);
          // It is shown the same images as one that is told the level, as is the default.
          const [same, level] = noise(g).ask!(z, t);
          expect(difference(seen, same)).toBe(0);
          expect([...level.dataSync()]).toEqual([...t.dataSync()]);
        }),
      );
    }
    const g = noises.cosine;
    expect(noise(g).spec).toEqual({ kind: 'noise', told: 'level' });
    expect((await targets.make({ kind: 'noise' }, g)).spec).toEqual({ kind: 'noise', told: 'level' }); // older cards
    expect(() => noise(g, { told: 'time' as 'share' })).toThrow("noise: told must be 'level' or 'share', got 'time'");
  });

  it("read noise and velocity as diffusers' scheduler does", () => {
    const { x0, noise: drawn, cases } = posterior.conversions;
    for (const { alpha, sigma, z, velocity: v } of cases) {
      tf.tidy(() => {
        const schedule = {
          alpha: (t: tf.Tensor) => tf.fill(t.shape, alpha),
          sigma: (t: tf.Tensor) => tf.fill(t.shape, sigma),
          level: () => 0.5,
        };
        const g = gaussian({ schedule, range: [-1, 1] });
        const t = tf.fill([2], 0.5) as tf.Tensor1D;
        const [images, at, wanted] = [x0, z, v].map((array) => tensorOf(array));
        const draw = { noise: tensorOf(drawn) };
        expect(difference(g.at(draw, images, t), at)).toBeLessThan(1e-6);
        expect(difference(velocity(g).of({ x0: images, z: at, t, draw }), wanted)).toBeLessThan(1e-6);
        expect(difference(velocity(g).read(wanted, at, t).x0, images)).toBeLessThan(1e-6);
        // A rounding of z is 1/α times as large in what is read of the noise.
        expect(difference(noise(g).read(draw.noise, at, t).x0, images)).toBeLessThan(1e-6 / alpha);
      });
    }
  });

  it('of Gaussian noise refuse another degradation, and options that are none', () => {
    for (const make of [noise, velocity, flow, karras])
      expect(() => make(binomial() as never)).toThrow(`${make.name}: the degradation must be Gaussian noise`);
    expect(() => karras(gaussian(), { data: 0 })).toThrow('karras: data must be above 0, got 0');
  });
});
