import { describe, expect, it } from 'vitest';
import {
  ancestral,
  asNetwork,
  blur,
  denoiser,
  dpmSolver2M,
  dps,
  evenLevels,
  gaussian,
  key,
  last,
  linearOperator,
  normal,
  normalDenoiser,
  ready,
  sample,
  tf,
  uniform,
  velocity,
  Weights,
  type Images,
  type NoiseDraw,
  type Rule,
  type Step,
} from 'naive-diffusion';
import { difference, expectNoLeak, refuseWarnings } from '../support.js';

await ready();
refuseWarnings();

const g = gaussian({ range: [-1, 1] });
const shape = [4, 4, 3] as const;
const [mean, d] = [0.2, 0.5];
const data = normalDenoiser({ degradation: g, mean, deviation: d });

/** One step of a rule on normal data, from level t to s. */
function stepOf(rule: Rule<NoiseDraw>, z: Images, [t, s]: [number, number]): Images {
  return tf.tidy(() => {
    const levels = [t, s].map((level) => tf.fill<tf.Rank.R1>([z.shape[0]], level));
    const draw = { noise: tf.zerosLike(z) as Images };
    const step: Step<NoiseDraw> = {
      degradation: g,
      denoise: data,
      z,
      estimate: data(z, t),
      t: levels[0],
      s: levels[1],
      draw,
      key: key(3),
    };
    return rule(step);
  });
}

