import { describe, expect, it } from 'vitest';
import {
  ancestral,
  clean,
  collect,
  cosineSchedule,
  denoiser,
  disposeTurns,
  evenLevels,
  explodingSchedule,
  flow,
  flowSchedule,
  fresh,
  gaussian,
  inferred,
  key,
  last,
  linearSchedule,
  mixed,
  noise,
  normal,
  ready,
  reinject,
  reinjectionLevels,
  renoise,
  rules,
  sample,
  tf,
  unet,
  uniform,
  velocity,
  type Denoiser,
  type Gaussian,
  type Images,
  type Rule,
  type Step,
  type StepVariance,
} from 'naive-diffusion';
import { reverseStep, stepVariance } from '../../lib/src/sampling/rules.js';
import { difference, expectNoLeak, stirred } from '../support.js';

await ready();

const schedules = {
  cosine: cosineSchedule(),
  linear: linearSchedule(),
  exploding: explodingSchedule(),
  flow: flowSchedule(),
};
const noises = Object.entries(schedules).map(([name, schedule]) => [name, gaussian({ schedule })] as const);

/**
 * The best guess of data whose values are independent and normal with mean `mean` and deviation `s`, and its variance,
 * s²·σ²/(α²·s² + σ²); in the range in which noise is added.
 */
function exact(g: Gaussian, { mean = 0, s = 1 } = {}): Denoiser {
  const denoise = (z: Images, level: number | tf.Tensor1D) => {
    const { alpha, sigma } = g.coefficients(typeof level === 'number' ? tf.fill([z.shape[0]], level) : level);
    const total = tf.add(tf.mul(tf.square(alpha), s * s), tf.square(sigma));
    const off = tf.sub(g.toSigned(z), tf.mul(alpha, mean));
    const x0 = g.fromSigned(tf.add(mean, tf.mul(tf.div(tf.mul(alpha, s * s), total), off)));
    return { x0, variance: tf.div(tf.mul(tf.square(sigma), s * s), total) as tf.Tensor4D };
  };
  return Object.assign(denoise, { weights: [] });
}

/** α and σ of a level, as numbers. */
function coefficients(g: Gaussian, level: number): [alpha: number, sigma: number] {
  return tf.tidy(() => {
    const { alpha, sigma } = g.coefficients(tf.tensor1d([level]));
    return [alpha.dataSync()[0], sigma.dataSync()[0]];
  });
}

/** A step of a rule from any images to any, from t to s, with the key of `seed`. */
function stepOf(g: Gaussian, t: number, s: number, seed = 1): Step<{ noise: Images }> {
  const shape = [2, 3, 4, 1];
  const [z, x0] = [g.fromSigned(normal(key(seed, 1), shape)), uniform(key(seed, 2), shape) as Images];
  const draw = { noise: normal<tf.Rank.R4>(key(seed, 3), shape) };
  const [at, next] = [t, s].map((level) => tf.fill([2], level) as tf.Tensor1D);
  const denoise = () => ({ x0 });
  return { degradation: g, denoise, z, estimate: { x0 }, t: at, s: next, draw, key: key(seed, 4) };
}

/** The largest difference of two rules after a step, relative to the largest value, or to 1 if that is less. */
function apart(a: Rule, b: Rule, step: Step<{ noise: Images }>): number {
  return tf.tidy(() => {
    const [one, other] = [a(step), b(step)];
    return difference(one, other) / Math.max(1, tf.max(tf.abs(other)).dataSync()[0]);
  });
}

const steps = [
  [0.9, 0.7],
  [0.7, 0.6],
  [0.5, 0.2],
  [0.3, 0.25],
] as const;

// One step computed in two ways: a dozen roundings of 6e-8.
const ROUNDING = 2e-6;

