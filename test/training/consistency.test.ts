import { beforeAll, describe, expect, it } from 'vitest';
import {
  asNetwork,
  denoiser,
  FloatSet,
  gaussian,
  karrasPace,
  last,
  levels,
  normalDenoiser,
  Random,
  ready,
  renoise,
  sample,
  tf,
  trainConsistency,
  trainDenoiser,
  velocity,
  Weights,
  type ConsistencyTraining,
  type Denoiser,
  type Images,
  type Network,
} from 'naive-diffusion';
import { expectNoLeak, lossesOf } from '../support.js';

beforeAll(() => ready());

const degradation = gaussian();
const deviation = 0.5;
const target = velocity(degradation);

/** Normal data of this deviation about 0 in [−1, 1]. */
function data(): FloatSet {
  const random = new Random(3);
  const values = Float32Array.from({ length: 256 * 16 }, () => 0.5 + (deviation * random.normal()) / 2);
  return new FloatSet({ name: 'normal', shape: [4, 4, 1], values });
}

/** Says a multiple of what it is shown, which is a polynomial of the level. */
function polynomial(): Network {
  const weights = new Weights(1);
  const factors = weights.constant('factors', [1, 7], 0);
  return asNetwork(
    (z, t) => {
      const level = tf.reshape(levels(t, z.shape[0]), [-1, 1]);
      const powers = tf.concat(
        [0, 1, 2, 3, 4, 5, 6].map((power) => tf.pow(level, power)),
        1,
      );
      return tf.mul<tf.Tensor4D>(z, tf.reshape(tf.sum(tf.mul(powers, factors), 1), [-1, 1, 1, 1]));
    },
    { config: { kind: 'polynomial' }, weights, shape: [4, 4, 1] },
  );
}

/**
 * What the network makes of z at a level, as a multiple of z. The map of the probability-flow equation to t = 0 is
 * deviation/√(α²·deviation² + σ²) for normal data (Song et al. 2021, arXiv 2011.13456, eq. 13, solved).
 */
function factorAt(network: Network, t: number): { learned: number; exact: number; mean: number } {
  return tf.tidy(() => {
    const z = tf.fill([1, 4, 4, 1], 1) as Images;
    const guess = degradation.toSigned(denoiser(network, { target })(z, t).x0);
    const [alpha, sigma] = [Math.cos((t * Math.PI) / 2), Math.sin((t * Math.PI) / 2)];
    const size = (alpha * deviation) ** 2 + sigma ** 2;
    return {
      learned: guess.dataSync()[0],
      exact: deviation / Math.sqrt(size),
      mean: (alpha * deviation ** 2) / size,
    };
  });
}

const teacher = normalDenoiser({ degradation, deviation });
const common = { data: data(), degradation, batchSize: 64, rate: 0.02, seed: 1 };
/** Says the same of everything, so that its paths lead straight to it. */
const grey = Object.assign((z: Images) => ({ x0: tf.fill(z.shape, 0.5) as Images }), {
  weights: [],
  shape: [4, 4, 1],
}) as unknown as Denoiser;
const places = [0.2, 0.5, 0.8, 1];

async function trained(options: Partial<ConsistencyTraining> & { steps: number }): Promise<Network> {
  const network = polynomial();
  await lossesOf(trainConsistency({ ...common, network, ...options }));
  return network;
}

