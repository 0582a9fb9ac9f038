import { beforeAll, describe, expect, it } from 'vitest';
import {
  classifier,
  clipped,
  cosineSchedule,
  type Denoiser,
  evenLevels,
  type Estimate,
  gaussian,
  guide,
  guideBy,
  type Images,
  inferred,
  key,
  last,
  type Level,
  normal,
  normalDenoiser,
  ready,
  renoise,
  sample,
  tf,
  uniform,
  type Weight,
  weightWithin,
} from 'naive-diffusion';
import { difference, expectNoLeak, refuseWarnings } from '../support.js';

beforeAll(() => ready());
refuseWarnings();

const degradation = gaussian({ schedule: cosineSchedule() });
const shape = [1, 1, 1] as const;
/** Two kinds of images of one pixel, in the range of noise. */
const kinds = [
  { mean: -0.6, deviation: 0.3, share: 0.3 },
  { mean: 0.4, deviation: 0.2, share: 0.7 },
];
const each = kinds.map(({ mean, deviation }) => normalDenoiser({ degradation, mean, deviation }));

/** The logarithms of share·density of both kinds among noisy images, `[batch, 2]`. */
function logs(z: Images, t: tf.Tensor1D): tf.Tensor2D {
  const { alpha, sigma } = degradation.coefficients(t);
  const [x, a, s] = [degradation.toSigned(z), alpha, sigma].map((tensor) => tf.reshape(tensor, [-1, 1]));
  const rows = kinds.map(({ mean, deviation, share }) => {
    const variance = tf.add(tf.square(tf.mul(a, deviation)), tf.square(s));
    const off = tf.square(tf.sub(x, tf.mul(a, mean)));
    return tf.sub(Math.log(share), tf.mul(0.5, tf.add(tf.div(off, variance), tf.log(variance))));
  });
  return tf.concat(rows as tf.Tensor2D[], 1);
}
const chances = (z: Images, t: tf.Tensor1D): tf.Tensor2D => tf.softmax(logs(z, t));
/** log p(kind 1 | z). */
const towards = (z: Images, t: tf.Tensor1D): tf.Tensor1D =>
  tf.reshape(tf.slice(tf.logSoftmax(logs(z, t)), [0, 1], [-1, 1]), [-1]);
/** The exact denoiser of the mixture. */
const both: Denoiser = Object.assign(
  (z: Images, level: Level): Estimate => {
    const t = typeof level === 'number' ? (tf.fill([z.shape[0]], level) as tf.Tensor1D) : level;
    return tf.tidy(() => {
      const [p, q] = tf.split(chances(z, t), 2, 1).map((share) => tf.reshape(share, [-1, 1, 1, 1]));
      const [a, b] = each.map((denoise) => denoise(z, t).x0);
      return { x0: tf.add(tf.mul(p, a), tf.mul(q, b)) };
    }) as Estimate;
  },
  { weights: [], degradation, shape },
);
const z = (count = 50, seed = 1) => degradation.fromSigned(tf.mul(normal(key(seed), [count, 1, 1, 1]), 1.5));

describe('weightWithin', () => {
  it('is the weight between two levels and 1 outside', () => {
    tf.tidy(() => {
      const weight = weightWithin({ weight: 3, low: 0.25, high: 0.75 }) as (t: tf.Tensor1D) => tf.Tensor1D;
      expect([...weight(tf.tensor1d([0, 0.2, 0.25, 0.5, 0.75, 0.8, 1])).dataSync()]).toEqual([1, 1, 3, 3, 3, 1, 1]);
    });
  });

  it('refuses levels that are none, or no stretch', () => {
    const make = (o: object) => () => weightWithin({ weight: 2, low: 0.2, high: 0.8, ...o });
    expect(make({ weight: NaN })).toThrow('weightWithin: weight must be a finite number, got NaN');
    expect(make({ low: -0.1 })).toThrow('weightWithin: low must lie in [0, 1], got -0.1');
    expect(make({ high: 0.2 })).toThrow('weightWithin: high must lie above low, 0.2, and at most at 1, got 0.2');
  });
});

describe('guide', () => {
  it('takes its weight from the level of each image', async () => {
    const common = { wanted: each[1], plain: both };
    await expectNoLeak(() => {
      tf.tidy(() => {
        const t = tf.tensor1d([0.1, 0.5]);
        const [low, high] = [0, 1].map((i) => z(2).slice(i, 1));
        const some = guide({ ...common, weight: weightWithin({ weight: 4, low: 0.4, high: 1 }) })(z(2), t).x0;
        expect(difference(some.slice(0, 1), guide({ ...common, weight: 1 })(low as Images, 0.1).x0)).toBeLessThan(1e-6);
        expect(difference(some.slice(1), guide({ ...common, weight: 4 })(high as Images, 0.5).x0)).toBeLessThan(1e-6);
      });
    });
  });

  it('refuses weights that are none', () => {
    const make = (weight: unknown) => guide({ wanted: each[1], plain: both, weight: weight as Weight });
    expect(() => make('2')).toThrow('guide: weight must be a finite number, or a function of levels, got "2"');
    tf.tidy(() => {
      expect(() => make((t: tf.Tensor1D) => t.slice(0, 1))(z(2), 0.5)).toThrow(
        'guide: what weight gives must have shape [2], got [1]',
      );
    });
  });
});

