import { beforeAll, describe, expect, it } from 'vitest';
import {
  binomial,
  blur,
  collect,
  countRepeats,
  degradation,
  fadeToBlack,
  fadeToColours,
  gaussian,
  Interrupted,
  key,
  last,
  pixelate,
  ready,
  sampleCold,
  sampleDenoiseRenoise,
  snow,
  tf,
  uniform,
  unet,
  type Degradation,
  type Denoiser,
  type Images,
  denoiser,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

type Four = [number, number, number, number];
const shape: Four = [3, 8, 8, 3];
const noise = (index: number, size: Four = shape): Images => uniform(key(31, index), size);
const network = () => denoiser(net8());
const net8 = () => unet({ size: 8, channels: 3, widths: [4, 6], dense: 8, seed: 2 });
/** A restoration that gives the same wrong answer to everything. */
const always = (r: Images): Denoiser => Object.assign(() => ({ x0: r.clone() }), { weights: [], constants: [r] });
/** D(x, t) = x + t·e. */
const drift = (e: Images): Degradation => degradation('drift', { at: (_, x0, t) => tf.add(x0, tf.mul(e, t)) });

describe('sampleCold', () => {
  it("returns x0 with Algorithm 2 and the restoration's answer with Algorithm 1, where D(x, t) = x + t·e", async () => {
    const [x0, r, e] = [noise(1), noise(2), noise(3)];
    for (const S of [1, 7, 20]) {
      const run = (algorithm: 1 | 2) =>
        last(
          sampleCold({ denoise: always(r), degradation: drift(e), steps: S, z: tf.add<tf.Tensor4D>(x0, e), algorithm }),
        );
      expect(difference(await run(2), x0)).toBeLessThan(1e-5); // exact but for rounding, S times
      expect(difference(await run(1), r)).toBeLessThan(1e-6);
    }
  });

  it('ends, for a fade from t0 < 1, at (1 − t0)·x0 + t0·r with Algorithm 2', async () => {
    const [x0, r] = [noise(1), noise(2)];
    for (const t0 of [0.3, 0.75, 1]) {
      const z = tf.mul(x0, 1 - t0) as Images;
      const end = await last(sampleCold({ denoise: always(r), degradation: fadeToBlack(), steps: 6, z, level: t0 }));
      expect(difference(end, tf.add(tf.mul(x0, 1 - t0), tf.mul(r, t0)))).toBeLessThan(1e-6);
    }
  });

  it('is DDIM, with Algorithm 2 over Gaussian noise that is inferred from the prediction', async () => {
    const net = net8();
    const S = 10;
    const turns = await collect(
      sampleCold({ denoise: denoiser(net), degradation: gaussian(), steps: S, count: 3, draw: 'inferred', seed: 4 }),
    );
    // DDIM with σ = 0 (arXiv 2010.02502, eq. 12), on images in [−1, 1], with ᾱ(t) = cos²(πt/2).
    const alphaBar = (t: number) => Math.cos((Math.PI * t) / 2) ** 2;
    let x: tf.Tensor = tf.sub(tf.mul(turns[0].z, 2), 1);
    for (let i = S; i > 0; i--) {
      const [now, next] = [alphaBar(i / S), alphaBar((i - 1) / S)];
      const clean = tf.sub(tf.mul(net(tf.div(tf.add(x, 1), 2), i / S), 2), 1);
      const epsilon = tf.div(tf.sub(x, tf.mul(clean, Math.sqrt(now))), Math.sqrt(1 - now));
      x = tf.add(tf.mul(clean, Math.sqrt(next)), tf.mul(epsilon, Math.sqrt(1 - next)));
      // rounding, through ten steps of the network
      expect(difference(turns[S - i + 1].z, tf.div(tf.add(x, 1), 2))).toBeLessThan(2e-5);
    }
  });

  it('has exactly one sample from black, with both algorithms and with denoise/renoise', async () => {
    const net = network();
    const fade = { denoise: net, degradation: fadeToBlack(), steps: 5, count: 64 };
    for (const run of [
      sampleCold({ ...fade, algorithm: 1 }),
      sampleCold({ ...fade, algorithm: 2 }),
      sampleDenoiseRenoise({ ...fade, draw: 'fixed' }),
    ]) {
      // Equal starts stay equal up to the rounding of batched sums.
      expect((await countRepeats(await last(run), { threshold: 1e-5 })).distinct).toBe(1);
    }
  });

  it('has as many samples as there are colours, with both algorithms and with one fixed draw', async () => {
    const net = network();
    const fade = {
      denoise: net,
      degradation: fadeToColours({ colours: 6 }),
      steps: 5,
      count: 64,
      seed: 3,
    };
    for (const run of [
      () => sampleCold({ ...fade, algorithm: 1 }),
      () => sampleCold(fade),
      () => sampleDenoiseRenoise({ ...fade, draw: 'fixed' }),
    ]) {
      const turns = await collect(run(), { every: 5 });
      for (const { z } of turns) expect((await countRepeats(z, { threshold: 1e-5 })).distinct).toBe(6);
    }
  });

  it('has more samples than colours where each renoising picks its own', async () => {
    const run = sampleDenoiseRenoise({
      denoise: network(),
      degradation: fadeToColours({ colours: 6 }),
      steps: 5,
      count: 64,
      seed: 3,
    });
    expect((await countRepeats(await last(run), { threshold: 1e-5 })).distinct).toBeGreaterThan(6);
  });

  it("starts from what is left, and from images of the caller's own under their draw", async () => {
    const d = pixelate({ stages: 2 });
    const residue = noise(5, [3, 2, 2, 3]);
    const [first] = await collect(sampleCold({ denoise: network(), degradation: d, steps: 2, count: 3, residue }));
    expect(difference(first.z, d.end({}, shape, residue))).toBe(0);

    const fall = snow();
    const drawn = fall.draw(key(9), shape);
    const x0 = noise(1);
    const z = fall.at(drawn, x0, 0.6);
    const turns = await collect(
      sampleCold({ denoise: always(x0), degradation: fall, steps: 3, z, level: 0.6, knownDraw: drawn }),
    );
    expect(turns.map(({ t }) => +t.toFixed(6))).toEqual([0.6, 0.4, 0.2, 0]);
    turns.forEach((turn) => expect(difference(turn.z, fall.at(drawn, x0, turn.t))).toBeLessThan(2e-6));
    expect(z.isDisposed || Object.values(drawn).some((t) => t.isDisposed)).toBe(false);
  });

  it('stops when asked to', async () => {
    const run = async () => {
      for await (const { t } of sampleCold({ denoise: network(), degradation: fadeToBlack(), steps: 8, count: 3 }))
        if (t === 0.5) process.emit('SIGINT');
    };
    await expect(run()).rejects.toBeInstanceOf(Interrupted);
  });

  it('leaks no tensors when it ends, is left, or fails', async () => {
    const [net, residue, z] = [network(), uniform(key(5), [3, 3]), noise(1)];
    for (const draw of ['fixed', 'fresh', 'inferred'] as const) {
      const sample = () => sampleCold({ denoise: net, degradation: gaussian(), steps: 4, count: 3, draw });
      await expectNoLeak(async () => {
        for await (const _ of sample());
      });
      await expectNoLeak(async () => {
        for await (const { t } of sample()) if (t < 1) break;
      });
    }
    await expectNoLeak(async () => {
      for await (const _ of sampleCold({ denoise: net, degradation: blur(), steps: 2, residue, z, algorithm: 1 }));
    });
    const broken: Degradation = {
      ...fadeToBlack(),
      at: () => {
        throw new Error('broken');
      },
    };
    await expectNoLeak(() =>
      expect(last(sampleCold({ denoise: net, degradation: broken, steps: 2, count: 3 }))).rejects.toThrow('broken'),
    );
  });

  it('refuses what it cannot sample, at the call', () => {
    const good = { denoise: network(), degradation: fadeToBlack(), steps: 2, count: 3 };
    expect(() => sampleCold({ ...good, denoise: 'network' as never })).toThrow(
      'sampleCold: denoise must be a denoiser, as denoiser(network) makes it, got "network"',
    );
    expect(() => sampleCold({ ...good, count: undefined })).toThrow('sampleCold: count must be given');
    expect(() => sampleCold({ ...good, count: 1.5 })).toThrow('sampleCold: count must be a whole number');
    expect(() => sampleCold({ ...good, seed: -1 })).toThrow('sampleCold: seed must be a whole number of at least 0');
    expect(() => sampleCold({ ...good, steps: 0 })).toThrow(
      'sampleCold: steps must be a whole number of at least 1, got 0',
    );
    expect(() => sampleCold({ ...good, algorithm: 3 as never })).toThrow('sampleCold: algorithm must be 1 or 2, got 3');
    expect(() => sampleCold({ ...good, level: 1.2, z: noise(1) })).toThrow(
      'sampleCold: level must be above 0 and at most 1, got 1.2',
    );
    expect(() => sampleCold({ ...good, level: 0.5 })).toThrow(
      'sampleCold: z must be given to start from the level 0.5',
    );
    expect(() => sampleCold({ ...good, z: noise(1, [1, 8, 8, 3]) })).toThrow(
      'sampleCold: z must have shape [3,8,8,3], got [1,8,8,3]',
    );
    expect(() => sampleCold({ ...good, draw: 'inferred' })).toThrow(
      'draw must be fixed or fresh for a degradation that cannot infer it, got inferred',
    );
    expect(() => sampleCold({ ...good, degradation: blur() })).toThrow('sampleCold: residue must be given');
  });
});

describe('sampleDenoiseRenoise', () => {
  it("is its loop: predict, renoise to the next level, with a draw of each step's own", async () => {
    const [net, d, S] = [net8(), binomial(), 7]; // 7 does not divide 64
    let z = d.end(d.draw(key(5, 0), shape), shape);
    for (let i = 1; i <= S; i++) {
      const x0 = net(z, (S - i + 1) / S);
      z = d.at(d.draw(key(5, i), shape), x0, (S - i) / S);
    }
    expect(
      difference(
        await last(sampleDenoiseRenoise({ denoise: denoiser(net), degradation: d, steps: S, count: 3, seed: 5 })),
        z,
      ),
    ).toBeLessThan(1e-5);
  });

  it('ends with the last prediction at t = 0, and shows every prediction on the way', async () => {
    for (const S of [1, 5, 64]) {
      const turns = await collect(
        sampleDenoiseRenoise({ denoise: network(), degradation: binomial(), steps: S, count: 3 }),
      );
      expect(turns).toHaveLength(S + 1);
      expect(turns[0].x0).toBeUndefined();
      expect(turns.slice(1).every(({ x0 }) => x0)).toBe(true);
      const end = turns[S];
      expect(end.t).toBe(0);
      expect(difference(end.z, end.x0!)).toBe(0);
    }
  });

  it('with one fixed draw is Algorithm 1, and keeps the noise that is still there', async () => {
    const options = { denoise: network(), degradation: binomial(), steps: 4, count: 3 };
    const fixed = await collect(sampleDenoiseRenoise({ ...options, draw: 'fixed' }));
    const first = await collect(sampleCold({ ...options, algorithm: 1 }));
    fixed.forEach(({ z }, i) => expect(difference(z, first[i].z)).toBe(0));
    const [start, later] = [fixed[0].z, fixed[1].z].map((z) => [...z.dataSync()]);
    expect(later.filter((value, i) => value === start[i]).length / later.length).toBeGreaterThanOrEqual(0.75);
    const fresh = await collect(sampleDenoiseRenoise(options));
    expect(difference(fresh[1].z, fixed[1].z)).toBeGreaterThan(0.1);
  });

  it('gives the same samples from the same seed', async () => {
    const options = { denoise: network(), degradation: binomial(), steps: 3, count: 3 };
    const sample = (seed: number) => last(sampleDenoiseRenoise({ ...options, seed }));
    expect(difference(await sample(1), await sample(1))).toBe(0);
    expect(difference(await sample(1), await sample(2))).toBeGreaterThan(0);
  });

  it('leaks no tensors, and names itself in errors', async () => {
    const options = { denoise: network(), degradation: binomial(), steps: 3, count: 3 };
    await expectNoLeak(async () => {
      for await (const _ of sampleDenoiseRenoise(options));
    });
    expect(() => sampleDenoiseRenoise({ ...options, steps: 1.5 })).toThrow(
      'sampleDenoiseRenoise: steps must be a whole number of at least 1, got 1.5',
    );
  });
});
