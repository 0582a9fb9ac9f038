import { beforeAll, describe, expect, it } from 'vitest';
import {
  categoricalUnet,
  collect,
  disposeTurns,
  Interrupted,
  last,
  ready,
  sampleCategorical,
  tf,
  unet,
  type CategoricalDenoiser,
  type Images,
  type Turn,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const palette = [[0], [0.25], [1]];
const size = { count: 3, shape: [8, 8, 1] as const };

function denoiser(colours: number[][], logits: (z: Images, t: tf.Tensor1D) => tf.Tensor): CategoricalDenoiser {
  return Object.assign((z: Images, t: unknown) => tf.tidy(() => logits(z, t as tf.Tensor1D) as Images), {
    palette: colours,
    weights: [],
  });
}

/** Every pixel independently has the colours with these probabilities. */
const independent = (p: number[]) =>
  denoiser(palette, ({ shape: [batch, height, width] }) =>
    tf.tile(tf.log(tf.tensor4d(p, [1, 1, 1, p.length])), [batch, height, width, 1]),
  );

const network = () => {
  const net = categoricalUnet({ palette, size: 8, widths: [8, 16], dense: 8, groups: 4, embedding: 8, seed: 2 });
  net.weights.forEach((w) => {
    if (w.rank === 1) w.assign(tf.add(w, 0.5));
  }); // off its start, where it favours nothing
  return net;
};

/** How often each colour of the palette occurs. */
function shares(images: tf.Tensor, colours: number[][] = palette): number[] {
  const values = [...images.dataSync()];
  return colours.map(([c]) => values.filter((v) => Math.abs(v - c) < 1e-6).length / values.length);
}

/* All black-and-white images of 2×2: image i has at pixel p the colour (i >> p) & 1. Its conditionals are exact. */
const blackWhite = [[0], [1]];
const joint = [20, 1, 1, 2, 3, 9, 1, 1, 1, 1, 4, 2, 1, 8, 3, 14].map((weight) => weight / 72);
const bit = (i: number, p: number) => (i >> p) & 1;
const exact = denoiser(blackWhite, (z) => {
  const images = tf.tensor2d(joint.map((_, i) => [0, 1, 2, 3].map((p) => bit(i, p))));
  const [colour, revealed] = tf.split(tf.reshape(z, [-1, 1, 4, 2]), 2, 3).map((x) => tf.reshape(x, [-1, 1, 4]));
  const wrong = tf.sum(tf.mul(revealed, tf.abs(tf.sub(colour, tf.reshape(images, [1, 16, 4])))), 2);
  const possible = tf.mul(tf.cast(tf.less(wrong, 0.5), 'float32'), tf.tensor2d([joint])); // [batch, 16]
  const white = tf.matMul(possible, images);
  const black = tf.matMul(possible, tf.sub(1, images));
  return tf.log(tf.reshape(tf.stack([black, white], 2), [-1, 2, 2, 2]));
});
const marginals = [0, 1, 2, 3].map((p) => joint.reduce((sum, q, i) => sum + q * bit(i, p), 0));
const product = joint.map((_, i) =>
  [0, 1, 2, 3].reduce((q, p) => q * (bit(i, p) ? marginals[p] : 1 - marginals[p]), 1),
);

/**
 * Pearson's statistic of 20,000 images of 2×2 against the probabilities `truth`: 15 ± 5.5 if they are its samples,
 * below 50 but once in 100,000.
 */
async function chiSquared(truth: number[], options: Partial<Parameters<typeof sampleCategorical>[0]>): Promise<number> {
  const n = 20_000;
  const images = await last(
    sampleCategorical({ network: exact, steps: 4, count: n, shape: [2, 2, 1], seed: 7, ...options }),
  );
  const values = images.dataSync();
  images.dispose();
  const counts = new Array<number>(16).fill(0);
  for (let i = 0; i < n; i++)
    counts[values[4 * i] + 2 * values[4 * i + 1] + 4 * values[4 * i + 2] + 8 * values[4 * i + 3]]++;
  return counts.reduce((sum, count, i) => sum + (count - n * truth[i]) ** 2 / (n * truth[i]), 0);
}

describe('sampleCategorical', () => {
  it('with one pixel a step draws from the joint distribution, with all at once from the product of the marginals', async () => {
    expect(await chiSquared(joint, { steps: 4 })).toBeLessThan(50);
    expect(await chiSquared(product, { steps: 1 })).toBeLessThan(50);
    expect(await chiSquared(joint, { steps: 1 })).toBeGreaterThan(1000);
  });

  it('draws from the joint distribution in the order of its own certainty, too', async () => {
    expect(await chiSquared(joint, { steps: 4, order: 'surest' })).toBeLessThan(50);
  });

  it('reveals first what is surest, and keeps it, in each image for itself', async () => {
    // Of four pixels the chances of white are known; all are drawn for themselves.
    const white = [0.5, 0.01, 0.3, 0.9];
    const known = denoiser(blackWhite, ({ shape: [batch] }) =>
      tf.tile(tf.reshape(tf.log(white.map((p) => [1 - p, p])), [1, 2, 2, 2]), [batch, 1, 1, 1]),
    );
    const options = { network: known, steps: 4, count: 5, shape: [2, 2, 1] as const, order: 'surest' as const };
    const turns = await collect(sampleCategorical(options));
    const left = turns.map(({ z }) => [...z.dataSync()].map((value) => value === 0.5));
    [1, 3, 2, 0].forEach((pixel, i) =>
      left[i + 1].forEach((isHidden, at) => {
        if (at % 4 === pixel) expect([left[i][at], isHidden]).toEqual([true, false]);
        else expect(isHidden).toBe(left[i][at]);
      }),
    );
    disposeTurns(turns);
  });

  it('has a corrector that leaves the right distribution as it is, and mends a wrong one', async () => {
    const corrector = { rounds: 2, parts: 4 };
    expect(await chiSquared(joint, { steps: 4, corrector })).toBeLessThan(50);
    expect(await chiSquared(joint, { steps: 1, corrector: { rounds: 12, parts: 4 } })).toBeLessThan(50);
  });

  it('draws independent pixels in the predicted proportions, for every S', async () => {
    const p = [0.2, 0.5, 0.3];
    for (const S of [1, 7, 64]) {
      const images = await last(sampleCategorical({ network: independent(p), steps: S, count: 150, shape: [8, 8, 1] }));
      // 9,600 pixels: a standard deviation of 0.005.
      shares(images).forEach((share, k) => expect(Math.abs(share - p[k])).toBeLessThan(0.025));
    }
  });

  it('prefers probable colours at low temperature, by p^(1/T), and can begin warm', async () => {
    const p = [0.2, 0.5, 0.3];
    const sharp = p.map((q) => q ** 2);
    const total = sharp.reduce((a, b) => a + b);
    const sample = (temperature: number | [number, number], S = 1) =>
      last(sampleCategorical({ network: independent(p), steps: S, count: 150, shape: [8, 8, 1], temperature }));
    shares(await sample(0.5)).forEach((share, k) => expect(Math.abs(share - sharp[k] / total)).toBeLessThan(0.025));
    expect(shares(await sample(0.01))).toEqual([0, 1, 0]);
    // From 1 down to nearly 0: the first 32 pixels are drawn at 1, the others at a half.
    shares(await sample([1, 0.0001], 2)).forEach((share, k) =>
      expect(Math.abs(share - (p[k] + sharp[k] / total) / 2)).toBeLessThan(0.025),
    );
  });

  it('reveals every pixel exactly once, keeps it, and begins with few if asked to', async () => {
    const hiddenAt = ({ z }: Turn) => [...z.dataSync()].map((v) => v === 0.5);
    for (const [S, power] of [
      [64, 1],
      [64, 3],
      [7, 1],
      [7, 2],
      [1, 1],
    ]) {
      const turns = await collect(
        sampleCategorical({ network: independent([0.4, 0.3, 0.3]), steps: S, power, ...size }),
      );
      expect(turns).toHaveLength(S + 1);
      const left = turns.map((turn) => hiddenAt(turn).filter(Boolean).length / size.count);
      expect([left[0], left[S]]).toEqual([64, 0]);
      turns.forEach(({ t }, i) => expect(t).toBeCloseTo(left[i] / 64, 6));
      if (S === 64) expect(left).toEqual(Array.from({ length: 65 }, (_, i) => 64 - i));
      else turns.forEach((_, i) => expect(left[i]).toBe(Math.round(64 - Math.round(64 * (i / S) ** power))));
      for (let i = 0; i < S; i++) {
        const [now, next, hidden] = [turns[i].z.dataSync(), turns[i + 1].z.dataSync(), hiddenAt(turns[i])];
        expect(hidden.every((is, at) => is || now[at] === next[at])).toBe(true);
      }
    }
  });

  it('shows beside the kept colours the mean of what hidden ones could be', async () => {
    const p = [0.2, 0.5, 0.3];
    const [, first, second] = await collect(sampleCategorical({ network: independent(p), steps: 2, ...size }));
    const mean = 0.5 * 0.25 + 0.3;
    first.x0!.dataSync().forEach((v) => expect(v).toBeCloseTo(mean, 5));
    const kept = first.z.dataSync();
    second.x0!.dataSync().forEach((v, at) => expect(v).toBeCloseTo(kept[at] === 0.5 ? mean : kept[at], 5));
  });

  it('draws anew only what is improbable, where the corrector is told to', async () => {
    const options = { network: independent([0.05, 0.15, 0.8]), steps: 4, count: 50, shape: [8, 8, 1] as const };
    const turns = await collect(sampleCategorical({ ...options, corrector: { rounds: 1, parts: 4, below: 0.1 } }));
    const [before, after] = [turns[4], turns[8]].map(({ z }) => z.dataSync());
    expect(before.some((v) => v === 0)).toBe(true);
    after.forEach((v, at) => {
      if (before[at] !== 0) expect(v).toBe(before[at]);
    });
    expect(after.filter((v) => v === 0).length).toBeLessThan(0.3 * before.filter((v) => v === 0).length);
  });

  it('gives the same samples from the same seed, a network as its plain function', async () => {
    const net = network();
    const options = { network: net, steps: 5, ...size, corrector: { rounds: 1, parts: 2 } };
    const a = await last(sampleCategorical({ ...options, seed: 1 }));
    expect(difference(await last(sampleCategorical({ ...options, seed: 1 })), a)).toBe(0);
    expect(difference(await last(sampleCategorical({ ...options, seed: 2 })), a)).toBeGreaterThan(0.1);
    const plainly = denoiser(palette, (z, t) => net(z, t));
    expect(difference(await last(sampleCategorical({ ...options, network: plainly, seed: 1 })), a)).toBe(0);
  });

  it('stops when asked to', async () => {
    const run = async () => {
      for await (const { t } of sampleCategorical({ network: network(), steps: 8, ...size }))
        if (t === 0.5) process.emit('SIGINT');
    };
    await expect(run()).rejects.toBeInstanceOf(Interrupted);
  });

  it('leaks no tensors when it ends, is left, or fails', async () => {
    const net = network();
    const sample = (order: 'random' | 'surest' = 'random') =>
      sampleCategorical({ network: net, steps: 4, ...size, order, corrector: { rounds: 1, parts: 2 } });
    for (const order of ['random', 'surest'] as const)
      await expectNoLeak(async () => {
        for await (const _ of sample(order));
      });
    await expectNoLeak(async () => {
      for await (const { t } of sample()) if (t < 1) break;
    });
    const broken = denoiser(palette, () => {
      throw new Error('broken');
    });
    await expectNoLeak(() =>
      expect(last(sampleCategorical({ network: broken, steps: 4, ...size }))).rejects.toThrow('broken'),
    );
  });

  it('refuses what it cannot sample, at the call', () => {
    const good = { network: independent([0.2, 0.5, 0.3]), steps: 2, ...size };
    const wrong = (options: object) => () => sampleCategorical({ ...good, ...options });
    expect(wrong({ network: unet() })).toThrow('sampleCategorical: network must have a palette');
    expect(wrong({ steps: 0 })).toThrow('sampleCategorical: steps must be a whole number of at least 1, got 0');
    expect(wrong({ steps: 65 })).toThrow(
      'sampleCategorical: steps must be a whole number from 1 to the 64 pixels, got 65',
    );
    expect(wrong({ shape: [8, 8, 3] })).toThrow('sampleCategorical: shape must be [height, width, 1], got [8, 8, 3]');
    expect(wrong({ power: 0 })).toThrow('sampleCategorical: power must be above 0, got 0');
    expect(wrong({ temperature: [1, -1] })).toThrow('sampleCategorical: temperature must be above 0, got -1');
    expect(wrong({ order: 'sure' })).toThrow("sampleCategorical: order must be 'random' or 'surest', got 'sure'");
    expect(wrong({ corrector: { rounds: 1.5 } })).toThrow(
      'sampleCategorical: corrector.rounds must be a whole number of at least 0, got 1.5',
    );
    expect(wrong({ corrector: { rounds: 1, parts: 65 } })).toThrow(
      'corrector.parts must be a whole number from 1 to the 64 pixels, got 65',
    );
    expect(wrong({ corrector: { rounds: 1, below: 2 } })).toThrow('corrector.below must lie in (0, 1], got 2');
  });
});
