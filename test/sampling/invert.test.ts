import { describe, expect, it } from 'vitest';
import {
  ancestral,
  binomial,
  blur,
  churn,
  collect,
  cosineSchedule,
  denoiser,
  disposeTurns,
  dpmSolver2M,
  evenLevels,
  explodingSchedule,
  flowSchedule,
  fresh,
  gaussian,
  heun,
  inferred,
  invert,
  karrasLevels,
  key,
  last,
  mixed,
  normalDenoiser,
  ready,
  reinject,
  renoise,
  sample,
  tf,
  unet,
  uniform,
  velocity,
  type Denoiser,
  type Gaussian,
  type Images,
  type Inversion,
  type Rule,
} from 'naive-diffusion';
import solvers from '../fixtures/diffusion/solvers.json';
import { exactDenoiser, tensorOf, type DataSpec } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

await ready();

type Solver = Rule<{ noise: Images }>;
const euler = renoise(inferred) as Solver;
const schedules = [
  ['cosine', cosineSchedule()],
  ['exploding', explodingSchedule()],
  ['flow', flowSchedule()],
] as const;

/** The denoiser of two images, which is not linear in z. */
function ofTwoImages(degradation: Gaussian): Denoiser {
  const guess = exactDenoiser((solvers.denoisers as Record<string, DataSpec>).pair);
  const denoise = (z: Images, t: number | tf.Tensor1D) => {
    const { alpha, sigma } = degradation.coefficients(t as tf.Tensor1D);
    return { x0: guess(z, alpha, sigma) };
  };
  return Object.assign(denoise, { weights: [] });
}

describe.each(schedules)('invert over the schedule %s', (_, schedule) => {
  const degradation = gaussian({ schedule, range: [-1, 1] });

  /** How far images come back from their noise, at most. */
  async function roundTrip(denoise: Denoiser, rule: Solver, { z, levels }: { z: Images; levels: number[] }) {
    const noise = await last(invert({ denoise, degradation, rule, levels, z }));
    const same = await last(sample({ denoise, degradation, rule, levels, z: noise }));
    const off = difference(same, z);
    tf.dispose([noise, same]);
    return off;
  }

  it('and sample is the identity: for normal data within 0.06, 0.002 and 0.002 at 128 steps', async () => {
    const denoise = normalDenoiser({ degradation, mean: 0.2, deviation: 0.5 });
    const z = tf.tidy(() => tf.sub(tf.mul(uniform(key(3), [2, 3, 4, 1]), 2), 1) as Images);
    for (const [rule, order, most] of [
      [euler, 1, 0.06],
      [heun, 2, 0.002],
      [dpmSolver2M, 2, 0.002],
    ] as const) {
      const errors: number[] = [];
      for (const steps of [32, 64, 128])
        errors.push(await roundTrip(denoise, rule, { z, levels: karrasLevels(schedule, { steps }) }));
      expect(errors[2]).toBeLessThan(most);
      for (const i of [0, 1]) expect(errors[i] / errors[i + 1]).toBeGreaterThan(0.85 * 2 ** order);
    }
    z.dispose();
  });

  it('arrives at the noise that the equation leads to', async () => {
    const [mean, s] = [0.2, 0.5];
    const denoise = normalDenoiser({ degradation, mean, deviation: s });
    const levels = karrasLevels(schedule, { steps: 64 });
    const z = tf.fill([1, 1, 1, 1], mean + 1.3 * s) as Images;
    const turns = await collect(invert({ denoise, degradation, rule: heun, levels, z }));
    expect(turns.map(({ t }) => t)).toEqual([...levels].reverse());
    for (const { t, z: there } of turns.slice(1)) {
      const [alpha, sigma] = tf.tidy(() => {
        const both = degradation.coefficients(tf.tensor1d([t]));
        return [both.alpha.dataSync()[0], both.sigma.dataSync()[0]];
      });
      const wanted = alpha * mean + 1.3 * Math.hypot(alpha * s, sigma);
      expect(Math.abs(there.dataSync()[0] / wanted - 1)).toBeLessThan(0.01);
    }
    disposeTurns(turns);
    z.dispose();
  });

  it('takes an image of two to noise that leads back to it, and not to the other', async () => {
    const { images } = (solvers.denoisers as Record<string, DataSpec>).pair;
    const z = tf.tidy(() => tf.add(tensorOf(images!), 0) as Images);
    const levels = karrasLevels(schedule, { steps: 64, least: 0.05 });
    expect(await roundTrip(ofTwoImages(degradation), heun, { z, levels })).toBeLessThan(1e-3);
    z.dispose();
  });
});

