import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  binomial,
  denoiser,
  isNative,
  last,
  ready,
  sampleDenoiseRenoise,
  sampleNaive,
  tf,
  unet,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

await ready();

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
    const sample = () => last(sampleDenoiseRenoise({ denoise: denoiser(own), degradation, steps: 4, count: 2 }));
    const before = await sample();
    tf.tidy(() => {
      own.weights.forEach((weight) => {
        weight.assign(tf.add(weight, 0.1));
      });
    });
    const after = await sample();
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

  it('leaves no tensors behind', async () => {
    await expectNoLeak(async () => {
      const own = network();
      for (let run = 0; run < 3; run++) (await last(sampleNaive({ network: own, steps: 3, count: 2 }))).dispose();
      own.dispose();
    });
  });
});