describe('trainConsistency', () => {
  it('learns, with a teacher, where the paths of normal data end', async () => {
    const rate = (step: number) => 0.03 * (1 - step / 2000);
    const network = await trained({ teacher, gap: 1 / 8, steps: 2000, rate });
    for (const t of places) {
      const { learned, exact, mean } = factorAt(network, t);
      expect(Math.abs(learned - exact), `t = ${t}`).toBeLessThan(0.05 * exact);
      // It is not the mean of what the image could be, which all other training leads to.
      if (t > 0.4) expect(exact - mean).toBeGreaterThan(0.2);
    }
    network.dispose();
  });

  it('learns the same from noise alone, when the gap narrows', async () => {
    const rate = (step: number) => 0.03 * (1 - step / 2000);
    const network = await trained({ steps: 2000, rate, gap: (step) => (step < 800 ? 1 / 8 : 1 / 32) });
    for (const t of places) {
      const { learned, exact } = factorAt(network, t);
      expect(Math.abs(learned - exact), `t = ${t}`).toBeLessThan(0.1 * exact);
    }
    network.dispose();
  });

  it('learns the mean when the gap is the level itself, as the training of a denoiser does', async () => {
    const rate = (step: number) => 0.03 * (1 - step / 600);
    const network = await trained({ steps: 600, rate, gap: 1, bend: 10 });
    const plain = polynomial();
    await lossesOf(trainDenoiser({ ...common, network: plain, target, steps: 600, rate }));
    for (const t of places) {
      const { learned, mean } = factorAt(network, t);
      expect(Math.abs(learned - mean), `t = ${t}`).toBeLessThan(0.05);
      expect(Math.abs(factorAt(plain, t).learned - mean), `t = ${t}`).toBeLessThan(0.05);
    }
    network.dispose();
    plain.dispose();
  });

  it('learns at a pace of its own, from a teacher that walks several steps', async () => {
    const rate = (step: number) => 0.03 * (1 - step / 1000);
    const pace = karrasPace(degradation);
    const network = await trained({ teacher, pace, gap: 1 / 4, teacherSteps: 2, steps: 1000, rate });
    for (const t of places) {
      const { learned, exact } = factorAt(network, t);
      expect(Math.abs(learned - exact), `t = ${t}`).toBeLessThan(0.12 * exact);
    }
    network.dispose();
  });

  it('counts a gap as a share of the level, and with a pace as one of the whole way', async () => {
    const lossOf = async (more: Partial<ConsistencyTraining>) => {
      const network = polynomial();
      const [loss] = await lossesOf(
        trainConsistency({ ...common, network, teacher, levels: halfWay, steps: 1, ...more }),
      );
      network.dispose();
      return loss;
    };
    const pace = (share: tf.Tensor1D) => share;
    expect(await lossOf({ pace, gap: 0.4 })).toBeCloseTo(await lossOf({ gap: 0.8 }), 5);
    // No further than there is way.
    expect(await lossOf({ pace, gap: 0.7 })).toBeCloseTo(await lossOf({ gap: 1 }), 5);
    // Half of the way at another pace is a quarter; the loss is divided by shares of the way.
    const square = (share: tf.Tensor1D) => tf.square<tf.Tensor1D>(share);
    const there = await lossOf({ teacher: grey, levels: (_, batch) => tf.fill([batch], 0.25) as tf.Tensor1D, gap: 1 });
    expect(await lossOf({ teacher: grey, pace: square, gap: 0.5 })).toBeCloseTo(there / 2, 5);
  });

  it('follows a teacher that says the same everywhere, in however many steps', async () => {
    const losses = [];
    for (const teacherSteps of [1, 3]) {
      const network = polynomial();
      const options = { ...common, network, teacher: grey, teacherSteps, gap: 0.5, steps: 1 };
      losses.push(...(await lossesOf(trainConsistency(options))));
      network.dispose();
    }
    expect(losses[0]).toBeGreaterThan(0);
    expect(losses[1]).toBeCloseTo(losses[0], 5);
  });

  it('makes a network that paints in one evaluation, and in two by denoising and renoising', async () => {
    const network = await trained({ teacher, gap: 1 / 8, steps: 600, rate: 0.02 });
    const denoise = denoiser(network, { target });
    for (const walk of [
      [1, 0],
      [1, 0.5, 0],
    ]) {
      const samples = await last(sample({ denoise, degradation, rule: renoise(), levels: walk, count: 256, seed: 2 }));
      const spread = tf.tidy(() => Math.sqrt(tf.moments(degradation.toSigned(samples)).variance.dataSync()[0]));
      expect(Math.abs(spread - deviation)).toBeLessThan(0.05);
      samples.dispose();
    }
    network.dispose();
  });

  it('halves its gap seven times, after equal parts of the training', async () => {
    // With a bend that is large, the loss is the squared distance over the gap; a network that says nothing is off by
    // x0(t) − x0(s) = (α_t² − α_s²)·x0 + … , so that the loss falls with each halving.
    const network = polynomial();
    const losses = await lossesOf(
      trainConsistency({ ...common, network, rate: 1e-12, bend: 10, steps: 16, levels: halfWay }),
    );
    for (let i = 2; i < 16; i += 2) expect(losses[i]).toBeLessThan(losses[i - 2]);
    network.dispose();
  });

  it('goes on where it stood, with the gap of that step', async () => {
    const seen: number[] = [];
    const network = polynomial();
    const gap = (step: number) => {
      seen.push(step);
      return 0.5;
    };
    await lossesOf(trainConsistency({ ...common, network, gap, steps: 3 }));
    expect(seen).toEqual([1, 2, 3]);
    network.dispose();
  });

  it('leaves no tensor behind', async () => {
    const network = polynomial();
    await expectNoLeak(async () => {
      await lossesOf(trainConsistency({ ...common, network, steps: 3 }));
      const pace = karrasPace(degradation);
      await lossesOf(trainConsistency({ ...common, network, teacher, steps: 3 }));
      await lossesOf(trainConsistency({ ...common, network, teacher, pace, teacherSteps: 2, steps: 3 }));
    });
    network.dispose();
  });

  it('refuses what it cannot train with', async () => {
    const network = polynomial();
    const call = (more: object) => trainConsistency({ ...common, network, steps: 2, ...more });
    expect(() => call({ gap: 0 })).toThrow('trainConsistency: gap must be above 0 and at most 1, got 0');
    expect(() => call({ gap: 1.5 })).toThrow('trainConsistency: gap must be above 0 and at most 1, got 1.5');
    expect(() => call({ gap: '1' })).toThrow('trainConsistency: gap must be a number or a function, got "1"');
    await expect(lossesOf(call({ gap: () => NaN }))).rejects.toThrow('trainConsistency: gap must be above 0');
    expect(() => call({ teacherSteps: 0 })).toThrow('trainConsistency: teacherSteps must be');
    expect(() => call({ pace: 2 })).toThrow('trainConsistency: pace must be a function, got 2');
    expect(() => call({ bend: 0 })).toThrow('trainConsistency: bend must be above 0, got 0');
    expect(() => call({ degradation: undefined })).toThrow('trainConsistency: degradation must be');
    expect(() => call({ teacher: {} })).toThrow('trainConsistency: teacher must be a denoiser');
    network.dispose();
  });
});

const halfWay = (_: unknown, batch: number) => tf.fill([batch], 0.5) as tf.Tensor1D;