describe('over straight lines', () => {
  const g = gaussian({ schedule: flowSchedule() });

  it.each([...steps, [1, 0.8], [0.4, 0]] as const)("from %d to %d: DDIM is Euler's step along the flow", (t, s) => {
    tf.tidy(() => {
      const step = stepOf(g, t, s);
      const said = normal<tf.Rank.R4>(key(5), step.z.shape);
      const estimate = flow(g).read(said, step.z, step.t);
      const next = g.toSigned(renoise(inferred)({ ...step, estimate } as Step));
      expect(difference(next, tf.add(g.toSigned(step.z), tf.mul(said, s - t)))).toBeLessThan(1e-6);
    });
  });

  it("a walk of DDIM is a walk of Euler's method, asked at the same places", async () => {
    const network = stirred(unet({ channels: 1, size: 8, widths: [4, 8], output: 'linear', seed: 3 }));
    const levels = evenLevels(6);
    const start = tf.tidy(() => g.fromSigned(normal(key(1), [3, 8, 8, 1])) as Images);
    const denoise = denoiser(network, { target: flow(g) });
    const end = await last(sample({ denoise, degradation: g, rule: renoise(inferred), levels, z: start }));
    tf.tidy(() => {
      let z = g.toSigned(start) as Images;
      for (let i = 1; i < levels.length; i++)
        z = tf.add(z, tf.mul(network(z, levels[i - 1]), levels[i] - levels[i - 1]));
      expect(difference(g.toSigned(end), z)).toBeLessThan(1e-6 * Math.max(1, tf.max(tf.abs(z)).dataSync()[0]));
    });
  });
});

describe.each(noises)('a step over the schedule %s', (_, g) => {
  it.each(steps)('from %d to %d: reinject is denoise/renoise, DDIM and DDPM for three values of β', (t, s) => {
    tf.tidy(() => {
      const [[a, b], [c, d]] = [coefficients(g, t), coefficients(g, s)];
      const r = d / c / (b / a);
      for (const seed of [1, 2]) {
        const step = stepOf(g, t, s, seed);
        expect(apart(reinject(0), renoise(inferred), step)).toBeLessThan(ROUNDING);
        expect(apart(reinject(r * Math.sqrt(1 - r * r)), ancestral(), step)).toBeLessThan(ROUNDING);
        // All of the noise is new from β = r on. Where rounding leaves β below r by 6e-8 of it, a share of √(2·6e-8)
        // of the old noise is left, though only 1e-7 of its variance.
        expect(apart(reinject(1.001 * r), renoise(fresh), step)).toBeLessThan(ROUNDING);
        expect(apart(reinject(r), renoise(fresh), step)).toBeLessThan(4e-3);
        if (d > 0.05) expect(apart(reinject(r / 2), renoise(fresh), step)).toBeGreaterThan(1e-2);
      }
    });
  });

  it.each([...steps, [0.4, 0], [1, 0.8]] as const)('from %d to %d: ancestral is renoising with new noise', (t, s) => {
    tf.tidy(() => {
      for (const seed of [1, 2])
        expect(apart(ancestral(), renoise(mixed(1)), stepOf(g, t, s, seed))).toBeLessThan(ROUNDING);
    });
  });

  it('to no noise is the guess, with any rule and variance', () => {
    tf.tidy(() => {
      const step = stepOf(g, 0.4, 0);
      const share = tf.fill([2, 3, 4, 1], 0.5) as tf.Tensor4D;
      const knowing = { ...step, estimate: { ...step.estimate, share, variance: share } };
      for (const variance of ['posterior', 'forward', 'optimal', 'learned'] as const)
        expect(difference(ancestral({ variance })(knowing), step.estimate.x0)).toBeLessThan(ROUNDING);
      for (const beta of [0, 0.3, 2]) expect(difference(reinject(beta)(step), step.estimate.x0)).toBeLessThan(ROUNDING);
    });
  });

  it('from nothing but noise is finite, and what the level wants', () => {
    tf.tidy(() => {
      const step = stepOf(g, 1, 0.8);
      for (const rule of [ancestral(), ancestral({ variance: 'forward' }), reinject(0), reinject(0.4)])
        expect(Number.isFinite(tf.sum(rule(step)).dataSync()[0])).toBe(true);
      expect(apart(reinject(0), renoise(inferred), step)).toBeLessThan(ROUNDING);
    });
  });
});

