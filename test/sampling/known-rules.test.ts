import { describe, expect, it } from 'vitest';
import {
  ancestral,
  asNetwork,
  blur,
  churn,
  denoiser,
  desaturate,
  dpmSolver2M,
  evenLevels,
  gaussian,
  guideTo,
  heun,
  inferred,
  karrasLevels,
  key,
  last,
  linearOperator,
  mask,
  mixed,
  normal,
  normalDenoiser,
  pixelate,
  ready,
  renoise,
  replacing,
  resampled,
  sample,
  separableOperator,
  spectral,
  tf,
  uniform,
  velocity,
  Weights,
  type Degradation,
  type Denoiser,
  type Estimate,
  type Images,
  type Known,
  type Level,
  type LinearOperator,
  type NoiseDraw,
  type Rule,
} from 'naive-diffusion';
import { difference, expectNoLeak, refuseWarnings } from '../support.js';

await ready();
refuseWarnings();

const g = gaussian({ range: [-1, 1] });
const shape = [4, 4, 3] as const;
/** The four kinds, on images so small that what is drawn of them can be counted. */
function operatorOf(kind: string): LinearOperator {
  const [d, level] = degraded[kind];
  const draw = kind === 'mask' && { draw: tf.tidy(() => d.draw(key(1), [1, ...shape])) };
  const operator = linearOperator(d, { shape, level, ...draw });
  tf.dispose(draw as tf.TensorContainer);
  return operator;
}
const degraded: Record<string, [Degradation, number]> = {
  mask: [mask({ softness: 0.5 }), 0.5],
  pixelate: [pixelate({ stages: 2 }), 0.75],
  desaturate: [desaturate(), 0.8],
  blur: [blur(), 0.3],
};
const kinds = Object.keys(degraded);
/** Data: independent, normal, of this mean and deviation. */
const [mean, d] = [0.2, 0.5];
const data = normalDenoiser({ degradation: g, mean, deviation: d });
/** Something known of one image of the data, for `count` images. */
const knownOf = (operator: LinearOperator, count: number, noise: number): Images =>
  tf.tidy(() => {
    const x = tf.add(mean, tf.mul(d, normal(key(2), [1, ...shape]))) as Images;
    const y = tf.add(operator.degrade(x), tf.mul(noise, normal(key(3), x.shape)));
    return tf.tile(y, [count, 1, 1, 1]) as Images;
  });

/** Wiener's mean and variance of each coefficient, given y: by Bayes' rule for one number each. */
function wiener(operator: LinearOperator, y: Images, noise: number): [mean: number[], variance: number[]] {
  const known = operator.into(tf.sub(y.slice([0], [1]), operator.centre)).dataSync();
  const prior = operator.into(tf.fill([1, ...shape], mean - operator.centre)).dataSync();
  const s = operator.singularValues.dataSync();
  const pairs = [...s].map((value, i) => {
    const own = value > 1e-3 ? (noise / value) ** 2 : Infinity;
    const gain = d ** 2 / (d ** 2 + own);
    return [prior[i] + (value > 1e-3 ? gain * (known[i] / value - prior[i]) : 0), d ** 2 * (1 - gain)];
  });
  return [pairs.map(([m]) => m), pairs.map(([, v]) => v)];
}

/** Mean and variance of each coefficient of samples. */
function found(operator: LinearOperator, x: Images): [mean: number[], variance: number[]] {
  const { mean: m, variance } = tf.moments(operator.into(tf.sub(x, operator.centre)), 0);
  return [[...m.dataSync()], [...variance.dataSync()]];
}

const count = 1500;
const [even, karras] = [evenLevels(100), karrasLevels(g.schedule, { steps: 25 })];
interface Way {
  levels: number[];
  make(known: Known): { rule: Rule<NoiseDraw>; denoise: Denoiser };
}
const guided = (known: Known, through = 0) =>
  guideTo({ denoise: data, degradation: g, deviation: d, through, ...known });
/** The ways that are exact in many steps, where coefficients are independent. */
const ways: Record<string, Way> = {
  'a guess that is guided, and the reverse process': {
    levels: even,
    make: (known) => ({ rule: ancestral(), denoise: guided(known) }),
  },
  'a guess that is guided through its slope, and Heun': {
    levels: karras,
    make: (known) => ({ rule: heun, denoise: guided(known, 1) }),
  },
  'the spectral rule': { levels: even, make: (known) => ({ rule: spectral(known), denoise: data }) },
  replacing: { levels: even, make: (known) => ({ rule: replacing(known), denoise: data }) },
};

