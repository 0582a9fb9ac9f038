import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosineSchedule,
  explodingSchedule,
  flowSchedule,
  geometricLevels,
  karrasLevels,
  linearSchedule,
  ready,
  reinjectionLevels,
  tf,
  type KarrasOptions,
  type ReinjectionOptions,
  type Schedule,
} from 'naive-diffusion';
import { expectRefusals } from '../refusals.js';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const schedules: [string, Schedule][] = [
  ['cosine', cosineSchedule()],
  ['cosine with an end', cosineSchedule({ most: 50 })],
  ['linear', linearSchedule()],
  ['exploding', explodingSchedule()],
  ['flow', flowSchedule()],
];

/** σ/α at each level. */
const ratios = (schedule: Schedule, levels: number[]): number[] =>
  tf.tidy(() => {
    const t = tf.tensor1d(levels);
    return [...tf.div(schedule.sigma(t), schedule.alpha(t)).dataSync()];
  });

/** Each value within a share of what is wanted. Near t = 1, where α is small, float32 has no more than 1e-4 of σ/α. */
function expectNear(made: number[], wanted: number[], share = 2e-4): void {
  expect(made).toHaveLength(wanted.length);
  for (const [i, value] of made.entries()) expect(Math.abs(value / wanted[i] - 1), `place ${i}`).toBeLessThan(share);
}

/** They begin with 1, end with 0, and fall. */
function expectFalling(levels: number[]): void {
  expect([levels[0], levels.at(-1)]).toEqual([1, 0]);
  for (let i = 1; i < levels.length; i++) expect(levels[i]).toBeLessThan(levels[i - 1]);
}

describe.each(schedules)('levels over the schedule %s', (_, schedule) => {
  it("karrasLevels lie where σ/α is Karras' list, from 1 to 0", () => {
    const [steps, least, most, rho] = [9, 0.01, 40, 5];
    const levels = karrasLevels(schedule, { steps, least, most, rho });
    expect(levels).toHaveLength(steps + 1);
    expectFalling(levels);
    const wanted = Array.from(
      { length: steps },
      (_, i) => (most ** (1 / rho) + (i / (steps - 1)) * (least ** (1 / rho) - most ** (1 / rho))) ** rho,
    );
    expectNear(ratios(schedule, levels.slice(1, -1)), wanted.slice(1));
  });

  it('geometricLevels fall by one factor in σ/α, from 1 to 0', () => {
    const [steps, least, most] = [9, 0.01, 40];
    const levels = geometricLevels(schedule, { steps, least, most });
    expect(levels).toHaveLength(steps + 1);
    expectFalling(levels);
    const wanted = Array.from({ length: steps }, (_, i) => most * (least / most) ** (i / (steps - 1)));
    expectNear(ratios(schedule, levels.slice(1, -1)), wanted.slice(1));
    // A large ρ comes to the same.
    const karras = karrasLevels(schedule, { steps, least, most, rho: 1e4 });
    for (const [i, level] of karras.entries()) expect(level).toBeCloseTo(levels[i], 3);
  });

  it("reinjectionLevels lie where σ falls by chapter 8's factor, down to the least", () => {
    const [alpha, beta, most, least] = [0.2, 0.3, 40, 0.05];
    const levels = reinjectionLevels(schedule, { alpha, beta, most, least });
    const factor = Math.sqrt((1 - alpha) ** 2 + beta ** 2);
    const wanted = [most];
    while (wanted.at(-1)! > least) wanted.push(wanted.at(-1)! * factor);
    expect(levels[0]).toBe(1);
    expectNear(ratios(schedule, levels.slice(1)), wanted.slice(1));
    expectFalling([...levels, 0]);
  });
});

describe('geometricLevels', () => {
  it('go from 80 to 0.002 when nothing is said, or from where the schedule ends', () => {
    const flow = flowSchedule();
    expect(geometricLevels(flow, { steps: 6 })).toEqual(geometricLevels(flow, { steps: 6, least: 0.002, most: 80 }));
    expect(geometricLevels(explodingSchedule({ most: 4 }), { steps: 1 })).toEqual([1, 0]);
  });

  it('refuse options that are none', async () => {
    const call = (options: KarrasOptions) => geometricLevels(explodingSchedule(), options);
    expect(() => call({ steps: 0 })).toThrow('geometricLevels: steps must be a whole number of at least 1, got 0');
    expect(() => call({ steps: 5, least: 90 })).toThrow('geometricLevels: least must be below most, 80, got 90');
    expect(() => call({ steps: 5, most: 300 })).toThrow('geometricLevels: most must be at most 80');
    const options = { steps: 5, least: 0.01, most: 50 };
    expect(await expectRefusals('geometricLevels', { arguments: () => ({ options }), call })).toBe(3);
  });
});

