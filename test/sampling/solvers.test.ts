import { describe, expect, it, vi } from 'vitest';
import {
  ancestral,
  binomial,
  churn,
  cosineSchedule,
  denoiser,
  dpmSolver2M,
  evenLevels,
  explodingSchedule,
  flowSchedule,
  gaussian,
  geometricLevels,
  heun,
  inferred,
  key,
  last,
  linearSchedule,
  mixed,
  noise,
  normal,
  normalDenoiser,
  ready,
  reinject,
  renoise,
  rules,
  sample,
  tf,
  unet,
  velocity,
  type ChurnOptions,
  type Denoiser,
  type Gaussian,
  type Images,
  type Rule,
} from 'naive-diffusion';
import { expectRefusals } from '../refusals.js';
import { difference, expectNoLeak, refuseWarnings } from '../support.js';

await ready();

refuseWarnings();

const schedules = {
  cosine: cosineSchedule(),
  linear: linearSchedule(),
  exploding: explodingSchedule(),
  flow: flowSchedule(),
};
const noises = Object.entries(schedules).map(
  ([name, schedule]) => [name, gaussian({ schedule, range: [-1, 1] })] as const,
);

const euler = renoise(inferred) as Rule<{ noise: Images }>;

/** α and σ at a level. */
const coefficients = (g: Gaussian, t: number): [number, number] =>
  tf.tidy(() => {
    const { alpha, sigma } = g.coefficients(tf.tensor1d([t]));
    return [alpha.dataSync()[0], sigma.dataSync()[0]];
  });

/** What remains of `rate` in the logarithm of the errors: the order of a method, from errors at doubled steps. */
const orders = (errors: number[]): number[] => errors.slice(1).map((error, i) => Math.log2(errors[i] / error));

describe.each(noises)('over the schedule %s, on data whose solution is known', (_, g) => {
  const [mean, s, start] = [0.2, 0.5, 1.3];
  const denoise = normalDenoiser({ degradation: g, mean, deviation: s });

  /** How far a rule is off, with so many steps from σ/α = 10 to 0.1, even in its logarithm. */
  async function error(rule: Rule<{ noise: Images }>, steps: number): Promise<number> {
    const levels = Array.from({ length: steps + 1 }, (__, i) => g.schedule.level(10 * 0.01 ** (i / steps)));
    // The place of z in units of the deviation, √(α²s² + σ²), stays.
    const at = (t: number) => {
      const [alpha, sigma] = coefficients(g, t);
      return alpha * mean + start * Math.hypot(alpha * s, sigma);
    };
    const z = tf.fill([1, 1, 1, 1], at(levels[0])) as Images;
    const end = await last(sample({ denoise, degradation: g, rule, levels, z }));
    const off = Math.abs(end.dataSync()[0] - at(levels.at(-1)!));
    tf.dispose([z, end]);
    return off;
  }

  it.each([
    ['Euler, which is DDIM', euler, 1],
    ['Heun', heun, 2],
    ['DPM-Solver++ (2M)', dpmSolver2M, 2],
  ] as const)('%s errs with the power of the steps that it is known for', async (__, rule, order) => {
    const errors: number[] = [];
    for (const steps of [16, 32, 64]) errors.push(await error(rule, steps));
    for (const found of orders(errors)) expect(Math.abs(found - order)).toBeLessThan(0.25);
    // And the second order is worth it: at 64 steps a tenth of the error, or less.
    if (order === 2) expect(errors[2]).toBeLessThan(0.1 * (await error(euler, 64)));
  });

  it('every rule goes from noise alone to no noise with finite numbers, and a single image is found in one step', async () => {
    const point = normalDenoiser({ degradation: g, mean, deviation: 1e-6 });
    const z = normal(key(4), [2, 2, 2, 1]) as Images;
    for (const rule of [euler, heun, dpmSolver2M, churn({ amount: 3 })]) {
      const many = await last(sample({ denoise, degradation: g, rule, levels: evenLevels(6), z }));
      expect(Number.isFinite(tf.tidy(() => tf.sum(many).dataSync()[0]))).toBe(true);
      const one = await last(sample({ denoise: point, degradation: g, rule, levels: [1, 0], z }));
      tf.tidy(() => {
        expect(difference(one, tf.fill([2, 2, 2, 1], mean))).toBeLessThan(1e-5);
      });
      tf.dispose([many, one]);
    }
    z.dispose();
  });
});

