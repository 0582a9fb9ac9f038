import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  binomial,
  blur,
  collect,
  compile,
  degradation,
  denoiser,
  disposeTurns,
  drawRules,
  evenLevels,
  explodingSchedule,
  fixed,
  fresh,
  gaussian,
  guide,
  heun,
  improve,
  inferred,
  Interrupted,
  isNative,
  key,
  last,
  mixed,
  ready,
  renoise,
  residualUnet,
  sample,
  sampleCold,
  sampleDdim,
  sampleDenoiseRenoise,
  tf,
  unet,
  uniform,
  velocity,
  type Denoiser,
  type Gaussian,
  type Images,
  type Rule,
  type Step,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

await ready();
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const network = () => unet({ size: 8, channels: 3, widths: [4, 6], dense: 8, seed: 2 });
const levels = [1, 0.8, 0.35, 0.3, 0];

/** The best guess of images whose values are independent and normal with mean `mean` and deviation `s`, in [−1, 1]. */
function exact(g: Gaussian, { mean = 0.2, s = 0.3 } = {}): Denoiser {
  const denoise = (z: Images, t: tf.Tensor1D | number) => {
    const { alpha, sigma } = g.coefficients(typeof t === 'number' ? tf.fill([z.shape[0]], t) : t);
    const gain = tf.div(tf.mul(alpha, s * s), tf.add(tf.mul(tf.square(alpha), s * s), tf.square(sigma)));
    const off = tf.sub(g.toSigned(z), tf.mul(alpha, mean));
    return { x0: g.fromSigned(tf.add(mean, tf.mul(gain, off))) };
  };
  return Object.assign(denoise, { weights: [] });
}

/** Mean and standard deviation of all values, brought to [−1, 1]. */
function spread(images: Images): [number, number] {
  return tf.tidy(() => {
    const { mean, variance } = tf.moments(tf.sub(tf.mul(images, 2), 1));
    return [mean.dataSync()[0], Math.sqrt(variance.dataSync()[0])];
  });
}

