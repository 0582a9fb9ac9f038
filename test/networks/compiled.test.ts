import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ancestral,
  binomial,
  clipped,
  degradation as makeDegradation,
  denoiser,
  gaussian,
  guide,
  heun,
  isNative,
  last,
  mixed,
  pure,
  ready,
  reinject,
  renoise,
  residualUnet,
  sample,
  sampleDdim,
  sampleDenoiseRenoise,
  sampleNaive,
  tf,
  unet,
  velocity,
  type Denoiser,
  type Images,
  type Model,
  type Rule,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

await ready();

/** The guess itself, whatever the level. */
const trusting: Rule = ({ estimate }) => estimate.x0;
/** Guesses that the images are whole. */
const same = ({ weights }: Model): Denoiser => Object.assign((z: Images) => ({ x0: z }), { weights });
/** Images that are dimmed by what a function says. */
const dim = (by: () => number) => makeDegradation('dim', { at: (_, x0) => tf.mul(x0, by()) });

describe.runIf(isNative())('what samplers compile', () => {
  const graphs = { loaded: 0, freed: 0 };
  const backend = tf.backend() as unknown as {
    binding: { loadSavedModel: (...a: unknown[]) => number; deleteSavedModel: (...a: unknown[]) => void };
  };
  const { binding } = backend;
  beforeAll(() => {
    backend.binding = Object.create(binding, {
      loadSavedModel: {
        value: (...a: unknown[]) => {
          graphs.loaded++;
          return binding.loadSavedModel(...a);
        },
      },
      deleteSavedModel: {
        value: (...a: unknown[]) => {
          graphs.freed++;
          binding.deleteSavedModel(...a);
        },
      },
    });
  });
  beforeEach(() => {
    Object.assign(graphs, { loaded: 0, freed: 0 });
  });
  afterAll(() => {
    backend.binding = binding;
  });

  const network = () => unet({ size: 8, channels: 1, widths: [4, 4], dense: 0 });

  const degradation = binomial();

  it('is compiled once for a network and a shape, and freed with the network', async () => {
    const own = network();
    for (let run = 0; run < 4; run++) (await last(sampleNaive({ network: own, steps: 4, count: 2 }))).dispose();
    expect(graphs).toEqual({ loaded: 1, freed: 0 });
    (await last(sampleNaive({ network: own, steps: 4, count: 3 }))).dispose();
    expect(graphs).toEqual({ loaded: 2, freed: 0 });
    own.dispose();
    expect(graphs).toEqual({ loaded: 2, freed: 2 });
  });

  it('sees weights that have changed since', async () => {
    const own = network();
    const samples = () => last(sampleDenoiseRenoise({ denoise: denoiser(own), degradation, steps: 4, count: 2 }));
    const before = await samples();
    tf.tidy(() => {
      own.weights.forEach((weight) => {
        weight.assign(tf.add(weight, 0.1));
      });
    });
    const after = await samples();
    process.env.NAIVE_DIFFUSION_COMPILE = '0';
    const copy = network();
    own.weights.forEach((weight, i) => {
      copy.weights[i].assign(weight);
    });
    const plain = await last(sampleDenoiseRenoise({ denoise: denoiser(copy), degradation, steps: 4, count: 2 }));
    delete process.env.NAIVE_DIFFUSION_COMPILE;
    expect(difference(after, before)).toBeGreaterThan(1e-3);
    expect(difference(after, plain)).toBeLessThan(1e-5);
    tf.dispose([before, after, plain]);
    own.dispose();
    copy.dispose();
  });

  it('is limited in number, and nothing in use is freed', async () => {
    const own = network();
    const open = sampleNaive({ network: own, steps: 6, count: 1 });
    for (let i = 0; i < 4; i++) await open.next();
    for (let batch = 2; batch < 14; batch++)
      (await last(sampleNaive({ network: own, steps: 3, count: batch }))).dispose();
    expect(graphs.loaded - graphs.freed).toBeLessThanOrEqual(9);
    expect((await open.next()).done, 'the first sampler goes on').toBe(false);
    await open.return();
    own.dispose();
    expect(graphs.freed).toBe(graphs.loaded);
  });

  it('sees what has changed outside a part of a reader, in the next run, and leaves nothing behind', async () => {
    const own = network();
    const denoise = denoiser(own);
    const run = async (options: object) => {
      const z = tf.ones([2, 8, 8, 1]) as Images;
      const common = { denoise, degradation, rule: renoise(), levels: [1, 0.6, 0.3, 0], z };
      const images = await last(sample({ ...common, ...options }));
      const [value] = images.dataSync();
      tf.dispose([images, z]);
      return value;
    };
    let outer = 1;
    const multiplied = Object.assign((z: Images) => ({ x0: tf.mul<Images>(z, outer) }), { weights: own.weights });
    const rule: Rule = ({ z }) => tf.mul<Images>(z, outer);
    const dimmed = dim(() => outer);
    const parts = [{ denoise: multiplied, rule: trusting }, { rule }, { degradation: dimmed, denoise: same(own) }];
    for (const part of parts) {
      await expectNoLeak(async () => {
        outer = 1;
        const before = await run(part);
        outer = 0.5;
        expect(await run(part)).toBeLessThan(0.9 * before);
      });
    }
    expect(graphs.freed, 'each run frees what it recorded').toBe(graphs.loaded);
    const promised = pure<Rule>(({ z }) => tf.mul<Images>(z, 0.5));
    Object.assign(graphs, { loaded: 0, freed: 0 });
    for (let i = 0; i < 2; i++) await run({ rule: promised });
    expect(graphs).toEqual({ loaded: 1, freed: 0 });
    own.dispose();
  });

  it('is kept for the parts that the library makes', async () => {
    const noise = gaussian();
    const own = residualUnet({ size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 8 });
    const plain = denoiser(own, { target: velocity(noise) });
    const guided = guide({ wanted: plain, plain, weight: 2 });
    for (const [denoise, rule] of [
      [plain, renoise(mixed(0.5) as never)],
      [clipped(plain), heun],
      [guided, ancestral()],
      [plain, reinject(0.5)],
    ] as [Denoiser, Rule][]) {
      Object.assign(graphs, { loaded: 0, freed: 0 });
      for (let i = 0; i < 2; i++)
        (await last(sample({ denoise, degradation: noise, rule, levels: [1, 0.6, 0.3, 0], count: 2 }))).dispose();
      expect(graphs.loaded).toBe(1);
    }
    Object.assign(graphs, { loaded: 0, freed: 0 });
    for (let i = 0; i < 2; i++)
      (await last(sampleDdim({ denoise: plain, degradation: noise, eta: 0.7, steps: 4, count: 2 }))).dispose();
    expect(graphs.loaded, 'a share of new noise').toBe(1);
    own.dispose();
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(async () => {
      const own = network();
      for (let run = 0; run < 3; run++) (await last(sampleNaive({ network: own, steps: 3, count: 2 }))).dispose();
      own.dispose();
    });
  });
});
