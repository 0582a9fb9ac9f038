import { beforeAll, describe, expect, it } from 'vitest';
import {
  classifier,
  clipped,
  cosineSchedule,
  type Denoiser,
  evenLevels,
  type Estimate,
  gaussian,
  type Given,
  guide,
  guideAll,
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

  it('is another weight outside, if wanted', () => {
    tf.tidy(() => {
      const weight = weightWithin({ weight: 4, low: 0, high: 0.5, outside: 0 }) as (t: tf.Tensor1D) => tf.Tensor1D;
      expect([...weight(tf.tensor1d([0, 0.5, 0.6, 1])).dataSync()]).toEqual([4, 4, 0, 0]);
    });
  });

  it('refuses levels that are none, or no stretch', () => {
    const make = (o: object) => () => weightWithin({ weight: 2, low: 0.2, high: 0.8, ...o });
    expect(make({ weight: NaN })).toThrow('weightWithin: weight must be a finite number, got NaN');
    expect(make({ outside: NaN })).toThrow('weightWithin: outside must be a finite number, got NaN');
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

describe('guideAll', () => {
  /** Images of two pixels, each dark or bright whatever the other is; the kind of each, or nothing, can be given. */
  const conditions = { left: 2, right: 2 };
  const painter: Denoiser = Object.assign(
    (z: Images, level: Level, given?: Given): Estimate =>
      tf.tidy(() => {
        const pixels = (['left', 'right'] as const).map((name, i) => {
          const pixel = tf.slice(z, [0, 0, i, 0], [-1, 1, 1, 1]) as Images;
          const kind = tf.reshape(given![name], [-1, 1, 1, 1]);
          const [any, dark, bright] = [both, ...each].map((denoise) => denoise(pixel, level).x0);
          return tf.where(tf.equal(kind, 0), dark, tf.where(tf.equal(kind, 1), bright, any)) as Images;
        });
        return { x0: tf.concat(pixels, 2) as Images };
      }) as Estimate,
    { weights: [], degradation, shape: [1, 2, 1] as const, conditions },
  );
  const given = (left: number, right: number): Given => ({ left: tf.tensor1d([left]), right: tf.tensor1d([right]) });
  const pairs = (seed: number) => degradation.fromSigned(normal(key(seed), [20, 1, 2, 1]));

  it('with weights of 1 is asked for all of it, where the parts are independent', () => {
    tf.tidy(() => {
      const wishes = [
        { given: given(0, -1), weight: 1 },
        { given: given(-1, 1), weight: 1 },
      ];
      const denoise = guideAll({ denoise: painter, wishes, without: given(-1, -1) });
      const all = { left: tf.fill([20], 0), right: tf.fill([20], 1) };
      for (const t of [0.2, 0.5, 0.9]) {
        const images = pairs(1);
        expect(difference(denoise(images, t).x0, painter(images, t, all).x0)).toBeLessThan(1e-6);
      }
    });
  });

  it('with one wish is guide, at every weight, and hears none whose weight is 0', () => {
    tf.tidy(() => {
      const [without, one, other] = [given(-1, -1), given(1, -1), given(-1, 0)];
      const all = { left: tf.fill([20], 1), right: tf.fill([20], -1) };
      for (const weight of [0, 1, 2.5, weightWithin({ weight: 3, low: 0.4, high: 0.6, outside: 0 })]) {
        const wishes = [
          { given: one, weight },
          { given: other, weight: 0 },
        ];
        const guided = guideAll({ denoise: painter, wishes, without });
        const same = guide({ wanted: painter, plain: painter, weight, without });
        for (const t of [0.3, 0.5])
          expect(difference(guided(pairs(2), t).x0, same(pairs(2), t, all).x0)).toBeLessThan(1e-6);
      }
    });
  });

  it('takes a wish for each image, samples the same compiled, and leaks no tensors', async () => {
    const [without, one] = [given(-1, -1), given(0, -1)];
    const kindsOf = { left: tf.tensor1d([0, 1, 0, 1]), right: tf.tensor1d([1, 1, 0, -1]) };
    const wishes = [
      { given: kindsOf, weight: 2 },
      { given: one, weight: weightWithin({ weight: 1, low: 0, high: 0.5, outside: 0 }) },
    ];
    const denoise = guideAll({ denoise: painter, wishes, without });
    const run = (each: Denoiser) =>
      last(
        sample({
          denoise: each,
          degradation,
          rule: renoise(inferred),
          levels: evenLevels(8),
          count: 4,
          shape: [1, 2, 1],
          seed: 3,
        }),
      );
    await expectNoLeak(async () => tf.dispose(await run(denoise)));
    const images = await run(denoise);
    // The same by hand, with what is asked for of each image.
    const byHand = await run(
      Object.assign(
        (z: Images, t: Level) =>
          tf.tidy(() => {
            const four = (rows: Given): Given => ({ left: tf.tile(rows.left, [4]), right: tf.tile(rows.right, [4]) });
            const [plain, first, second] = [four(without), kindsOf, four(one)].map((told) => painter(z, t, told).x0);
            const w = tf.reshape(tf.cast(tf.lessEqual(t, 0.5), 'float32'), [-1, 1, 1, 1]);
            const x0 = tf.add(plain, tf.add(tf.mul(2, tf.sub(first, plain)), tf.mul(w, tf.sub(second, plain))));
            return { x0 };
          }) as Estimate,
        { weights: [], degradation, constants: [without, one, kindsOf].flatMap((told) => Object.values(told)) },
      ),
    );
    expect(difference(images, byHand)).toBeLessThan(1e-5);
    byHand.dispose();
    tf.dispose([images, without, one, kindsOf]);
  });

  it('refuses what is no denoiser, wish or weight, and what the denoiser cannot be given', () => {
    tf.tidy(() => {
      const without = given(-1, -1);
      const wish = { given: given(0, 1), weight: 1 };
      const make = (o: object) => () => guideAll({ denoise: painter, wishes: [wish], without, ...o });
      expect(make({ denoise: 3 })).toThrow('guideAll: denoise must be');
      expect(make({ wishes: [] })).toThrow('guideAll: wishes must be a list of at least one { given, weight }, got []');
      expect(make({ wishes: [wish, { ...wish, weight: NaN }] })).toThrow('guideAll: wishes[1].weight must be');
      expect(make({ wishes: [{ weight: 1 }] })).toThrow('guideAll: wishes[0].given must be an object of tensors');
      expect(make({ wishes: [{ ...wish, given: { left: tf.tensor1d([0]) } }] })).toThrow(
        'guideAll: wishes[0].given: given must hold right',
      );
      expect(make({ without: { ...without, left: tf.tensor1d([2]) } })).toThrow(
        'guideAll: without: given.left must hold whole numbers from 0 to 1, or −1 for nothing, got 2',
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
