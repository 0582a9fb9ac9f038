import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosineSchedule,
  explodingSchedule,
  flowSchedule,
  gaussian,
  karrasLevels,
  karrasPace,
  key,
  linearSchedule,
  logitNormalLevels,
  logNormalLevels,
  logUniformLevels,
  ready,
  type Schedule,
  stratifiedLevels,
  tf,
  uniformLevels,
  type LevelSource,
} from 'naive-diffusion';
import { expectRefusals } from '../refusals.js';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const n = 20_000;

/** Mean and deviation of what `of` makes of many levels. */
async function spread(levels: LevelSource, of: (t: tf.Tensor1D) => tf.Tensor): Promise<[number, number]> {
  let result: [number, number] = [NaN, NaN];
  await expectNoLeak(() =>
    tf.tidy(() => {
      const t = levels(key(7), n);
      expect(t.shape).toEqual([n]);
      const values = t.dataSync();
      expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      const { mean, variance } = tf.moments(of(t));
      result = [mean.dataSync()[0], Math.sqrt(variance.dataSync()[0])];
    }),
  );
  return result;
}

describe('levels to train on', () => {
  it('are uniform, of normal logit, or of normal ln σ, as their names say', async () => {
    const five = (deviation: number) => (5 * deviation) / Math.sqrt(n);
    const [mean, deviation] = await spread(uniformLevels, (t) => t);
    expect(Math.abs(mean - 0.5)).toBeLessThan(five(0.29));
    expect(Math.abs(deviation - Math.sqrt(1 / 12))).toBeLessThan(five(0.29));

    const logit = await spread(logitNormalLevels({ mean: 0.3, deviation: 0.8 }), (t) =>
      tf.log(tf.div(t, tf.sub(1, t))),
    );
    expect(Math.abs(logit[0] - 0.3)).toBeLessThan(five(0.8));
    expect(Math.abs(logit[1] - 0.8)).toBeLessThan(five(0.8));

    for (const schedule of [
      explodingSchedule(),
      cosineSchedule(),
      cosineSchedule({ most: 80 }),
      flowSchedule(),
      linearSchedule(),
    ]) {
      const ratio = await spread(logNormalLevels(gaussian({ schedule })), (t) =>
        tf.log(tf.div(schedule.sigma(t), schedule.alpha(t))),
      );
      expect(Math.abs(ratio[0] + 1.2)).toBeLessThan(five(1.2));
      expect(Math.abs(ratio[1] - 1.2)).toBeLessThan(five(1.2));
    }
  });

  it('are stratified: one in each of as many equal parts, anywhere in it', async () => {
    await expectNoLeak(() => {
      const sums = new Array<number>(8).fill(0);
      for (let i = 0; i < 2000; i++) {
        const levels = tf.tidy(() => stratifiedLevels(key(i), 8).dataSync());
        levels.forEach((t, part) => {
          expect(t).toBeGreaterThanOrEqual(part / 8);
          expect(t).toBeLessThanOrEqual((part + 1) / 8);
          sums[part] += t * 8 - part;
        });
      }
      // The mean of 2,000 uniform numbers has a deviation of 0.0065.
      for (const sum of sums) expect(Math.abs(sum / 2000 - 0.5)).toBeLessThan(0.033);
    });
  });

  it('are of uniform ln(σ/α): as many in each part of the range as it is long', async () => {
    for (const [schedule, options] of [
      [explodingSchedule(), {}],
      [explodingSchedule({ most: 100 }), { least: 0.03, most: 100 }],
      [explodingSchedule({ rho: 3 }), { least: 1, most: 20 }],
      [explodingSchedule({ most: 2, rho: 2 }), { least: 1.9 }],
      [cosineSchedule(), {}],
      [cosineSchedule(), { most: 1000 }],
      [cosineSchedule({ most: 5 }), { least: 0.1 }],
      [flowSchedule(), {}],
      [linearSchedule(), { least: 0.1 }],
    ] as [Schedule, { least?: number; most?: number }][]) {
      const degradation = gaussian({ schedule });
      let places: number[] = [];
      await expectNoLeak(() =>
        tf.tidy(() => {
          const t = logUniformLevels(degradation, options)(key(7), n);
          expect(t.shape).toEqual([n]);
          expect([...t.dataSync()].every((value) => value > 0 && value <= 1)).toBe(true);
          const { least, most } = { least: 0.03, most: schedule.most ?? 80, ...options };
          const [low, high] = [Math.log(least), Math.log(most)];
          const ratios = tf.div(schedule.sigma(t), schedule.alpha(t)).dataSync();
          places = [...ratios].map((ratio) => (Math.log(ratio) - low) / (high - low)).sort((a, b) => a - b);
        }),
      );
      // Kolmogorov and Smirnov: in one of a thousand sets, shares are anywhere off by more than 1.95/√n.
      const off = places.map((place, i) => Math.max(Math.abs(place - i / n), Math.abs(place - (i + 1) / n)));
      expect(Math.max(...off)).toBeLessThan(1.95 / Math.sqrt(n));
    }
  });

  it('never lie above 1, where rounding would put them', () => {
    // The last of all uniform numbers, 1 − 2^−23, would lead to 1 + 2^−23 here.
    const degradation = gaussian({ schedule: explodingSchedule({ most: 148.0069580078125, rho: 2 }) });
    const levels = logUniformLevels(degradation, { least: 131.57876552490126 });
    for (let i = 0; i < 20; i++)
      expect(tf.tidy(() => tf.max(levels(key(1, i), 100_000)).dataSync()[0])).toBeLessThanOrEqual(1);
  });

  it('refuse what is no distribution of theirs', async () => {
    expect(() => logitNormalLevels({ deviation: 0 })).toThrow('logitNormalLevels: deviation must be above 0, got 0');
    expect(() => logitNormalLevels({ mean: NaN })).toThrow('logitNormalLevels: mean must be a finite number, got NaN');
    const { alpha, sigma, level } = flowSchedule();
    const own = gaussian({ schedule: { alpha, sigma, level } });
    const schedules = 'gaussian must have a schedule with levelAt, as those of the library, got';
    expect(() => logNormalLevels(own)).toThrow(`logNormalLevels: ${schedules} one without`);
    expect(() => logUniformLevels(own)).toThrow(`logUniformLevels: ${schedules} one without`);
    expect(() => logUniformLevels(undefined as never)).toThrow(`logUniformLevels: ${schedules} undefined`);
    expect(() => logUniformLevels(gaussian(), { least: 90 })).toThrow('one below the other, got 90 and 80');
    const exploding = gaussian({ schedule: explodingSchedule() });
    const said = 'logUniformLevels: least and most must be above 0, one below the other and most at most 80, got';
    for (const [least, most] of [
      [10, 10],
      [10, 1],
      [1, 81],
    ])
      expect(() => logUniformLevels(exploding, { least, most })).toThrow(`${said} ${least} and ${most}`);
    const call = (options: { least: number; most: number }) => logUniformLevels(exploding, options);
    const options = { least: 1, most: 10 };
    expect(await expectRefusals('logUniformLevels', { arguments: () => ({ options }), call })).toBe(2);
    for (const least of [0, -1]) expect(() => call({ ...options, least })).toThrow(/least .*must be above 0, .*got/);
    expect(() => logUniformLevels(exploding, { least: 90 })).toThrow(`${said} 90 and 80`);
  });
});