describe('churn', () => {
  const schedule = explodingSchedule();
  const g = gaussian({ schedule, range: [-1, 1] });

  it('of nothing is the rule itself', async () => {
    const denoise = normalDenoiser({ degradation: g, deviation: 0.5 });
    const options = {
      denoise,
      degradation: g,
      levels: geometricLevels(schedule, { steps: 6 }),
      count: 2,
      shape: [2, 3, 1] as const,
    };
    for (const rule of [heun, dpmSolver2M, euler]) {
      const [with_, without] = [
        await last(sample({ ...options, rule: churn({ rule, amount: 0 }) })),
        await last(sample({ ...options, rule })),
      ];
      // Both are recorded apart, and round apart, with z up to 80.
      expect(difference(with_, without)).toBeLessThan(1e-5);
      tf.dispose([with_, without]);
    }
  });

  it('raises σ/α by min(amount/steps, √2 − 1) within its limits, and never above the end', async () => {
    const raisedBy = async (options: ChurnOptions, sigma: number, steps: number) => {
      const t = schedule.level(sigma);
      return coefficients(g, await churn(options).raise(g, t, steps))[1] / coefficients(g, t)[1];
    };
    expect(await raisedBy({ amount: 4 }, 1, 10)).toBeCloseTo(1.4, 4);
    expect(await raisedBy({ amount: 40 }, 1, 10)).toBeCloseTo(Math.SQRT2, 4);
    expect(await raisedBy({ amount: 4, least: 2 }, 1, 10)).toBe(1);
    expect(await raisedBy({ amount: 4, most: 0.5 }, 1, 10)).toBe(1);
    expect(await raisedBy({ amount: 4 }, 70, 10)).toBeCloseTo(80 / 70, 4);
    expect(await churn({ amount: 4 }).raise(g, 1, 10)).toBe(1);
    const flow = gaussian({ schedule: flowSchedule() });
    expect(await churn({ amount: 4 }).raise(flow, 1, 10)).toBe(1);
    expect(await churn({ amount: 4 }).raise(flow, 0.5, 10)).toBeCloseTo(1.4 / 2.4, 5); // σ/α = t/(1 − t)
  });

  it.each(noises)('keeps the distribution of the data over the schedule %s', async (_, noisy) => {
    const [mean, deviation, side] = [0.2, 0.5, 150];
    const denoise = normalDenoiser({ degradation: noisy, mean, deviation });
    const steps = 40;
    const levels = geometricLevels(noisy.schedule, { steps, least: 0.02 });
    const rule = churn({ amount: 8 });
    const end = await last(sample({ denoise, degradation: noisy, rule, levels, count: 1, shape: [side, side, 1] }));
    const { mean: centre, variance } = tf.tidy(() => {
      const moments = tf.moments(end);
      return { mean: moments.mean.dataSync()[0], variance: moments.variance.dataSync()[0] };
    });
    end.dispose();
    // Five deviations of an estimate from side² values, and a hundredth for the steps.
    expect(Math.abs(centre - mean)).toBeLessThan((5 * deviation) / side + 0.01);
    expect(Math.abs(Math.sqrt(variance) / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * side ** 2) + 0.01);
  });

  it('asks once for each guess that its rule asks for', async () => {
    let asked = 0;
    const exact = normalDenoiser({ degradation: g });
    const counting: Denoiser = Object.assign(
      (...at: Parameters<Denoiser>) => {
        asked++;
        return exact(...at);
      },
      { weights: [] },
    );
    vi.stubEnv('NAIVE_DIFFUSION_COMPILE', '0');
    const options = { degradation: g, levels: [1, 0.6, 0.3], count: 1, shape: [1, 1, 1] as const };
    for (const [rule, times] of [
      [euler, 2],
      [heun, 4],
    ] as const) {
      asked = 0;
      (await last(sample({ ...options, denoise: counting, rule: churn({ rule, amount: 1 }) }))).dispose();
      expect(asked).toBe(times);
    }
    vi.unstubAllEnvs();
  });

  it('is the same for the same options, so that what has been compiled is found again', () => {
    expect(churn({ amount: 4 })).toBe(churn({ amount: 4, rule: heun, least: 0, noise: 1 }));
    expect(churn({ amount: 4 })).not.toBe(churn({ amount: 4, rule: dpmSolver2M }));
  });

  it('refuses options that are none', async () => {
    const call = (options: ChurnOptions) => churn(options);
    expect(() => call({ amount: -1 })).toThrow('churn: amount must be a number of at least 0, got -1');
    expect(() => call({ amount: 1, least: 2, most: 1 })).toThrow(
      'churn: most must be at least 2, which least is, got 1',
    );
    expect(() => call({ amount: 1, rule: 'heun' as never })).toThrow(
      'churn: rule must be one, such as heun, got "heun"',
    );
    expect(() => call({ amount: 1, rule: churn({ amount: 1 }) })).toThrow('got another churn');
    expect(() => call({ amount: 1, s_min: 1 } as never)).toThrow('churn: s_min is not an option');
    const options = { amount: 4, least: 0.1, most: 50, noise: 1.003 };
    const infinite = ['most'];
    await expect(expectRefusals('churn', { arguments: () => ({ options }), call, infinite })).resolves.toBe(4);
  });
});