describe('sample', () => {
  it('is the loop: guess, rule, next level, with the key of each step', async () => {
    const net = network();
    const d = binomial();
    const shape = [3, 8, 8, 3];
    const draw = d.draw(key(5, 0), shape);
    let z = d.end(draw, shape);
    for (let i = 1; i < levels.length; i++) {
      const x0 = net(z, levels[i - 1]);
      z = d.at(d.draw(key(5, i), shape), x0, levels[i]);
    }
    const turns = await collect(
      sample({ denoise: denoiser(net), degradation: d, rule: renoise(), levels, count: 3, seed: 5 }),
    );
    expect(turns.map(({ t }) => t)).toEqual(levels);
    expect(difference(turns.at(-1)!.z, z)).toBeLessThan(1e-5);
  });

  it('has denoise/renoise, both algorithms and DDIM as its special cases, to the bit', async () => {
    vi.stubEnv('NAIVE_DIFFUSION_COMPILE', '0'); // what is recorded and what is replayed round differently
    const denoise = denoiser(network());
    const steps = 5;
    const noise = gaussian();
    const common = { denoise, degradation: noise, count: 2, seed: 3 };
    const pairs = [
      [renoise(fresh), sampleDenoiseRenoise({ ...common, steps })],
      [renoise(fixed), sampleDenoiseRenoise({ ...common, steps, draw: 'fixed' })],
      [renoise(fixed), sampleCold({ ...common, steps, algorithm: 1 })],
      [improve(fixed), sampleCold({ ...common, steps })],
      [improve(inferred), sampleCold({ ...common, steps, draw: 'inferred' })],
      [renoise(inferred), sampleDdim({ ...common, steps })],
      [renoise(mixed(0.7)), sampleDdim({ ...common, steps, eta: 0.7 })],
    ] as const;
    for (const [rule, special] of pairs) {
      const general = await last(sample({ ...common, rule, levels: evenLevels(steps) }));
      expect(difference(general, await last(special))).toBe(0);
    }
  });

  it('finds DDIM thrice: renoising with inferred noise, Algorithm 2 with it, and no share of new noise', async () => {
    const common = { denoise: denoiser(network()), degradation: gaussian(), levels, count: 2, seed: 3 };
    const first = await last(sample({ ...common, rule: renoise(inferred) }));
    // Algorithm 2 subtracts what it adds: a rounding of z in each step.
    expect(difference(await last(sample({ ...common, rule: improve(inferred) })), first)).toBeLessThan(2e-6);
    expect(difference(await last(sample({ ...common, rule: renoise(mixed(0)) })), first)).toBeLessThan(2e-6);
  });

  it('with all of the share new is the reverse process of DDPM: mean and variance of each step', async () => {
    const g = gaussian();
    const [t, s] = [0.7, 0.5];
    const x0 = tf.fill([1, 1, 1, 1], 0.65) as Images; // 0.3 in [−1, 1]
    const z = tf.tile(tf.fill([1, 1, 1, 1], 0.1), [40_000, 1, 1, 1]) as Images; // −0.8
    const always: Denoiser = Object.assign(() => ({ x0: tf.tile(x0, [40_000, 1, 1, 1]) as Images }), {
      weights: [],
      constants: [x0],
    });
    const turns = sample({ denoise: always, degradation: g, rule: renoise(mixed(1)), levels: [t, s], z, seed: 2 });
    const [mean, deviation] = spread(await last(turns));
    // Ho et al. 2020, eq. 7, with ᾱ = cos²(πt/2) and α = ᾱ_t/ᾱ_s.
    const bar = (u: number) => Math.cos((Math.PI * u) / 2) ** 2;
    const alpha = bar(t) / bar(s);
    const beta = 1 - alpha;
    const wanted =
      ((Math.sqrt(bar(s)) * beta) / (1 - bar(t))) * 0.3 + ((Math.sqrt(alpha) * (1 - bar(s))) / (1 - bar(t))) * -0.8;
    const variance = ((1 - bar(s)) / (1 - bar(t))) * beta;
    expect(Math.abs(mean - wanted)).toBeLessThan(5 * Math.sqrt(variance / 40_000));
    expect(Math.abs(deviation / Math.sqrt(variance) - 1)).toBeLessThan(0.02); // 1/√80,000 is 0.0035
  });

  it('reaches the distribution of Gaussian data, and Heun with its square of the error of DDIM', async () => {
    const g = gaussian();
    const [mean, s] = [0.2, 0.3];
    const errors = (rule: Rule) =>
      Promise.all(
        [8, 16, 32].map(async (steps) => {
          const run = { denoise: exact(g, { mean, s }), degradation: g, rule, levels: evenLevels(steps), seed: 1 };
          // The way from one start is known: it keeps its place in units of the deviation, √(α²s² + σ²).
          const [start, end] = [tf.fill([1, 1, 1, 1], (1 + 1.3) / 2) as Images, mean + 1.3 * s];
          return Math.abs(tf.tidy(() => 0) + spreadOf(await last(sample({ ...run, z: start }))) - end);
        }),
      );
    const spreadOf = (x: Images) => 2 * x.dataSync()[0] - 1;
    const [ddim, twice] = [await errors(renoise(inferred)), await errors(heun)];
    for (let i = 0; i < 2; i++) {
      expect(ddim[i] / ddim[i + 1]).toBeGreaterThan(1.7); // halved with every doubling
      expect(ddim[i] / ddim[i + 1]).toBeLessThan(2.4);
      expect(twice[i] / twice[i + 1]).toBeGreaterThan(3.2); // quartered
    }
    expect(twice[1]).toBeLessThan(0.4 * ddim[1]);
    const many = { denoise: exact(g, { mean, s }), degradation: g, count: 4000, shape: [2, 2, 3] as const };
    for (const rule of [renoise(inferred), renoise(mixed(1)), renoise(mixed(0.5)), heun] as Rule[]) {
      const [m, d] = spread(await last(sample({ ...many, rule, levels: evenLevels(64), seed: 7 })));
      expect(Math.abs(m - mean)).toBeLessThan(0.01);
      // New noise costs variance: of each step a share of about σ²/(s² + σ²) times its square.
      expect(Math.abs(d - s)).toBeLessThan(rule === renoise(inferred) || rule === heun ? 0.015 : 0.04);
    }
  });

  it('asks again where a rule wants to, and shows a rule that looks back the step before', async () => {
    const asked: number[] = [];
    const counting: Denoiser = Object.assign(
      (z: Images, t: tf.Tensor1D | number) => {
        asked.push(typeof t === 'number' ? t : t.dataSync()[0]);
        return { x0: z.clone() };
      },
      { weights: [] },
    );
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const twice: Rule = ({ denoise, z, s }: Step) => denoise(z, s).x0;
    const options = { degradation: blur(), levels: [0.5, 0.25, 0], z: uniform(key(1), [1, 4, 4, 1]) as Images };
    await last(sample({ ...options, denoise: counting, rule: twice }));
    expect(asked).toEqual([0.5, 0.25, 0.25, 0]);

    const seen: (number | undefined)[] = [];
    const back: Rule = Object.assign(
      ({ z, before }: Step) => {
        seen.push(before?.t.dataSync()[0]);
        if (before) expect(difference(before.z, before.estimate.x0)).toBe(0);
        return tf.mul<Images>(z, 0.5);
      },
      { looksBack: true },
    );
    const turns = await collect(sample({ ...options, denoise: counting, rule: back }));
    expect(seen).toEqual([undefined, 0.5]);
    disposeTurns(turns);
  });

  it('takes any number of channels, and images that are not square', async () => {
    for (const [height, width, channels] of [
      [8, 12, 1],
      [4, 16, 8],
      [12, 4, 5],
    ]) {
      const net = residualUnet({ size: [height, width], channels, widths: [8, 8], blocks: 1, groups: 4, embedding: 8 });
      const images = await last(
        sample({ denoise: denoiser(net), degradation: binomial(), rule: renoise(), levels: [1, 0.5, 0], count: 2 }),
      );
      expect(images.shape).toEqual([2, height, width, channels]);
      net.dispose();
      images.dispose();
    }
  });

  it('gives what is asked for to the network, and refuses what the network does not know, by name', async () => {
    const conditions = { digit: 10 };
    const net = residualUnet({ size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 8, conditions });
    net.weights.forEach((w, i) => {
      tf.tidy(() => {
        w.assign(tf.add(w, tf.mul(0.3, tf.sub(uniform(key(8, i), w.shape), 0.5))));
      });
    });
    const run = (given?: Record<string, tf.Tensor>) =>
      last(
        sample({ denoise: denoiser(net), degradation: binomial(), rule: renoise(), levels: [1, 0], count: 2, given }),
      );
    const [three, seven, none] = [3, 7, -1].map((digit) => tf.fill([2], digit));
    const images = await Promise.all([three, seven, none].map((digit) => run({ digit })));
    expect(difference(images[0], images[1])).toBeGreaterThan(1e-3);
    expect(difference(images[0], images[2])).toBeGreaterThan(1e-3);
    expect(() => run()).toThrow('sample: given must hold digit');
    expect(() => run({ digit: three, colour: seven })).toThrow(
      'sample: given.colour is unknown: the network takes digit',
    );
    const plain = unet({ size: 8, channels: 1, widths: [4], dense: 0 });
    expect(() => plain(tf.zeros([1, 8, 8, 1]), 0, { digit: three })).toThrow(
      'unet: given.digit is unknown: the network takes no conditions',
    );
  });

  it('leaks no tensors when it ends, is left, is stopped, or fails, with any rule', async () => {
    const net = network();
    const g = gaussian();
    const denoise = denoiser(net, { target: velocity(g) });
    const back: Rule = Object.assign(({ z, before }: Step) => (before ? before.z.clone() : z.clone()), {
      looksBack: true,
    });
    for (const rule of [renoise(), improve(), renoise(mixed(0.5)), heun, back] as Rule[]) {
      const run = () => sample({ denoise, degradation: g, rule, levels, count: 2 });
      for (const when of [0, 0.35, 0.8]) {
        await expectNoLeak(async () => {
          for await (const { t } of run()) if (t === when) break;
        });
      }
      await expectNoLeak(() =>
        expect(
          (async () => {
            for await (const { t } of run()) if (t === 0.35) process.emit('SIGINT');
          })(),
        ).rejects.toBeInstanceOf(Interrupted),
      );
    }
    const broken: Rule = () => {
      throw new Error('broken rule');
    };
    await expectNoLeak(() =>
      expect(last(sample({ denoise, degradation: g, rule: broken, levels, count: 2 }))).rejects.toThrow('broken rule'),
    );
    await expectNoLeak(() => {
      sample({ denoise, degradation: g, rule: heun, levels, count: 2 }); // never begun
    });
  });

  it('refuses what it cannot sample, at the call', () => {
    const good = { denoise: denoiser(network()), degradation: binomial(), rule: renoise(), levels, count: 2 };
    const wrong = (options: object) => () => sample({ ...good, ...options });
    expect(wrong({ rule: 'renoise' })).toThrow('sample: rule must be a function, got string');
    expect(wrong({ levels: [0, 1] })).toThrow('sample: levels must be at least two numbers in [0, 1]');
    expect(wrong({ levels: [0.5, 0] })).toThrow('sample: z must be given to start from the level 0.5');
    expect(wrong({ count: 0 })).toThrow('sample: count must be a whole number of at least 1, got 0');
    expect(wrong({ seed: 0.5 })).toThrow('sample: seed must be a whole number of at least 0, got 0.5');
    expect(wrong({ shape: [8, 8] })).toThrow('sample: shape must be [height, width, channels], got [8,8]');
    expect(wrong({ shape: [8, 8, 1.5] })).toThrow('sample: shape must be [height, width, channels], got [8,8,1.5]');
    const gone = tf.zeros([2, 8, 8, 3]);
    gone.dispose();
    expect(wrong({ z: gone })).toThrow('sample: z must be a tensor that is still there');
    expect(wrong({ z: tf.zeros([2, 8, 8, 1]) })).toThrow('sample: z must have shape [2,8,8,3], got [2,8,8,1]');
    const bare: Denoiser = Object.assign((z: Images) => ({ x0: z }), { weights: [] });
    expect(wrong({ denoise: bare })).toThrow('sample: shape must be given, for the denoiser has none of its own');
    expect(() => mixed(1.5)).toThrow('mixed: eta must lie in [0, 1], got 1.5');
  });

  it('listens for stop only while it runs, whatever was wrong with its options', async () => {
    const before = process.listenerCount('SIGINT');
    const denoise = denoiser(network());
    const options = { denoise, degradation: binomial(), rule: renoise(), levels, count: 2 };
    expect(() => sample({ ...options, seed: -1 })).toThrow();
    sample(options);
    expect(process.listenerCount('SIGINT')).toBe(before);
    const failing = degradation('failing', {
      draw: () => {
        throw new Error('no draw');
      },
      at: (_, x0) => x0,
    });
    await expect(last(sample({ ...options, degradation: failing }))).rejects.toThrow('no draw');
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('draw rules', () => {
  it('are the same for the same draw rule, so that what has been compiled is found again', async () => {
    expect(renoise(fresh)).toBe(renoise());
    expect(improve(fixed)).toBe(improve());
    expect(renoise(fixed)).not.toBe(renoise(fresh));
    expect(await drawRules.make({ kind: 'fixed' })).toBe(fixed);
  });
});

describe.runIf(isNative())('a step of a sampler', () => {
  /** Graphs that are recorded, replays of graphs, and operations that run one by one. */
  const seen = { graphs: 0, replays: 0, operations: 0 };
  const backend = tf.backend() as unknown as { binding: Record<string, (...a: unknown[]) => unknown> };
  const { binding } = backend;
  const counting = (name: string, count: keyof typeof seen) => ({
    value: (...a: unknown[]) => {
      seen[count]++;
      return binding[name](...a);
    },
  });
  beforeAll(() => {
    backend.binding = Object.create(binding, {
      loadSavedModel: counting('loadSavedModel', 'graphs'),
      runSavedModel: counting('runSavedModel', 'replays'),
      executeOp: counting('executeOp', 'operations'),
    }) as typeof binding;
  });
  afterAll(() => {
    backend.binding = binding;
  });
  async function counted(act: () => Promise<unknown>): Promise<typeof seen> {
    Object.assign(seen, { graphs: 0, replays: 0, operations: 0 });
    await act();
    return { ...seen };
  }

  it.each(['renoise', 'improve', 'ddpm', 'heun', 'guided'] as const)(
    'is one compiled call, guess, second guess, rule and noise together: %s',
    async (name) => {
      const g = gaussian();
      const nets = [network(), network()];
      const [one, two] = nets.map((net) => denoiser(net, { target: velocity(g) }));
      const denoise = name === 'guided' ? guide({ wanted: one, plain: two, weight: 2 }) : one;
      const rule = { renoise: renoise(), improve: improve(), ddpm: renoise(mixed(1)), heun, guided: heun }[
        name
      ] as Rule;
      const run = (steps: number) =>
        last(sample({ denoise, degradation: g, rule, levels: evenLevels(steps), count: 2 })).then((x) => x.dispose());
      const first = await counted(() => run(12));
      expect(first.graphs).toBe(1);
      // The first two steps are recorded. When the graph is made, it may be given the weights, and compute once what
      // depends on them alone.
      expect([10, 11, 12]).toContain(first.replays);
      const again = await counted(() => run(12));
      expect(again).toMatchObject({ graphs: 0, replays: 12 });
      const longer = await counted(() => run(24));
      // Twelve steps more: twelve replays, and for each the levels and the key it is told, but no operation of a
      // network.
      expect(longer.replays - again.replays).toBe(12);
      expect(longer.operations - again.operations).toBeLessThanOrEqual(12 * 4);
      nets.forEach((net) => {
        net.dispose();
      });
    },
  );

  it('runs uncompiled where that cannot be, and says so once', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const outside = tf.fill([2, 4, 4, 1], 0.25) as Images;
    const peeking: Denoiser = Object.assign(
      (z: Images) => ({ x0: tf.add<Images>(tf.mul(z, 0), z.dataSync()[0] * 0 + 0.5) }),
      {
        weights: [],
      },
    );
    const careless: Denoiser = Object.assign(() => ({ x0: outside.clone() }), { weights: [] });
    for (const [denoise, value] of [
      [peeking, 0.5],
      [careless, 0.25],
    ] as const) {
      warned.mockClear();
      for (let run = 0; run < 2; run++) {
        const options = {
          denoise,
          degradation: binomial(),
          rule: renoise(),
          levels,
          count: 2,
          shape: [4, 4, 1] as const,
        };
        const images = await last(sample(options));
        expect(images.dataSync().every((v) => v === value)).toBe(true);
      }
      expect(warned).toHaveBeenCalledTimes(1);
      expect(warned.mock.calls[0][0]).toContain('sample: runs one operation at a time, which is slower');
    }
    const declared = Object.assign((_: Images) => ({ x0: outside.clone() }), { weights: [], constants: [outside] });
    warned.mockClear();
    await last(
      sample({ denoise: declared, degradation: binomial(), rule: renoise(), levels, count: 2, shape: [4, 4, 1] }),
    );
    expect(warned).not.toHaveBeenCalled();
  });

  it('can be taken within a function that is compiled itself', () => {
    const g = gaussian({ schedule: explodingSchedule() });
    const denoise = exact(g);
    const step = compile((z: Images, t: tf.Tensor1D, s: tf.Tensor1D, k: tf.Tensor1D) =>
      renoise(mixed(1))({ degradation: g, denoise, z, t, s, key: k, draw: {}, estimate: denoise(z, t) }),
    );
    const inputs = [uniform(key(1), [2, 2, 2, 1]) as Images, tf.fill([2], 0.6), tf.fill([2], 0.5), key(4)] as const;
    const results = [1, 2, 3].map(() => step(...(inputs as unknown as Parameters<typeof step>)));
    expect(difference(results[2], results[0])).toBeLessThan(1e-6);
    step.dispose();
  });
});
