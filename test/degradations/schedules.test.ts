import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosineSchedule,
  explodingSchedule,
  flowSchedule,
  gaussian,
  key,
  linearSchedule,
  noise,
  normal,
  Random,
  ready,
  schedules,
  tf,
  uniform,
  type Images,
  type Schedule,
  type Spec,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const all: Record<string, Schedule> = {
  cosine: cosineSchedule(),
  'cosine with an end': cosineSchedule({ most: 50 }),
  linear: linearSchedule(),
  exploding: explodingSchedule(),
  flow: flowSchedule(),
};
const at = (f: (t: tf.Tensor) => tf.Tensor, t: number): number => tf.tidy(() => f(tf.scalar(t)).dataSync()[0]);

describe.each(Object.entries(all))('the schedule %s', (name, schedule) => {
  it('leaves images whole at t = 0, and never gets clearer', () => {
    expect([at(schedule.alpha, 0), at(schedule.sigma, 0)]).toEqual([1, 0]);
    let before = 0;
    for (let i = 1; i < 100; i++) {
      const ratio = at(schedule.sigma, i / 100) / at(schedule.alpha, i / 100);
      expect(ratio).toBeGreaterThan(before);
      before = ratio;
    }
  });

  it('finds the level of a ratio of noise to image', () => {
    const random = new Random(3);
    for (let i = 0; i < 50; i++) {
      const t = 0.02 + 0.95 * random.uniform();
      const ratio = at(schedule.sigma, t) / at(schedule.alpha, t);
      // Single precision, and σ and α are flat at an end.
      expect(schedule.level(ratio)).toBeCloseTo(t, 3);
      expect(at(schedule.levelAt!, Math.log(ratio))).toBeCloseTo(schedule.level(ratio), 5);
    }
    expect(schedule.level(0)).toBe(0);
    for (const wrong of [-1, NaN])
      expect(() => schedule.level(wrong)).toThrow(`${name.split(' ')[0]}Schedule: ratio must`);
  });

  it('is made again from its spec', async () => {
    const again = await schedules.make(JSON.parse(JSON.stringify(schedule.spec)) as Spec);
    expect(again.spec).toEqual(schedule.spec);
    for (const t of [0.1, 0.5, 0.9]) expect(at(again.sigma, t)).toBe(at(schedule.sigma, t));
  });

  it('makes Gaussian noise that is α·x0 + σ·noise on images in [−1, 1], and infers its noise', async () => {
    const g = gaussian({ schedule });
    const x0 = uniform(key(1), [4, 3, 5, 2]) as Images;
    const t = tf.tensor1d([0.2, 0.5, 0.8, 0.9]);
    const draw = g.draw(key(2), x0.shape);
    const z = g.at(draw, x0, t);
    const column = tf.reshape(t, [4, 1, 1, 1]);
    const byHand = tf.add(
      tf.mul(tf.sub(tf.mul(x0, 2), 1), schedule.alpha(column)),
      tf.mul(draw.noise, schedule.sigma(column)),
    );
    expect(difference(tf.sub(tf.mul(z, 2), 1), byHand)).toBeLessThan(2e-5); // σ is up to 40
    // An error of 1e-7 in z is divided by σ, which is 0.001 where little noise explodes at t = 0.2.
    const noisy = tf.tensor1d([0.5, 0.5, 0.8, 0.9]);
    expect(difference(g.infer(g.at(draw, x0, noisy), x0, noisy).noise, draw.noise)).toBeLessThan(1e-5);
    expect(difference(g.infer(x0, x0, 0).noise, tf.zerosLike(x0))).toBe(0);
    // It begins in the middle of the range, with the noise alone.
    const end = g.end(draw, x0.shape);
    const one = at(schedule.sigma, 1);
    expect(difference(end, tf.add(tf.mul(draw.noise, one / 2), 0.5))).toBeLessThan(1e-4);
    await expectNoLeak(() => tf.dispose([g.coefficients(t), g.toSigned(x0), g.fromSigned(x0), g.end(draw, x0.shape)]));
  });
});