describe('solvers and churn', () => {
  it('are made again from their specs', async () => {
    const made = [
      heun,
      dpmSolver2M,
      churn({ amount: 4 }),
      churn({ amount: 4, least: 0.1, most: 50, noise: 1.003, rule: euler }),
      churn({ amount: 1, rule: dpmSolver2M }),
      churn({ amount: 1, rule: reinject(0.4) }),
    ];
    for (const rule of made) {
      const spec = JSON.parse(JSON.stringify(rule.spec)) as typeof rule.spec & object;
      expect((await rules.make(spec)).spec).toEqual(rule.spec);
    }
    await expect(rules.make({ kind: 'churn' })).rejects.toThrow('churn: amount must be a number of at least 0');
    await expect(rules.make({ kind: 'churn', amount: 1, eta: 1 })).rejects.toThrow('churn: eta is not an option');
  });

  it('go back over Gaussian noise alone', () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear' });
    const options = { denoise: denoiser(network), degradation: binomial(), levels: [1, 0], count: 1 };
    for (const rule of [heun, dpmSolver2M, churn({ amount: 1 })] as Rule[])
      expect(() => sample({ ...options, rule })).toThrow('sample: degradation must be Gaussian noise');
    expect(() => sample({ ...options, rule: churn as never })).toThrow('got what makes one: call churn(…)');
    network.dispose();
  });

  it('leak no tensors when they end or are left, with a network', async () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
    const degradation = gaussian({ schedule: cosineSchedule({ most: 50 }) });
    for (const target of [velocity(degradation), noise(degradation, { told: 'share' })]) {
      const denoise = denoiser(network, { target });
      const inner = [heun, dpmSolver2M, ancestral(), renoise(mixed(0.5))] as Rule<{ noise: Images }>[];
      for (const rule of [heun, dpmSolver2M, ...inner.map((one) => churn({ amount: 1, rule: one }))]) {
        const run = () => sample({ denoise, degradation, rule, levels: evenLevels(4), count: 2 });
        (await last(run())).dispose();
        for (const when of [0, 0.5]) {
          await expectNoLeak(async () => {
            for await (const { t } of run()) if (t === when) break;
          });
        }
      }
    }
    network.dispose();
  });
});