describe('walks of a sampler', () => {
  const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });

  /** The largest difference between all turns of two rules, with the same seed. */
  async function between(one: Rule, other: Rule, { g, levels }: { g: Gaussian; levels: number[] }): Promise<number> {
    const denoise = denoiser(network, { target: velocity(g) });
    const run = (rule: Rule) => collect(sample({ denoise, degradation: g, rule, levels, count: 2, seed: 5 }));
    const [a, b] = [await run(one), await run(other)];
    const far = a.map(
      ({ z }, i) =>
        difference(z, b[i].z) /
        Math.max(
          1,
          tf.tidy(() => tf.max(tf.abs(z)).dataSync()[0]),
        ),
    );
    [a, b].forEach(disposeTurns);
    return Math.max(...far);
  }

  it('with ancestral are those of renoising with all of the noise new, over every schedule', async () => {
    for (const [, g] of noises)
      expect(await between(ancestral(), renoise(mixed(1)), { g, levels: evenLevels(12) })).toBeLessThan(1e-5);
  });

  it('with reinject are those of denoise/renoise, of DDIM and of DDPM, step by step', async () => {
    const schedule = explodingSchedule({ most: 30 });
    const g = gaussian({ schedule });
    const walk = (alpha: number, beta: number) => ({ g, levels: reinjectionLevels(schedule, { alpha, beta }) });
    expect(await between(reinject(0), renoise(inferred), walk(0.2, 0))).toBeLessThan(1e-5);
    expect(await between(reinject(0.4), ancestral(), walk(0.2, 0.4))).toBeLessThan(1e-5); // β² = α(1 − α)
    // All noise is new: 1e-3 of the old one is left where rounding says that β is less than r, see above.
    expect(await between(reinject(0.7), renoise(fresh), walk(1, 0.7))).toBeLessThan(4e-3);
    expect(await between(reinject(0.71), renoise(fresh), walk(1, 0.7))).toBeLessThan(1e-5);
  });
});

describe('reinject with the best denoiser of data N(0, s²)', () => {
  it("loses the variance α²·σ²·s²/(s² + σ²) in each step of chapter 8's walk", () => {
    const schedule = explodingSchedule({ most: 30 });
    const degradation = gaussian({ schedule, range: [-1, 1] });
    for (const [alpha, beta, s] of [
      [0.1, 0.4, 1],
      [0.1, 0, 1],
      [0.5, 0.5, 0.3],
      [0.9, 0.9, 1],
      [0.3, 0.6, 2],
    ]) {
      const levels = reinjectionLevels(schedule, { alpha, beta, least: 0.3 });
      const sigmas = tf.tidy(() => [...schedule.sigma(tf.tensor1d(levels)).dataSync()]);
      for (let i = 0; i + 1 < levels.length; i++) {
        // The step is linear in z and in its noise: what it makes of z = 1 without noise, and of noise 1 with z = 0.
        const [kept, added] = tf.tidy(() => {
          const after = (z: number, drawn: number) => {
            const start = tf.fill([1, 1, 1, 1], z) as Images;
            const g = { ...degradation, draw: () => ({ noise: tf.fill([1, 1, 1, 1], drawn) as Images }) };
            const [t, next] = [levels[i], levels[i + 1]].map((level) => tf.tensor1d([level]));
            const denoise = exact(g, { s });
            const step = { degradation: g, denoise, z: start, t, s: next, draw: g.draw(), key: key(1) };
            return reinject(beta)({ ...step, estimate: denoise(start, t) }).dataSync()[0];
          };
          return [after(1, 0), after(0, 1)];
        });
        const before = s ** 2 + sigmas[i] ** 2;
        const variance = kept ** 2 * before + added ** 2;
        const lost = (alpha * sigmas[i] * s) ** 2 / before;
        // Of the variance before, float32 knows 1e-6: at most 30² of them, of which less than 1 is lost.
        const wanted = s ** 2 + sigmas[i + 1] ** 2;
        expect(Math.abs(wanted - variance - lost)).toBeLessThan(3e-6 * before);
        if (lost > 1e-3 * before) expect((wanted - variance) / lost).toBeCloseTo(1, 2);
      }
    }
  });

  // The table of walks from σ = 30 to 0.03 over data N(0, 1): the start is noise alone.
  const table = [
    { alpha: 0.1, beta: 0.4, evaluations: 454, deviation: 0.975 },
    { alpha: 0.1, beta: 0, evaluations: 66, deviation: 0.974 },
    { alpha: 0.0152, beta: 0, evaluations: 451, deviation: 0.996 },
    { alpha: 1, beta: 0.9, evaluations: 66, deviation: 0.69 },
    { alpha: 1, beta: 0.985, evaluations: 458, deviation: 0.705 },
  ];

  it.each(table)(
    'ends with the deviation $deviation after $evaluations steps with α $alpha, β $beta',
    async ({ alpha, beta, evaluations, deviation }) => {
      const schedule = explodingSchedule({ most: 30 });
      const levels = reinjectionLevels(schedule, { alpha, beta });
      expect(levels).toHaveLength(evaluations + 1);
      let [variance, sigma] = [30 ** 2, 30];
      for (let i = 0; i < evaluations; i++) {
        const after = (1 - (alpha * sigma ** 2) / (1 + sigma ** 2)) ** 2 * variance + (beta * sigma) ** 2;
        [variance, sigma] = [after, sigma * Math.hypot(1 - alpha, beta)];
        expect(30 * levels[i + 1] ** 7).toBeCloseTo(sigma, 6);
      }
      expect(Math.sqrt(variance)).toBeCloseTo(deviation, 3);

      const degradation = gaussian({ schedule, range: [-1, 1] });
      const side = 200;
      const options = { denoise: exact(degradation), degradation, rule: reinject(beta), levels };
      const end = await last(sample({ ...options, count: 1, shape: [side, side, 1], seed: 4 }));
      const measured = Math.sqrt(tf.tidy(() => tf.moments(end).variance.dataSync()[0]));
      end.dispose();
      // A deviation of n values has itself one of 1/√(2n) of it: five of them.
      expect(Math.abs(measured / Math.sqrt(variance) - 1)).toBeLessThan(5 / Math.sqrt(2 * side ** 2));
    },
  );
});

