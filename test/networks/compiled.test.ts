import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { binomial, isNative, last, ready, sampleDenoiseRenoise, sampleNaive, tf, unet } from 'naive-diffusion';
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

  const network = (predicts: 'previous' | 'clean') =>
    unet({ size: 8, channels: 1, widths: [4, 4], dense: 0, predicts });
  const shape = (batch: number): [number, number, number, number] => [batch, 8, 8, 1];

  it('is compiled once for a network and a shape, and freed with the network', async () => {
    const own = network('previous');
    for (let run = 0; run < 4; run++) (await last(sampleNaive({ network: own, T: 4, shape: shape(2) }))).dispose();
    expect(graphs).toEqual({ loaded: 1, freed: 0 });
    (await last(sampleNaive({ network: own, T: 4, shape: shape(3) }))).dispose();
    expect(graphs).toEqual({ loaded: 2, freed: 0 });
    own.dispose();
    expect(graphs).toEqual({ loaded: 2, freed: 2 });
  });

  it('sees weights that have changed since', async () => {
    const own = network('clean');
    const sample = () => last(sampleDenoiseRenoise({ network: own, degradation: binomial(), S: 4, shape: shape(2) }));
    const before = await sample();
    tf.tidy(() => {
      own.weights.forEach((weight) => {
        weight.assign(tf.add(weight, 0.1));
      });
    });
    const after = await sample();
    process.env.NAIVE_DIFFUSION_COMPILE = '0';
    const copy = network('clean');
    own.weights.forEach((weight, i) => {
      copy.weights[i].assign(weight);
    });
    const plain = await last(sampleDenoiseRenoise({ network: copy, degradation: binomial(), S: 4, shape: shape(2) }));
    delete process.env.NAIVE_DIFFUSION_COMPILE;
    expect(difference(after, before)).toBeGreaterThan(1e-3);
    expect(difference(after, plain)).toBeLessThan(1e-5);
    tf.dispose([before, after, plain]);
    own.dispose();
    copy.dispose();
  });

  it('is limited in number, and nothing in use is freed', async () => {
    const own = network('previous');
    const open = sampleNaive({ network: own, T: 6, shape: shape(1) });
    for (let i = 0; i < 4; i++) await open.next();
    for (let batch = 2; batch < 14; batch++)
      (await last(sampleNaive({ network: own, T: 3, shape: shape(batch) }))).dispose();
    expect(graphs.loaded - graphs.freed).toBeLessThanOrEqual(9);
    expect((await open.next()).done, 'the first sampler goes on').toBe(false);
    await open.return();
    own.dispose();
    expect(graphs.freed).toBe(graphs.loaded);
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(async () => {
      const own = network('previous');
      for (let run = 0; run < 3; run++) (await last(sampleNaive({ network: own, T: 3, shape: shape(2) }))).dispose();
      own.dispose();
    });
  });
});