describe('invert', () => {
  const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
  const degradation = gaussian();
  const denoise = denoiser(network, { target: velocity(degradation) });
  const images = uniform(key(1), [2, 8, 8, 1]) as Images;
  const options: Inversion = { denoise, degradation, levels: evenLevels(8), z: images };

  it('of a network comes back the better the more steps there are', async () => {
    const errors: number[] = [];
    for (const steps of [8, 64]) {
      const levels = evenLevels(steps);
      const noise = await last(invert({ ...options, levels, rule: heun }));
      const same = await last(sample({ denoise, degradation, levels, rule: heun, z: noise }));
      errors.push(difference(same, images));
    }
    expect(errors[1]).toBeLessThan(0.5 * errors[0]);
  });

  it('begins at the last of the levels, with its images as they are, where that is not 0', async () => {
    const turns = await collect(invert({ ...options, levels: [0.9, 0.4, 0.2] }));
    expect(turns.map(({ t }) => t)).toEqual([0.2, 0.4, 0.9]);
    expect(difference(turns[0].z, images)).toBe(0);
    disposeTurns(turns);
  });

  it('refuses what it cannot go back over', () => {
    const wrong = (more: object) => () => invert({ ...options, ...more });
    for (const [rule, name] of [
      [ancestral(), 'ancestral'],
      [reinject(0.4), 'reinject'],
      [churn({ amount: 1 }), 'churn'],
      [renoise(fresh), 'renoise with the draw fresh'],
      [renoise(mixed(0.5) as never), 'renoise with the draw mixed'],
    ] as const)
      expect(wrong({ rule })).toThrow(
        `invert: rule must put no new noise in, as heun and renoise(inferred) do, got ${name}`,
      );
    expect(wrong({ rule: renoise(mixed(0) as never) })).not.toThrow();
    expect(wrong({ rule: reinject(0) })).not.toThrow();
    expect(wrong({ levels: [1, 0] })).toThrow('invert: levels must hold at least two above 0, got [1,0]');
    expect(wrong({ levels: [0, 1] })).toThrow('invert: levels must be at least two numbers in [0, 1]');
    expect(wrong({ degradation: binomial() })).toThrow('invert: ');
    expect(wrong({ degradation: blur(), rule: heun })).toThrow('invert: ');
    expect(wrong({ z: undefined })).toThrow('invert: ');
    expect(wrong({ z: tf.zeros([2, 8, 8, 3]) })).toThrow('invert: z must have shape [2,8,8,1], got [2,8,8,3]');
    expect(wrong({ z: tf.fill([1, 8, 8, 1], NaN) })).toThrow('invert: z must hold finite numbers');
    expect(wrong({ denoise: network.weights })).toThrow('invert: denoise must be a denoiser');
  });

  it('leaks no tensors when it ends, is left, or is never begun', async () => {
    for (const rule of [euler, heun, dpmSolver2M]) {
      const run = () => invert({ ...options, rule });
      (await last(run())).dispose();
      for (const when of [0, 0.125, 0.5, 1]) {
        await expectNoLeak(async () => {
          for await (const { t } of run()) if (t === when) break;
        });
      }
      await expectNoLeak(run);
    }
  });
});