describe('the variances of ancestral', () => {
  const at = [
    [0.9, 0.4],
    [0.6, 0.5],
    [0.3, 0.1],
  ] as const;

  it('optimal is that of q(z_s | z_t) for Gaussian data, between any levels', () => {
    tf.tidy(() => {
      for (const [, g] of noises) {
        for (const [t, s] of at) {
          const deviation = 0.6;
          const [a, b] = coefficients(g, t);
          const [c, d] = coefficients(g, s);
          const [now, then] = [a ** 2 * deviation ** 2 + b ** 2, c ** 2 * deviation ** 2 + d ** 2];
          const together = a * c * deviation ** 2 + (a / c) * d ** 2;
          const wanted = then - together ** 2 / now;
          const step = stepOf(g, t, s);
          const { variance } = exact(g, { s: deviation })(step.z, step.t);
          const made = stepVariance('optimal', reverseStep(g, step.t, step.s), { ...step.estimate, variance });
          expect(made.dataSync()[0] / wanted).toBeCloseTo(1, 4);
        }
      }
    });
  });

  it('posterior is the best for one image, forward for N(0, I) where the variance is preserved; learned lies between', () => {
    tf.tidy(() => {
      const g = gaussian();
      for (const [t, s] of at) {
        const step = stepOf(g, t, s);
        const back = reverseStep(g, step.t, step.s);
        const of = (kind: StepVariance, more = {}) =>
          stepVariance(kind, back, { ...step.estimate, ...more }).dataSync()[0];
        const [posterior, forward] = [of('posterior'), of('forward')];
        expect(of('optimal', { variance: tf.zeros([2, 1, 1, 1]) })).toBe(posterior);
        const { variance } = exact(g)(step.z, step.t);
        expect(of('optimal', { variance }) / forward).toBeCloseTo(1, 4);
        const learned = (share: number) => of('learned', { share: tf.fill([2, 3, 4, 1], share) });
        expect(learned(0) / posterior).toBeCloseTo(1, 5);
        expect(learned(1) / forward).toBeCloseTo(1, 5);
        expect(learned(0.3) / (posterior ** 0.7 * forward ** 0.3)).toBeCloseTo(1, 5);
      }
    });
  });

  it('optimal keeps the deviation of Gaussian data in four steps, where posterior loses and forward adds', async () => {
    const g = gaussian({ range: [-1, 1] });
    const [mean, s, n] = [0.2, 0.3, 40_000];
    const spread = async (variance: StepVariance) => {
      const rule = ancestral({ variance });
      // To a level with a little noise: the last step adds none, with any variance.
      const levels = [1, 0.75, 0.5, 0.3, 0.1];
      const options = { denoise: exact(g, { mean, s }), degradation: g, rule, levels };
      const images = await last(sample({ ...options, count: 1, shape: [200, n / 200, 1], seed: 2 }));
      return tf.tidy(() => {
        const moments = tf.moments(images);
        return [moments.mean.dataSync()[0], Math.sqrt(moments.variance.dataSync()[0])];
      });
    };
    const [alpha, sigma] = coefficients(g, 0.1);
    const wanted = Math.hypot(alpha * s, sigma);
    const [centre, optimal] = await spread('optimal');
    expect(Math.abs(centre - alpha * mean)).toBeLessThan((5 * wanted) / Math.sqrt(n));
    expect(Math.abs(optimal / wanted - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    expect((await spread('posterior'))[1]).toBeLessThan(0.97 * wanted);
    expect((await spread('forward'))[1]).toBeGreaterThan(1.03 * wanted);
  });

  it('that the denoiser does not know are refused, with what would know them, and leave nothing behind', async () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
    const g = gaussian();
    const options = {
      denoise: denoiser(network, { target: velocity(g) }),
      degradation: g,
      levels: [1, 0.5, 0],
      count: 2,
    };
    for (const [variance, text] of [
      ['optimal', "ancestral: variance 'optimal' needs a denoiser that says its variance: see withVariance"],
      ['learned', "ancestral: variance 'learned' needs a denoiser whose target is learnedVariance(…)"],
    ] as const) {
      const run = () => last(sample({ ...options, rule: ancestral({ variance }) }));
      await expect(run()).rejects.toThrow(text);
      await expectNoLeak(() => expect(run()).rejects.toThrow(TypeError));
    }
    network.dispose();
  });
});

describe('ancestral and reinject', () => {
  it('are made again from their specs', async () => {
    for (const rule of [ancestral(), ancestral({ variance: 'forward' }), reinject(0.4)])
      expect((await rules.make(JSON.parse(JSON.stringify(rule.spec)) as typeof rule.spec & object)).spec).toEqual(
        rule.spec,
      );
    expect((await rules.make({ kind: 'ancestral' })).spec).toEqual({ kind: 'ancestral', variance: 'posterior' });
  });

  it('refuse options that are none', async () => {
    expect(() => ancestral({ variance: 'small' as 'forward' })).toThrow(
      "ancestral: variance must be 'posterior', 'forward', 'optimal' or 'learned', got 'small'",
    );
    expect(() => reinject(-0.1)).toThrow('reinject: beta must be a number of at least 0, got -0.1');
    expect(() => reinject(Infinity)).toThrow('reinject: beta must be a number of at least 0, got Infinity');
    expect(() => reinject(NaN)).toThrow('reinject: beta must be a number of at least 0, got NaN');
    await expect(rules.make({ kind: 'reinject' })).rejects.toThrow('reinject: beta must be a number of at least 0');
    await expect(rules.make({ kind: 'ancestral', eta: 1 })).rejects.toThrow('the rule ancestral has no option eta');
  });

  it('leak no tensors when they end or are left', async () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
    const g = gaussian({ schedule: cosineSchedule({ most: 50 }) });
    for (const target of [clean, noise(g, { told: 'share' })]) {
      const denoise = denoiser(network, { target });
      for (const rule of [ancestral(), ancestral({ variance: 'forward' }), reinject(0.4)] as Rule[]) {
        const run = () => sample({ denoise, degradation: g, rule, levels: evenLevels(4), count: 2 });
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