describe.each(Object.entries(ways))('on normal data, %s', (_, { levels, make }) => {
  it.each(kinds.flatMap((kind) => [0, 0.3].map((noise) => [kind, noise] as const)))(
    "has Wiener's mean and variance for %s and noise of %f",
    async (kind, noise) => {
      const operator = operatorOf(kind);
      const y = knownOf(operator, count, noise);
      const { rule, denoise } = make({ operator, known: y, noise });
      const x = await last(sample({ denoise, degradation: g, rule, levels, count, shape, seed: 4 }));
      tf.tidy(() => {
        const [means, variances] = found(operator, x);
        const [wantedMeans, wanted] = wiener(operator, y, noise);
        for (let i = 0; i < means.length; i++) {
          // Five deviations of chance, and 4 % of the data's deviation or variance for steps of some size.
          expect(Math.abs(means[i] - wantedMeans[i])).toBeLessThan(5 * Math.sqrt(wanted[i] / count) + 0.04 * d);
          expect(Math.abs(variances[i] - wanted[i])).toBeLessThan(5 * wanted[i] * Math.sqrt(2 / count) + 0.04 * d ** 2);
        }
      });
      operator.dispose();
      tf.dispose([y, x]);
    },
  );
});

describe('what is biased, and by how much', () => {
  /** Two pixels of correlation ρ, of which the first is known: the second has mean ρ·y and variance 1 − ρ². */
  const rho = 0.8;
  const pair = [1, 2, 1] as const;
  const correlated: Denoiser = Object.assign(
    (z: Images, level: Level): Estimate =>
      tf.tidy(() => {
        const t = typeof level === 'number' ? tf.fill<tf.Rank.R1>([z.shape[0]], level) : level;
        const { alpha, sigma } = g.coefficients(t);
        // In sum and difference the two are independent, with variances 1 + ρ and 1 − ρ.
        const turn = tf.tensor2d([Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2], [2, 2]);
        const variance = tf.tensor4d([1 + rho, 1 - rho], [1, 1, 2, 1]);
        const turned = (x: tf.Tensor) => tf.matMul(tf.reshape(x, [-1, 2]), turn).reshape(z.shape);
        const gain = tf.div(tf.mul(alpha, variance), tf.add(tf.mul(tf.square(alpha), variance), tf.square(sigma)));
        return { x0: turned(tf.mul(turned(z), gain)) } as unknown as tf.TensorContainer;
      }) as unknown as Estimate,
    { weights: [], degradation: g, shape: pair },
  );
  const at = 1.5;
  async function second(make: (known: Known) => { rule: Rule<NoiseDraw>; denoise: Denoiser }) {
    const operator = separableOperator({ shape: pair, singularValues: tf.tensor4d([1, 0], [1, 1, 2, 1]) });
    const known = tf.tidy(() => tf.tile(tf.tensor4d([at, 0], [1, 1, 2, 1]), [count, 1, 1, 1])) as Images;
    const { rule, denoise } = make({ operator, known });
    const x = await last(
      sample({ denoise, degradation: g, rule, levels: evenLevels(60), count, shape: pair, seed: 5 }),
    );
    const values = [...tf.tidy(() => x.slice([0, 0, 1, 0]).dataSync())];
    operator.dispose();
    tf.dispose([known, x]);
    const centre = values.reduce((a, b) => a + b, 0) / count;
    return { mean: centre, variance: values.reduce((a, b) => a + (b - centre) ** 2, 0) / count };
  }

  it('correlated pixels fall short of what is known, less so when resampled, or guided by the slope', async () => {
    const wanted = { mean: rho * at, variance: 1 - rho ** 2 };
    const plain = await second((known) => ({ rule: replacing(known), denoise: correlated }));
    const again = await second((known) => ({ rule: resampled(replacing(known), { times: 8 }), denoise: correlated }));
    const slope = await second((known) => ({
      rule: ancestral(),
      denoise: guideTo({ denoise: correlated, degradation: g, deviation: 1, through: 1, ...known }),
    }));
    const plainly = await second((known) => ({
      rule: ancestral(),
      denoise: guideTo({ denoise: correlated, degradation: g, deviation: 1, ...known }),
    }));
    // What they come to, of a mean of 1.2 and a variance of 0.36, within what 1,500 draws say.
    const expectAbout = (found: typeof plain, [middle, variance]: [number, number]) => {
      expect(Math.abs(found.mean - middle)).toBeLessThan(0.07);
      expect(Math.abs(found.variance - variance)).toBeLessThan(0.06);
    };
    expect([wanted.mean, wanted.variance].map((value) => value.toFixed(2))).toEqual(['1.20', '0.36']);
    expectAbout(plain, [0.75, 0.46]);
    expectAbout(plainly, [0.75, 0.46]);
    expectAbout(again, [1.12, 0.32]);
    expectAbout(slope, [1.2, 0.36]); // one number is wanting, and its C is measured: nothing is left to assume
  });
});