describe('guideBy', () => {
  it('with the exact classifier of a mixture is guidance without a classifier, at every weight and level', async () => {
    await expectNoLeak(() => {
      for (const weight of [0, 0.5, 1, 3])
        for (const t of [0.1, 0.4, 0.8, 0.95])
          tf.tidy(() => {
            const by = guideBy({ denoise: both, degradation, towards, weight })(z(), t).x0;
            const free = guide({ wanted: each[1], plain: both, weight })(z(), t).x0;
            // Both divide small numbers by small ones.
            expect(difference(by, free), `weight ${weight} at ${t}`).toBeLessThan((2e-5 * (1 + weight)) / (1 - t));
          });
    });
  });

  it('samples the same, compiled, and leaves the guess where nothing is left of the images', async () => {
    const start = z(200, 3);
    const walk = (denoise: Denoiser) =>
      last(sample({ denoise, degradation, rule: renoise(inferred), levels: evenLevels(12), z: start }));
    const [by, free] = [
      await walk(guideBy({ denoise: both, degradation, towards, weight: 2 })),
      await walk(guide({ wanted: each[1], plain: both, weight: 2 })),
    ];
    // At the first level, α = 0, one stays and the other goes.
    expect(difference(by, free)).toBeLessThan(0.2);
    tf.tidy(() => {
      expect(
        difference(guideBy({ denoise: both, degradation, towards, weight: 9 })(start, 1).x0, both(start, 1).x0),
      ).toBe(0);
    });
    tf.dispose([start, by, free]);
  });

  it('takes a network that classifies noisy images, and what it is asked for, as what is given', async () => {
    const judge = classifier({ size: 8, channels: 1, widths: [8, 8], features: 8, heads: { kind: ['a', 'b', 'c'] } });
    const plain = normalDenoiser({ degradation, mean: 0, deviation: 0.5 });
    const guided = guideBy({
      denoise: clipped(plain),
      degradation,
      towards: (x, _, given) =>
        tf.sum(
          tf.mul(tf.logSoftmax(judge(x).scores.kind), tf.oneHot(tf.cast(given!.kind, 'int32'), 3)),
          1,
        ) as tf.Tensor1D,
      weight: 2,
      constants: judge.weights,
      conditions: { kind: 3 },
    });
    expect(guided.conditions).toEqual({ kind: 3 });
    const kind = tf.tensor1d([0, 1, 2, 2]);
    const common = { degradation, rule: renoise(inferred), levels: evenLevels(4), count: 4, shape: [8, 8, 1] as const };
    expect(() => sample({ ...common, denoise: guided })).toThrow('sample: given must hold kind');
    await expectNoLeak(async () => {
      const images = await last(sample({ ...common, denoise: guided, given: { kind } }));
      const without = await last(sample({ ...common, denoise: plain }));
      expect(difference(images, without)).toBeGreaterThan(1e-3);
      tf.dispose([images, without]);
    });
    judge.dispose();
    kind.dispose();
  });

  it('refuses what is no denoiser, noise, function or weight, and leaks no tensors', async () => {
    const good = { denoise: both, degradation, towards, weight: 1 };
    const make = (o: object) => () => guideBy({ ...good, ...o });
    expect(make({ denoise: undefined })).toThrow('guideBy: denoise must be a denoiser');
    expect(make({ degradation: {} })).toThrow('guideBy: degradation must be Gaussian noise');
    expect(make({ degradation: gaussian() })).not.toThrow();
    expect(make({ towards: 3 })).toThrow('guideBy: towards must be a function of noisy images, got 3');
    expect(make({ weight: Infinity })).toThrow('guideBy: weight must be a finite number');
    expect(make({ constants: [1] })).toThrow('guideBy: constants must be a list of tensors');
    const images = uniform(key(2), [3, 1, 1, 1]) as Images;
    await expectNoLeak(() => {
      const wrong = guideBy({ ...good, towards: (x: Images) => tf.sum(x) as never });
      expect(() => wrong(images, 0.5)).toThrow(
        'guideBy: what towards gives must have shape [3], got a tensor of shape []',
      );
    });
    images.dispose();
  });
});