describe('karrasLevels', () => {
  it('go from 80 to 0.002, with ρ 7, when nothing is said, or from where the schedule ends', () => {
    for (const schedule of [cosineSchedule(), explodingSchedule(), flowSchedule()])
      expect(karrasLevels(schedule, { steps: 6 })).toEqual(
        karrasLevels(schedule, { steps: 6, least: 0.002, most: 80, rho: 7 }),
      );
    const short = explodingSchedule({ most: 4 });
    const [levels, said] = [{}, { most: 4 }].map((more) => karrasLevels(short, { steps: 6, ...more }));
    for (const [i, t] of levels.entries()) expect(t).toBeCloseTo(said[i], 6);
    expect(karrasLevels(cosineSchedule(), { steps: 1 })).toEqual([1, 0]);
  });

  it('refuse options that are none', async () => {
    const call = (options: KarrasOptions) => karrasLevels(explodingSchedule(), options);
    expect(() => call({ steps: 0 })).toThrow('karrasLevels: steps must be a whole number of at least 1, got 0');
    expect(() => call({ steps: 5, least: 0 })).toThrow('karrasLevels: least must be above 0, got 0');
    expect(() => call({ steps: 5, rho: -1 })).toThrow('karrasLevels: rho must be above 0, got -1');
    expect(() => call({ steps: 5, least: 90 })).toThrow('karrasLevels: least must be below most, 80, got 90');
    for (const steps of [1, 3, 30])
      expect(() => call({ steps, most: 200 })).toThrow(
        'karrasLevels: most must be at most 80, where the schedule ends, got 200',
      );
    const options = { steps: 5, least: 0.01, most: 50, rho: 7 };
    expect(await expectRefusals('karrasLevels', { arguments: () => ({ options }), call })).toBe(4);
  });
});

describe('reinjectionLevels', () => {
  it('go from 100 to 0.03 when nothing is said, or from where the schedule ends', () => {
    const [alpha, beta] = [0.1, 0.4];
    const long = explodingSchedule({ most: 200 });
    expect(reinjectionLevels(long, { alpha, beta })).toEqual(
      reinjectionLevels(long, { alpha, beta, most: 100, least: 0.03 }),
    );
    const short = explodingSchedule({ most: 30 });
    expect(reinjectionLevels(short, { alpha, beta })).toHaveLength(1 + 454);
    expect(reinjectionLevels(short, { alpha: 1, beta: 0 })).toEqual([1, 0]);
  });

  it('end at the first σ/α that is not above the least', () => {
    const schedule = explodingSchedule({ most: 8, rho: 1 });
    const options = { alpha: 0.5, beta: 0, most: 8 };
    expect(reinjectionLevels(schedule, { ...options, least: 1 })).toEqual([1, 0.5, 0.25, 0.125]);
    expect(reinjectionLevels(schedule, { ...options, least: 0.9 })).toEqual([1, 0.5, 0.25, 0.125, 0.0625]);
  });

  it('refuse options that are none, and noise that does not fall', async () => {
    const call = (options: ReinjectionOptions) => reinjectionLevels(explodingSchedule(), options);
    const good = { alpha: 0.1, beta: 0.4 };
    const between = 'reinjectionLevels: alpha must be above 0 and at most 1, got';
    expect(() => call({ ...good, alpha: 0 })).toThrow(`${between} 0`);
    expect(() => call({ ...good, alpha: 1.1 })).toThrow(`${between} 1.1`);
    expect(() => call({ ...good, beta: -1 })).toThrow('reinjectionLevels: beta must be at least 0, got -1');
    expect(() => call({ ...good, beta: 0.44 })).toThrow(
      'reinjectionLevels: beta must be below 0.436 for alpha 0.1, or the noise does not fall, got 0.44',
    );
    expect(() => call({ ...good, least: 90 })).toThrow('reinjectionLevels: least must be below most, 80, got 90');
    expect(() => call({ ...good, most: 300 })).toThrow(
      'reinjectionLevels: most must be at most 80, where the schedule ends, got 300',
    );
    const options = { ...good, most: 50, least: 0.1 };
    expect(await expectRefusals('reinjectionLevels', { arguments: () => ({ options }), call })).toBe(4);
  });
});

it('levels leave no tensors', () =>
  expectNoLeak(() => {
    karrasLevels(cosineSchedule(), { steps: 5 });
    reinjectionLevels(linearSchedule(), { alpha: 0.5, beta: 0.2 });
    expect(() => karrasLevels(cosineSchedule(), { steps: 5, most: -1 })).toThrow();
  }));