/** A small network, so that the rules are compiled around weights. */
const network = (() => {
  const weights = new Weights(1);
  const w = weights.normal('w', [3, 3], { fanIn: 9 }) as tf.Variable<tf.Rank.R2>;
  const forward = (z: Images) => tf.reshape<tf.Rank.R4>(tf.matMul(z.reshape<tf.Tensor2D>([-1, 3]), w), z.shape);
  return asNetwork(forward, { config: { kind: 'mix' }, weights, shape });
})();

describe('the rules and the guidance', () => {
  const noisy = gaussian();
  const learnt = denoiser(network, { target: velocity(noisy) });

  it.each(kinds)('keep what is known of %s without noise as it is, compiled around a network', async (kind) => {
    const operator = operatorOf(kind);
    const y = tf.tidy(() => operator.degrade(uniform(key(9), [5, ...shape]) as Images));
    const known = { operator, known: y };
    const start = { degradation: noisy, levels: evenLevels(6), count: 5 };
    const ends = [
      await last(sample({ ...start, denoise: learnt, rule: spectral(known) })),
      await last(sample({ ...start, denoise: learnt, rule: spectral({ ...known, eta: 0.85 }) })),
      await last(sample({ ...start, denoise: learnt, rule: replacing(known) })),
      await last(sample({ ...start, denoise: learnt, rule: resampled(replacing(known), { times: 3 }) })),
    ];
    for (const through of [0, 1, 3]) {
      const denoise = guideTo({ denoise: learnt, degradation: noisy, through, ...known });
      ends.push(await last(sample({ ...start, denoise, rule: dpmSolver2M })));
    }
    tf.tidy(() => {
      for (const x of ends) expect(difference(operator.degrade(x), y)).toBeLessThan(1e-4);
    });
    operator.dispose();
    tf.dispose([y, ends]);
  });

  it('are, where nothing is known, the rule and the denoiser alone', async () => {
    const operator = separableOperator({ shape, singularValues: tf.zeros([1, ...shape]) });
    const known = { operator, known: tf.zeros([5, ...shape]) as Images };
    const start = { degradation: noisy, levels: evenLevels(6), count: 5, denoise: learnt };
    const [ddim, ddpm] = [renoise(inferred), renoise(mixed(1))] as Rule<NoiseDraw>[];
    const pairs = [
      [await last(sample({ ...start, rule: spectral(known) })), await last(sample({ ...start, rule: ddpm }))],
      [
        await last(sample({ ...start, rule: spectral({ ...known, eta: 0 }) })),
        await last(sample({ ...start, rule: ddim })),
      ],
      [
        await last(sample({ ...start, rule: replacing({ ...known, rule: heun }) })),
        await last(sample({ ...start, rule: heun })),
      ],
      [
        await last(sample({ ...start, rule: resampled(ddim, { times: 1 }) })),
        await last(sample({ ...start, rule: ddim })),
      ],
    ];
    for (const through of [0, 1, 3]) {
      const denoise = guideTo({ denoise: learnt, degradation: noisy, through, ...known });
      pairs.push([await last(sample({ ...start, denoise, rule: heun })), await last(sample({ ...start, rule: heun }))]);
    }
    for (const [own, plain] of pairs) expect(difference(own, plain)).toBeLessThan(1e-4);
    operator.dispose();
    tf.dispose([known.known, pairs]);
  });

  it('the guided guess solves the equations of normal data: (1/d² + α²/σ² + HᵀH/σ_y²)·x = α·z/σ² + Hᵀ·y/σ_y² + μ/d²', () => {
    for (const kind of kinds) {
      const operator = operatorOf(kind);
      const noise = 0.3;
      const y = knownOf(operator, 6, noise);
      tf.tidy(() => {
        const z = normal(key(6), [6, ...shape]) as Images;
        const t = 0.4;
        const [alpha, sigma] = [Math.cos((0.4 * Math.PI) / 2), Math.sin((0.4 * Math.PI) / 2)];
        expect(Math.abs(g.coefficients(tf.tensor1d([t])).alpha.dataSync()[0] - alpha)).toBeLessThan(0.02);
        const exact = g.coefficients(tf.tensor1d([t]));
        const { apply, centre } = operator;
        for (const through of [0, 1, 3]) {
          const denoise = guideTo({ denoise: data, degradation: g, deviation: d, operator, known: y, noise, through });
          const { x0 } = denoise(z, t);
          const own = tf.sub(y, tf.sub(centre, apply(tf.fill(y.shape, centre))));
          const left = tf.add(
            tf.mul(x0, tf.add(1 / d ** 2, tf.div(tf.square(exact.alpha), tf.square(exact.sigma)))),
            tf.div(apply(apply(x0)), noise ** 2),
          );
          const right = tf.add(
            tf.add(tf.div(tf.mul(z, exact.alpha), tf.square(exact.sigma)), tf.div(apply(own), noise ** 2)),
            mean / d ** 2,
          );
          expect(difference(left, right)).toBeLessThan(2e-3);
        }
        expect(sigma).toBeGreaterThan(0);
      });
      operator.dispose();
      y.dispose();
    }
  });

  it('leave no tensors behind', async () => {
    const operator = operatorOf('blur');
    const y = knownOf(operator, 4, 0.1);
    const known = { operator, known: y, noise: 0.1 };
    const start = { degradation: noisy, levels: evenLevels(4), count: 4 };
    for (const rule of [
      spectral(known),
      resampled(replacing(known), { times: 2 }),
      churn({ amount: 2, rule: replacing(known) }),
    ]) {
      await expectNoLeak(async () => {
        (await last(sample({ ...start, denoise: learnt, rule }))).dispose();
      });
    }
    for (const through of [0, 1, 3]) {
      const denoise = guideTo({ denoise: learnt, degradation: noisy, through, ...known });
      await expectNoLeak(async () => {
        (await last(sample({ ...start, denoise, rule: ancestral() }))).dispose();
        const z = tf.zeros([4, ...shape]) as Images;
        tf.dispose([z, denoise(z, 0.5) as unknown as tf.TensorContainer]);
      });
    }
    operator.dispose();
    y.dispose();
  });

  it('refuse what is not known of such images', () => {
    const operator = operatorOf('blur');
    const y = knownOf(operator, 4, 0.1);
    const wrong = tf.zeros([4, 4, 4, 1]) as Images;
    const known = { operator, known: y };
    expect(() => spectral({ operator, known: wrong })).toThrow('spectral: known must have shape [4,4,4,3]');
    expect(() => spectral({ ...known, noise: -1 })).toThrow('spectral: noise must be a number of at least 0, got -1');
    expect(() => spectral({ ...known, eta: 2 })).toThrow('spectral: eta must lie in [0, 1], got 2');
    expect(() => spectral({ ...known, trust: -1 })).toThrow('spectral: trust must lie in [0, 1], got -1');
    expect(() => replacing({ ...known, operator: {} as LinearOperator })).toThrow('replacing: operator must be one');
    expect(() => replacing({ ...known, rule: 3 as unknown as Rule<NoiseDraw> })).toThrow('replacing: rule must be one');
    expect(() => resampled(dpmSolver2M, { times: 2 })).toThrow('resampled: rule must be one that neither looks back');
    expect(() => resampled(heun, { times: 0 })).toThrow('resampled: times must be a whole number of at least 1');
    const guide = { denoise: learnt, degradation: noisy, ...known };
    expect(() => guideTo({ ...guide, deviation: 0 })).toThrow('guideTo: deviation must be above 0, got 0');
    expect(() => guideTo({ ...guide, deviation: wrong })).toThrow('guideTo: deviation must have shape [1,4,4,3]');
    expect(() => guideTo({ ...guide, through: -1 })).toThrow('guideTo: through must be a whole number of at least 0');
    expect(() => guideTo({ ...guide, degradation: blur() as never })).toThrow(
      'guideTo: degradation must be Gaussian noise',
    );
    operator.dispose();
    tf.dispose([y, wrong]);
  });
});