describe('schedules', () => {
  it('that preserve the variance do', () => {
    for (const { alpha, sigma } of [all.cosine, all['cosine with an end'], all.linear]) {
      for (const t of [0.1, 0.37, 0.8, 1]) expect(at(alpha, t) ** 2 + at(sigma, t) ** 2).toBeCloseTo(1, 6);
    }
  });

  it("linear: is the limit of DDPM's thousand steps", () => {
    // ᾱ after n of 1,000 steps with β from 0.0001 to 0.02 in equal steps.
    let alphaBar = 1;
    for (let n = 1; n <= 1000; n++) {
      alphaBar *= 1 - (0.0001 + ((0.02 - 0.0001) * (n - 1)) / 999);
      if (n % 250 !== 0) continue;
      // ln(1 − β) is −β − β²/2 − …: the discrete chain loses up to 1 % of β more.
      expect(Math.log(at(all.linear.alpha, n / 1000)) / (Math.log(alphaBar) / 2)).toBeCloseTo(1, 1.7);
    }
    expect(at(all.linear.alpha, 1)).toBeCloseTo(0.0066, 3);
  });

  it('cosine and flow leave nothing at t = 1', () => {
    expect([at(all.cosine.alpha, 1), at(all.flow.alpha, 1)]).toEqual([0, 0]);
  });

  it('cosine ends where it is told to, at σ/α = most, and the noise can be read there', () => {
    for (const most of [0.5, 50, 1000]) {
      const schedule = cosineSchedule({ most });
      expect(schedule.spec).toEqual({ kind: 'cosine', most });
      // α is the sine of a small angle, of which float32 knows 1e-7.
      expect(at(schedule.alpha, 1)).toBeCloseTo(1 / Math.hypot(1, most), 6);
      expect(at(schedule.sigma, 1)).toBeCloseTo(most / Math.hypot(1, most), 6);
      for (let i = 0; i <= 20; i++) {
        const angle = (i / 20) * Math.atan(most);
        expect(at(schedule.alpha, i / 20)).toBeCloseTo(Math.cos(angle), 6);
        expect(schedule.level(Math.tan(angle))).toBeCloseTo(i / 20, 12);
      }
      expect(schedule.level(most)).toBe(1);
    }
    const g = gaussian({ schedule: cosineSchedule({ most: 50 }) });
    tf.tidy(() => {
      const x0 = uniform(key(1), [2, 3, 5, 1]) as Images;
      const draw = g.draw(key(2), x0.shape);
      const t = tf.ones([2]) as tf.Tensor1D;
      const z = g.at(draw, x0, t);
      expect(difference(noise(g).read(draw.noise, z, t).x0, x0)).toBeLessThan(2e-5); // 50 roundings of z
    });
    // Without an end it is what it was.
    expect(cosineSchedule().spec).toEqual({ kind: 'cosine' });
    expect(cosineSchedule().level(Infinity)).toBe(1);
  });

  it("exploding: even levels are nearly Karras'", () => {
    // σ_i of arXiv 2206.00364, eq. 5, with 18 levels from 80 to 0.002, against even levels from t = 1 to that of 0.002.
    const last = all.exploding.level(0.002);
    for (let i = 0; i < 18; i++) {
      const karras = (80 ** (1 / 7) + (i / 17) * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7;
      expect(at(all.exploding.sigma, 1 + (i / 17) * (last - 1)) / karras).toBeCloseTo(1, 4);
    }
  });

  it('refuse options that are none', () => {
    for (const most of [0, -1, NaN, Infinity])
      expect(() => cosineSchedule({ most })).toThrow(`cosineSchedule: most must be above 0, got ${most}`);
    for (const ratio of [50.1, Infinity])
      expect(() => all['cosine with an end'].level(ratio)).toThrow(
        `cosineSchedule: ratio must lie in [0, 50], got ${ratio}`,
      );
    expect(() => linearSchedule({ first: 0 })).toThrow('linearSchedule: first must be above 0, got 0');
    expect(() => linearSchedule({ first: 3, last: 1 })).toThrow(
      'linearSchedule: last must be at least first, 3, got 1',
    );
    expect(() => explodingSchedule({ most: NaN })).toThrow('explodingSchedule: most must be above 0, got NaN');
    expect(() => all.exploding.level(81)).toThrow('explodingSchedule: ratio must lie in [0, 80], got 81');
    expect(() => gaussian({ range: [1, 1] })).toThrow(
      'gaussian: range must be [low, high] with low below high, got [1,1]',
    );
  });

  it('take latents as they are', () => {
    const g = gaussian({ range: [-1, 1] });
    const x0 = normal(key(5), [2, 2, 2, 3]) as Images;
    const draw = g.draw(key(6), x0.shape);
    expect(difference(g.at(draw, x0, 1), draw.noise)).toBe(0);
    expect(difference(g.at(draw, x0, 0), x0)).toBe(0);
  });
});