describe('karrasPace', () => {
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const at = (schedule: Schedule, options = {}) =>
    tf.tidy(() => [...karrasPace(gaussian({ schedule }), options)(tf.tensor1d(shares)).dataSync()]);

  it('passes the levels of karrasLevels evenly, from no noise to nothing but noise', async () => {
    const options = { least: 0.01, rho: 5 };
    const exploding = explodingSchedule({ most: 40 });
    const expected = karrasLevels(exploding, { ...options, steps: 5 })
      .slice(0, 5)
      .reverse();
    await expectNoLeak(() => {
      at(exploding, options).forEach((level, i) => {
        expect(level).toBeCloseTo(expected[i], 5);
      });
    });
  });

  it('reaches nothing but noise on a schedule that ends there', () => {
    const cosine = cosineSchedule();
    const levels = at(cosine);
    expect(levels[4]).toBeCloseTo(1, 6);
    const expected = karrasLevels(cosine, { steps: 5 });
    const end = cosine.level(80);
    for (const i of [0, 1, 2, 3]) expect(levels[i]).toBeCloseTo(expected[4 - i] / end, 5);
  });

  it('refuses schedules and ranges that it cannot walk', () => {
    const { alpha, sigma, level } = flowSchedule();
    const own = gaussian({ schedule: { alpha, sigma, level } });
    expect(() => karrasPace(own)).toThrow('karrasPace: gaussian must have a schedule with levelAt');
    expect(() => karrasPace(gaussian(), { least: 90 })).toThrow('one below the other, got 90 and 80');
    expect(() => karrasPace(gaussian(), { rho: 0 })).toThrow('karrasPace: rho must be above 0, got 0');
  });
});