describe('dps', () => {
  it('goes down the slope of the distance, which is known for normal data: ζ′·gain·Hᵀ(y − H·x̂)/‖y − H·x̂‖', () => {
    const operator = linearOperator(blur(), { shape, level: 0.3 });
    tf.tidy(() => {
      const z = normal(key(4), [3, ...shape]) as Images;
      const known = operator.degrade(uniform(key(5), z.shape) as Images);
      for (const [t, s] of [
        [0.9, 0.8],
        [0.3, 0.1],
      ] as [number, number][]) {
        const rule = dps({ degrade: operator.degrade, known, size: 0.7, constants: operator.constants });
        const { alpha, sigma } = g.coefficients(tf.tensor1d([t]));
        // The guess of normal data is mean + gain·(z − α·mean).
        const gain = tf.div(tf.mul(alpha, d ** 2), tf.add(tf.mul(tf.square(alpha), d ** 2), tf.square(sigma)));
        const off = tf.sub(known, operator.degrade(data(z, t).x0));
        const norm = tf.sqrt(tf.sum(tf.square(off), [1, 2, 3], true));
        const wanted = tf.add(
          stepOf(ancestral(), z, [t, s]),
          tf.mul(tf.mul(0.7, gain), tf.div(operator.apply(off), norm)),
        );
        expect(difference(stepOf(rule, z, [t, s]), wanted)).toBeLessThan(1e-5);
      }
    });
    operator.dispose();
  });

  it('goes as far where the damage is not linear, and nowhere where nothing is off', () => {
    tf.tidy(() => {
      const z = normal(key(4), [3, ...shape]) as Images;
      const degrade = (x: Images) => tf.mean(tf.square(x), [1, 2, 3]);
      const known = tf.tensor1d([0.1, 0.5, 2]);
      const rule = dps({ degrade, known, size: 0.7 });
      const plain = stepOf(ancestral(), z, [0.5, 0.4]);
      const moved = tf.sub(stepOf(rule, z, [0.5, 0.4]), plain);
      // d|y − mean x̂²|/dz = −sign·2·x̂·gain/48.
      const { alpha, sigma } = g.coefficients(tf.tensor1d([0.5]));
      const gain = tf.div(tf.mul(alpha, d ** 2), tf.add(tf.mul(tf.square(alpha), d ** 2), tf.square(sigma)));
      const { x0 } = data(z, 0.5);
      const sign = tf.sign(tf.sub(known, degrade(x0))).reshape([3, 1, 1, 1]);
      expect(difference(moved, tf.mul(tf.mul(tf.mul(0.7 * 2, sign), tf.mul(x0, gain)), 1 / 48))).toBeLessThan(1e-6);
      const still = dps({ degrade, known: degrade(x0), size: 0.7 });
      expect(difference(stepOf(still, z, [0.5, 0.4]), plain)).toBeLessThan(1e-6);
    });
  });

  it('of normal data, of which a number is known, falls short or is uncertain', async () => {
    // Each step goes equally far: small ones do not arrive, large ones step to and fro. What is not known is as it was.
    const count = 1500;
    const known = tf.fill([count, 1, 1, 1], 0.9) as Images;
    const first = (x: Images) => tf.slice(x, [0, 0, 0, 0], [-1, 1, 1, 1]);
    const found: number[][] = [];
    for (const size of [0.02, 0.2]) {
      const x = await last(
        sample({
          denoise: data,
          degradation: g,
          rule: dps({ degrade: first, known, size }),
          levels: evenLevels(60),
          count,
          shape: [1, 2, 1],
          seed: 5,
        }),
      );
      const { mean: means, variance } = tf.moments(x, 0);
      found.push([...means.dataSync(), ...variance.dataSync()]);
      tf.dispose([x, means, variance]);
    }
    known.dispose();
    for (const [, free, , variance] of found) {
      expect(Math.abs(free - mean)).toBeLessThan(5 * (d / Math.sqrt(count)) + 0.01);
      expect(Math.abs(variance - d ** 2)).toBeLessThan(5 * d ** 2 * Math.sqrt(2 / count) + 0.01);
    }
    // Of what is known, Wiener's mean is 0.9, and the variance 0. What small steps and large ones come to:
    for (const [i, [wanted, variance]] of [
      [0.456, 0.171],
      [0.896, 0.0132],
    ].entries()) {
      expect(Math.abs(found[i][0] - wanted)).toBeLessThan(5 * Math.sqrt(variance / count));
      expect(Math.abs(found[i][2] - variance)).toBeLessThan(5 * variance * Math.sqrt(2 / count));
    }
  });

  /** A small network, so that the rule is compiled around weights. */
  const weights = new Weights(1);
  const w = weights.normal('w', [3, 3], { fanIn: 9 }) as tf.Variable<tf.Rank.R2>;
  const forward = (z: Images) => tf.reshape<tf.Rank.R4>(tf.matMul(z.reshape<tf.Tensor2D>([-1, 3]), w), z.shape);
  const noisy = gaussian();
  const learnt = denoiser(asNetwork(forward, { config: { kind: 'mix' }, weights, shape }), { target: velocity(noisy) });
  const start = { denoise: learnt, degradation: noisy, levels: evenLevels(6), count: 4 };

  it('is, with a size of 0, the rule that it is around, compiled as well', async () => {
    const operator = linearOperator(blur(), { shape, level: 0.3 });
    const known = tf.tidy(() => operator.degrade(uniform(key(5), [4, ...shape]) as Images));
    const parts = { degrade: operator.degrade, known, constants: operator.constants };
    const ends: Images[] = [];
    for (const rule of [ancestral(), dpmSolver2M] as Rule<NoiseDraw>[]) {
      ends.push(await last(sample({ ...start, rule })));
      ends.push(await last(sample({ ...start, rule: dps({ ...parts, size: 0, rule }) })));
    }
    expect(difference(ends[0], ends[1])).toBeLessThan(1e-5);
    expect(difference(ends[2], ends[3])).toBeLessThan(1e-5);
    await expectNoLeak(async () => {
      (await last(sample({ ...start, rule: dps(parts) }))).dispose();
    });
    operator.dispose();
    tf.dispose([known, ends]);
  });

  it('refuses what it cannot go by', async () => {
    const known = tf.zeros([4, ...shape]);
    const degrade = (x: Images) => x;
    const parts = { degrade, known };
    expect(() => dps({ ...parts, degrade: 3 as never })).toThrow('dps: degrade must be a function, got 3');
    expect(() => dps({ ...parts, known: 3 as never })).toThrow('dps: known must be a tensor, got 3');
    expect(() => dps({ ...parts, size: -1 })).toThrow('dps: size must be a number of at least 0, got -1');
    expect(() => dps({ ...parts, rule: 3 as never })).toThrow('dps: rule must be one, got 3');
    expect(() => dps({ ...parts, constants: 3 as never })).toThrow('dps: constants must be a list of tensors, got 3');
    expect(() => dps({ ...parts, sizes: 1 } as never)).toThrow('sizes');
    const wrong = dps({ ...parts, degrade: (x) => tf.mean(x, 3) });
    await expectNoLeak(async () => {
      await expect(last(sample({ ...start, rule: wrong }))).rejects.toThrow(
        'dps: what degrade gives must have shape [4,4,4,3], got [4,4,4]',
      );
    });
    known.dispose();
  });
});
