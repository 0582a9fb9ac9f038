import { beforeAll, describe, expect, it } from 'vitest';
import {
  asNetwork,
  clean,
  clipped,
  conv2d,
  denoiser,
  gaussian,
  guide,
  inferred,
  key,
  last,
  noise,
  ready,
  renoise,
  residualUnet,
  sample,
  tf,
  uniform,
  unet,
  velocity,
  Weights,
  type Denoiser,
  type Images,
  type Network,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const network = () => unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
const images = (index = 0) => uniform(key(3, index), [3, 8, 8, 1]) as Images;

/** A network of a reader's own. */
function oneFilter({ channels = 1, size = 8 } = {}): Network {
  const weights = new Weights(1);
  const filter = weights.normal('filter', [3, 3, channels, channels], { fanIn: 9 }) as tf.Variable<tf.Rank.R4>;
  const config = { kind: 'one-filter', channels, size };
  return asNetwork((z) => conv2d(z, filter), { config, weights, shape: [size, size, channels] });
}

describe('denoiser', () => {
  it("is the network's answer, read by the target, of what the target asks", () => {
    tf.tidy(() => {
      const net = network();
      const g = gaussian();
      const z = images();
      const t = tf.tensor1d([0.2, 0.5, 0.9]);
      expect(difference(denoiser(net)(z, t).x0, net(z, t))).toBe(0);
      for (const target of [velocity(g), noise(g)]) {
        const [seen, told] = target.ask!(z, t);
        const byHand = target.read(net(seen, told), z, t).x0;
        expect(difference(denoiser(net, { target })(z, t).x0, byHand)).toBe(0);
      }
    });
  });

  it('is the same for the same network and target, and says what it uses', () => {
    const net = network();
    const target = velocity(gaussian());
    expect(denoiser(net, { target })).toBe(denoiser(net, { target }));
    expect(denoiser(net)).toBe(denoiser(net, { target: clean }));
    expect(denoiser(net)).not.toBe(denoiser(net, { target }));
    expect(denoiser(net).weights).toBe(net.weights);
    expect(denoiser(net).shape).toEqual([8, 8, 1]);
    net.dispose();
  });

  it('takes one level for all images, refuses what is none, and leaves nothing behind', async () => {
    const net = network();
    const denoise = denoiser(net, { target: velocity(gaussian()) });
    const z = images();
    const [one, each] = [denoise(z, 0.25).x0, denoise(z, tf.fill([3], 0.25)).x0];
    expect(difference(one, each)).toBe(0);
    expect(() => denoise(z, 1.5)).toThrow('denoiser: t must lie in [0, 1], got 1.5');
    await expectNoLeak(() => {
      denoise(z, 0.5).x0.dispose();
      expect(() => denoise(z, -1)).toThrow();
    });
  });
});

describe('clipped', () => {
  const make = () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed: 2 });
    return { network, g: gaussian(), denoise: denoiser(network, { target: noise(gaussian()) }) };
  };

  it('holds guesses to the range of images, or to another, and leaves those within as they are', () => {
    tf.tidy(() => {
      const { network, denoise } = make();
      const z = images();
      const free = denoise(z, 0.9).x0;
      expect(free.min().dataSync()[0]).toBeLessThan(-0.1);
      expect(free.max().dataSync()[0]).toBeGreaterThan(1.1);
      expect(difference(clipped(denoise)(z, 0.9).x0, tf.clipByValue(free, 0, 1))).toBe(0);
      const narrow = clipped(denoise, { low: 0.4, high: 0.6 });
      expect(difference(narrow(z, 0.9).x0, tf.clipByValue(free, 0.4, 0.6))).toBe(0);
      expect(difference(clipped(denoise, { low: -1e3, high: 1e3 })(z, 0.9).x0, free)).toBe(0);
      network.dispose();
    });
  });

  it('makes a sampler infer the noise that leads from the held guess to z', async () => {
    const { network, g, denoise } = make();
    const [t, s] = [0.9, 0.6];
    const z = images();
    const made = await last(
      sample({ denoise: clipped(denoise), degradation: g, rule: renoise(inferred), levels: [t, s], z }),
    );
    tf.tidy(() => {
      const x0 = tf.clipByValue(denoise(z, t).x0, 0, 1);
      const { noise: anew } = g.infer(z, x0, t);
      expect(difference(made, g.at({ noise: anew }, x0, s))).toBeLessThan(2e-6);
      expect(difference(g.at({ noise: anew }, x0, t), z)).toBeLessThan(2e-6); // z holds what it is said to
      const { noise: said } = g.infer(z, denoise(z, t).x0, t);
      expect(difference(made, g.at({ noise: said }, x0, s))).toBeGreaterThan(0.01);
    });
    tf.dispose([made, z]);
    network.dispose();
  });

  it('is the same for the same denoiser and range, says what that uses, and passes on what else it knows', () => {
    const { network, denoise } = make();
    const held = clipped(denoise);
    expect(clipped(denoise)).toBe(held);
    expect(clipped(denoise, { low: 0, high: 1 })).toBe(held);
    expect(clipped(denoise, { low: -1 })).not.toBe(held);
    expect(clipped(denoise, { low: -1 })).toBe(clipped(denoise, { high: 1, low: -1 }));
    expect(clipped(held)).not.toBe(held);
    expect(held.weights).toBe(network.weights);
    expect(held.shape).toEqual([8, 8, 1]);
    const constant = tf.fill([3, 1, 1, 1], 0.25) as Images;
    const knowing: Denoiser = Object.assign(
      (z: Images) => ({ x0: tf.mul<Images>(z, 5), variance: constant, share: tf.zerosLike(z) }),
      { weights: [], constants: [constant] },
    );
    tf.tidy(() => {
      const { x0, variance, share } = clipped(knowing)(images(), 0.5);
      expect(difference(variance!, constant)).toBe(0);
      expect(share!.shape).toEqual(x0.shape);
    });
    expect(clipped(knowing).constants).toEqual([constant]);
    network.dispose();
  });

  it('refuses a range that is none, passes on what is given, and leaves nothing behind', async () => {
    const { network, denoise } = make();
    expect(() => clipped(denoise, { low: 1, high: 0 })).toThrow('clipped: low must be below high, got 1 and 0');
    expect(() => clipped(denoise, { low: NaN })).toThrow(/^clipped: low must be .*got NaN/);
    const z = images();
    await expectNoLeak(() => {
      clipped(denoise)(z, 0.5).x0.dispose();
      expect(() => clipped(denoise)(z, 2)).toThrow('t must lie in [0, 1], got 2');
    });
    let seen: unknown;
    const digit = tf.tensor1d([1, 2, 3]);
    const asking: Denoiser = Object.assign(
      (at: Images, _: unknown, given?: Record<string, tf.Tensor>) => {
        seen = given?.digit;
        return { x0: at.clone() };
      },
      { weights: [] },
    );
    clipped(asking)(z, 0.5, { digit }).x0.dispose();
    expect(seen).toBe(digit);
    network.dispose();
  });
});

