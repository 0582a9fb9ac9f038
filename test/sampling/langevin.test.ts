import { describe, expect, it } from 'vitest';
import {
  binomial,
  collect,
  cosineSchedule,
  denoiser,
  disposeTurns,
  explodingSchedule,
  gaussian,
  geometricLevels,
  langevin,
  last,
  normalDenoiser,
  ready,
  rules,
  sample,
  sampleLangevin,
  tf,
  unet,
  velocity,
  type Denoiser,
  type Images,
  type LangevinSampling,
} from 'naive-diffusion';
import { expectRefusals } from '../refusals.js';
import { expectNoLeak } from '../support.js';

await ready();

const schedule = explodingSchedule({ most: 8 });
const degradation = gaussian({ schedule, range: [-1, 1] });

/** Mean and variance of all values. */
function momentsOf(images: Images): { mean: number; variance: number } {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(images);
    return { mean: mean.dataSync()[0], variance: variance.dataSync()[0] };
  });
}

describe('Langevin dynamics at one level, on normal data', () => {
  const [mean, s, sigma, side] = [0.2, 0.5, 0.4, 150];
  const denoise = normalDenoiser({ degradation, mean, deviation: s });
  const levels = [schedule.level(sigma)];
  const five = 5 * Math.sqrt(2 / side ** 2);

  it.each([0.2, 1])('settles at the variance v/(1 − step·σ²/(4·v)) with steps of %f', async (step) => {
    const z = tf.fill([1, side, side, 1], 3) as Images; // far off
    const options = { denoise, degradation, levels, repeats: step === 1 ? 60 : 250, step, z };
    const end = await last(sampleLangevin({ ...options, finish: false }));
    const v = s ** 2 + sigma ** 2;
    const wanted = v / (1 - (step * sigma ** 2) / (4 * v));
    const found = momentsOf(end);
    expect(Math.abs(found.variance / wanted - 1)).toBeLessThan(five);
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(wanted / side ** 2));

    // The final denoising step takes out the noise, and what it shrinks is known.
    const clean = await last(sampleLangevin(options));
    const shrunk = (s ** 2 / v) ** 2 * wanted;
    expect(Math.abs(momentsOf(clean).variance / shrunk - 1)).toBeLessThan(five);
    tf.dispose([z, end, clean]);
  });
});

describe('Langevin dynamics between two bumps, at −2 and 2 with shares of 3/4 and 1/4', () => {
  /** The exact denoiser of both, each a single value. */
  const bumps: Denoiser = Object.assign(
    (z: Images, t: number | tf.Tensor1D) => {
      const { sigma } = degradation.coefficients(t as tf.Tensor1D);
      // log of 1/4 to 3/4, and the squares' difference: 8z/(2σ²).
      const right = tf.sigmoid(tf.add(Math.log(1 / 3), tf.div(tf.mul(4, z), tf.square(sigma))));
      return { x0: tf.sub<Images>(tf.mul(right, 4), 2) };
    },
    { weights: [] },
  );
  const side = 60;
  const shareOnTheRight = (images: Images) =>
    tf.tidy(() => tf.mean(tf.cast(tf.greater(images, 0), 'float32')).dataSync()[0]);

  it('stays where it began at one level of little noise, and finds the shares when it is annealed', async () => {
    const options = { denoise: bumps, degradation, step: 0.2, repeats: 40, seed: 3 };
    const z = tf.fill([1, side, side, 1], 2) as Images;
    const stuck = await last(sampleLangevin({ ...options, levels: [schedule.level(0.3)], z }));
    expect(shareOnTheRight(stuck)).toBe(1);
    const levels = geometricLevels(schedule, { steps: 12, least: 0.1 }).slice(0, -1);
    const annealed = await last(sampleLangevin({ ...options, levels, count: 1, shape: [side, side, 1] }));
    const five = 5 * Math.sqrt((0.25 * 0.75) / side ** 2);
    expect(Math.abs(shareOnTheRight(annealed) - 0.25)).toBeLessThan(five + 0.01); // a hundredth for the step size
    tf.dispose([z, stuck, annealed]);
  });
});

describe('sampleLangevin', () => {
  const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
  const g = gaussian({ schedule: cosineSchedule() });
  const denoise = denoiser(network, { target: velocity(g) });
  const good: LangevinSampling = { denoise, degradation: g, levels: [1, 0.5, 0.1], repeats: 2, count: 2 };

  it('takes so many steps at each level, and one to no noise', async () => {
    const turns = await collect(sampleLangevin(good));
    expect(turns.map(({ t }) => t)).toEqual([1, 1, 0.5, 0.5, 0.1, 0.1, 0.1, 0]);
    const without = await collect(sampleLangevin({ ...good, finish: false }));
    expect(without.map(({ t }) => t)).toEqual([1, 1, 0.5, 0.5, 0.1, 0.1, 0.1]);
    for (const { z } of turns) expect(Number.isFinite(tf.tidy(() => tf.sum(z).dataSync()[0]))).toBe(true);
    [turns, without].forEach(disposeTurns);
  });

  it('is the rule langevin, once a level, in sample', async () => {
    const levels = [1, 0.5, 0.1, 0];
    const one = await last(sample({ denoise, degradation: g, rule: langevin({ step: 0.1 }), levels, count: 2 }));
    expect(Number.isFinite(tf.tidy(() => tf.sum(one).dataSync()[0]))).toBe(true);
    one.dispose();
    const spec = JSON.parse(JSON.stringify(langevin({ step: 0.1 }).spec)) as { kind: string };
    expect(await rules.make(spec)).toBe(langevin({ step: 0.1 }));
    expect(await rules.make({ kind: 'langevin' })).toBe(langevin());
  });

  it('refuses what it cannot walk', async () => {
    const wrong = (options: object) => () => sampleLangevin({ ...good, ...options });
    expect(wrong({ levels: [] })).toThrow('sampleLangevin: levels must be a list of at least one level, got []');
    expect(wrong({ levels: 0.5 })).toThrow('sampleLangevin: levels must be a list of at least one level, got 0.5');
    expect(wrong({ levels: [1, 0] })).toThrow('sampleLangevin: levels must be at least two numbers in [0, 1]');
    expect(wrong({ levels: [0.5, 0.6] })).toThrow('got 0.6 at place 1');
    expect(wrong({ levels: [0.5] })).toThrow('sampleLangevin: z must be given to start from the level 0.5');
    expect(wrong({ repeats: 0 })).toThrow('sampleLangevin: repeats must be a whole number of at least 1, got 0');
    expect(wrong({ finish: 'yes' })).toThrow("sampleLangevin: finish must be true or false, got 'yes'");
    expect(wrong({ step: -1 })).toThrow('langevin: step must be a number above 0, got -1');
    expect(wrong({ degradation: binomial() })).toThrow('sampleLangevin: ');
    expect(() => sample({ ...good, rule: langevin as never })).toThrow('got what makes one: call langevin(…)');
    const call = (options: { step: number }) => langevin(options);
    await expectRefusals('langevin', { arguments: () => ({ options: { step: 0.2 } }), call });
  });

  it('leaks no tensors when it ends, is left, or is never begun', async () => {
    (await last(sampleLangevin(good))).dispose();
    for (const when of [1, 0.5, 0]) {
      await expectNoLeak(async () => {
        for await (const { t } of sampleLangevin(good)) if (t === when) break;
      });
    }
    await expectNoLeak(() => sampleLangevin(good));
  });
});