describe('guidance', () => {
  const nets = () =>
    [1, 2].map((seed) => unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear', seed }));

  it('is one denoiser at weight 0, the other at 1, and their line in between and beyond', () => {
    tf.tidy(() => {
      const [wanted, plain] = nets().map((net) => denoiser(net));
      const z = images();
      const [a, b] = [plain(z, 0.4).x0, wanted(z, 0.4).x0];
      for (const weight of [0, 1, 0.5, 3, -1]) {
        const guided = guide({ wanted, plain, weight })(z, 0.4).x0;
        expect(difference(guided, tf.add(a, tf.mul(tf.sub(b, a), weight)))).toBeLessThan(1e-6);
      }
    });
  });

  it('in the clean images is guidance in the noise (Ho and Salimans 2022, eq. 6)', () => {
    tf.tidy(() => {
      const g = gaussian();
      const [one, two] = nets();
      const [wanted, plain] = [one, two].map((net) => denoiser(net, { target: noise(g) }));
      const z = images();
      const t = tf.fill([3], 0.4) as tf.Tensor1D;
      const [seen] = noise(g).ask!(z, t);
      const w = 1.5; // the paper's: (1 + w)·conditional − w·unconditional
      const epsilon = tf.sub(tf.mul(one(seen, t), 1 + w), tf.mul(two(seen, t), w)) as Images;
      const byHand = noise(g).read(epsilon, z, t).x0;
      expect(difference(guide({ wanted, plain, weight: 1 + w })(z, t).x0, byHand)).toBeLessThan(1e-5);
    });
  });

  it('asks each of its two denoisers once, and tells the plain one what to do without', async () => {
    const calls: string[] = [];
    const telling = (name: string): Denoiser =>
      Object.assign(
        (z: Images, _: unknown, given?: Record<string, tf.Tensor>) => {
          calls.push(`${name} ${given?.digit.dataSync().join()}`);
          return { x0: z.clone() };
        },
        { weights: [] },
      );
    const without = { digit: tf.tensor1d([-1]) };
    const guided = guide({ wanted: telling('wanted'), plain: telling('plain'), weight: 2, without });
    const digit = tf.tensor1d([3, 1, 4]);
    const z = images();
    await expectNoLeak(() => {
      guided(z, 0.5, { digit }).x0.dispose();
    });
    expect(calls.sort()).toEqual(['plain -1,-1,-1', 'wanted 3,1,4']);
    expect(() => guide({ wanted: guided, plain: guided, weight: NaN })).toThrow(
      'guide: weight must be a finite number, or a function of levels, got NaN',
    );
  });

  it('with one network and two askings lists its weights once', () => {
    const net = residualUnet({
      size: 8,
      channels: 1,
      widths: [8],
      blocks: 1,
      groups: 4,
      embedding: 8,
      conditions: { digit: 10 },
    });
    const both = denoiser(net);
    const guided = guide({ wanted: both, plain: both, weight: 2, without: { digit: tf.tensor1d([-1]) } });
    expect(guided.weights).toHaveLength(net.weights.length);
    expect(guided.shape).toEqual([8, 8, 1]);
    net.dispose();
  });
});

describe('asNetwork', () => {
  it('makes a network of a function and its weights, of any size and of 1 to 8 channels', async () => {
    for (let channels = 1; channels <= 8; channels++) {
      await expectNoLeak(() => {
        const net = oneFilter({ channels, size: 4 + channels });
        const z = tf.ones([2, 4 + channels, 4 + channels, channels]) as Images;
        const y = net(z, 0.5);
        expect(y.shape).toEqual(z.shape);
        tf.dispose([z, y]);
        net.dispose();
      });
    }
  });

  it('refuses images of another shape, disposed ones, and to work after it has been disposed of', () => {
    const net = oneFilter();
    expect(() => net(tf.zeros([1, 8, 8, 3]), 0)).toThrow(
      'one-filter: images must have shape [batch, 8, 8, 1], got [1,8,8,3]',
    );
    const z = tf.zeros([1, 8, 8, 1]) as Images;
    z.dispose();
    expect(() => net(z, 0)).toThrow('one-filter: the images z have been disposed of');
    net.dispose();
    expect(() => net(tf.zeros([1, 8, 8, 1]), 0)).toThrow('one-filter: this network has been disposed of');
  });
});
