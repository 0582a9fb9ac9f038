import { beforeAll, describe, expect, it } from 'vitest';
import {
  Adam,
  binomial,
  binomialWalk,
  categoricalUnet,
  classifier,
  Diverged,
  ImageSet,
  Interrupted,
  key,
  ready,
  squaredLoss,
  tf,
  train,
  trainCategorical,
  trainClassifier,
  trainDenoiser,
  trainNaive,
  unet,
  uniform,
  type Model,
  type Source,
  type TrainingOptions,
  type TrainingProgress,
} from 'naive-diffusion';
import { expectNoLeak, lossesOf, weightsOf } from '../support.js';

beforeAll(() => ready());

type Options = Omit<TrainingOptions, 'data'>;
interface Case<M extends Model = Model> {
  network: () => M;
  train: (network: M, data: ImageSet, options: Options) => AsyncIterable<TrainingProgress>;
}
const asCase = <M extends Model>(c: Case<M>) => c as unknown as Case;

const shape = { size: 8, channels: 1, widths: [4, 6], dense: 8, seed: 2 };
const palette = [[0], [0.3], [0.6], [1]];
const labels = { side: Uint8Array.from({ length: 12 }, (_, i) => i % 2) };
const trainers: Record<string, Case> = {
  trainNaive: asCase({
    network: () => unet(shape),
    train: (network, data, o) => trainNaive({ network, data, walk: binomialWalk({ pixels: 4 }), walkSteps: 3, ...o }),
  }),
  trainDenoiser: asCase({
    network: () => unet(shape),
    train: (network, data, o) => trainDenoiser({ network, data, degradation: binomial(), ...o }),
  }),
  trainCategorical: asCase({
    network: () => categoricalUnet({ palette, size: 8, widths: [8, 16], dense: 8, groups: 4, embedding: 8, seed: 2 }),
    train: (network, data, o) => trainCategorical({ network, data, ...o }),
  }),
  trainClassifier: asCase({
    network: () =>
      classifier({ size: 8, channels: 1, widths: [8, 8], features: 8, heads: { side: ['left', 'right'] }, seed: 2 }),
    train: (network, data, o) => trainClassifier({ network, data, labels, shift: 1, noise: 0.1, ...o }),
  }),
  train: asCase({
    network: () => unet(shape),
    train: (network, data, o) =>
      train({
        network,
        data,
        objective: (k, x0) => squaredLoss(network(tf.mul(x0, uniform(k, x0.shape)), 0.5), x0),
        ...o,
      }),
  }),
};

function noise(length = 12): ImageSet {
  const values = tf.tidy(() => uniform(key(4), [length, 8, 8, 1]).dataSync());
  const pixels = Uint8Array.from(values, (v) => Math.round(v * 255));
  return new ImageSet({ name: 'noise', pixels, height: 8, width: 8, channels: 1 });
}

describe.each(Object.entries(trainers))('%s', (name, { network: build, train: begin }) => {
  async function losses({ network = build(), ...options }: Partial<Options> & { network?: Model } = {}): Promise<
    number[]
  > {
    return lossesOf(begin(network, noise(), { steps: 10, batchSize: 5, seed: 3, ...options }));
  }

  it('gives the same losses and weights from the same seed', async () => {
    const [a, b] = [build(), build()];
    const seen = await losses({ network: a });
    expect(seen).toHaveLength(10);
    expect(seen).toEqual(await losses({ network: b }));
    expect(weightsOf(a)).toEqual(weightsOf(b));
    expect(seen).not.toEqual(await losses({ seed: 4 }));
  });

  it('that was cut goes on as if it had not been', async () => {
    const whole = await losses();
    const network = build();
    const optimizer = new Adam(network.weights, { rate: 1e-3 });
    const cut = [
      ...(await losses({ network, optimizer, steps: 4 })),
      ...(await losses({ network, optimizer, resumeAt: 4 })),
    ];
    // A step that is recorded and one that is replayed round differently, and the cut shifts which is which.
    expect(cut).toHaveLength(10);
    cut.forEach((loss, i) => expect(Math.abs(loss - whole[i])).toBeLessThan(1e-4));
  });

  it('counts steps and epochs', async () => {
    const seen: [number, number][] = [];
    const network = build();
    const optimizer = new Adam(network.weights);
    for await (const { step, epoch } of begin(network, noise(), { steps: 9, batchSize: 5, resumeAt: 6, optimizer }))
      seen.push([step, epoch]);
    optimizer.dispose();
    // three steps of the walk a batch
    const batch = (step: number) => (name === 'trainNaive' ? Math.floor((step - 1) / 3) : step - 1);
    expect(seen).toEqual([7, 8, 9].map((step) => [step, Math.floor(batch(step) / 3)])); // three batches an epoch
  });

  it('keeps the weights of the last finished step when stop is pressed', async () => {
    const network = build();
    const run = async () => {
      for await (const { step } of begin(network, noise(), { steps: 100, batchSize: 5, seed: 3 }))
        if (step === 5) process.emit('SIGINT');
    };
    await expect(run()).rejects.toBeInstanceOf(Interrupted);
    const same = build();
    await losses({ network: same, steps: 5 });
    expect(weightsOf(network)).toEqual(weightsOf(same));
  });

  it('leaks no tensors when it ends or is left', async () => {
    const network = build();
    await expectNoLeak(async () => {
      for await (const _ of begin(network, noise(), { steps: 6 }));
    });
    await expectNoLeak(async () => {
      for await (const { step } of begin(network, noise(), { steps: 6 })) if (step === 3) break;
    });
  });

  it('refuses options out of range, at the call', () => {
    const network = build();
    const call = (o: Partial<Options>) => () => begin(network, noise(), { steps: 1, ...o });
    expect(call({ steps: -1 })).toThrow(`${name}: steps must be a whole number of at least 0, got -1`);
    expect(call({ batchSize: 0 })).toThrow(`${name}: batchSize must be a whole number of at least 1, got 0`);
    expect(call({ resumeAt: 0.5 })).toThrow(`${name}: resumeAt must be a whole number of at least 0, got 0.5`);
    const optimizer = new Adam(network.weights);
    expect(call({ optimizer, rate: 0.1 })).toThrow(
      `${name}: rate must be left out when an optimizer is given, which has its own, got 0.1`,
    );
    optimizer.dispose();
    const listening = process.listenerCount('SIGINT');
    for (const seed of [-1, 1.5, NaN])
      expect(call({ seed })).toThrow(`${name}: seed must be a whole number of at least 0`);
    expect(call({ resumeAt: 1 })).toThrow(
      `${name}: optimizer must be given to go on from step 1: the Adam of the steps`,
    );
    expect(call({ rate: '1e-3' as never })).toThrow(`${name}: rate must be a number above 0 or a function, got "1e-3"`);
    expect(call({ constants: [3] as never })).toThrow(`${name}: constants must be a list of tensors`);
    for (const rate of [0, -1, NaN])
      expect(call({ rate })).toThrow(`${name}: rate must be a number above 0 or a function`);
    const none = new ImageSet({ name: 'none', pixels: new Uint8Array(), height: 8, width: 8, channels: 1 });
    if (name !== 'trainClassifier')
      expect(() => begin(network, none, { steps: 1 })).toThrow(`${name}: data must hold at least one image, got 0`);
    begin(network, noise(), { steps: 1 }); // never begun
    expect(process.listenerCount('SIGINT'), 'nobody listens for stop before the first turn').toBe(listening);
    network.dispose();
    expect(call({})).toThrow(`${name}: the weights of network have been disposed of`);
  });

  it('stops when the loss is no finite number, names the step, and leaves finite weights and no tensors', async () => {
    const network = build();
    const optimizer = new Adam(network.weights, { rate: (step) => (step === 3 ? 1e38 : 1e-3) });
    const whole = noise();
    let reads = 0;
    const spoilt: Source = {
      name: 'spoilt from the third batch on',
      length: whole.length,
      shape: whole.shape,
      read: (which) => tf.tidy(() => tf.mul(whole.images(which), ++reads < 3 ? 1 : NaN)),
    };
    // What is rounded to colours of a palette is none the worse for images that are no numbers: there the weights
    // explode.
    const data = name === 'trainCategorical' ? whole : spoilt;
    await expectNoLeak(async () => {
      const run = async () => {
        for await (const _ of begin(network, data as ImageSet, { steps: 100, batchSize: 5, optimizer }));
      };
      const error: unknown = await run().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Diverged);
      expect((error as Error).message).toMatch(
        new RegExp(`^${name}: the loss of step [3-7] is (NaN|Infinity): training has`),
      );
    });
    expect(weightsOf(network).flat().every(Number.isFinite), 'the weights are finite').toBe(true);
    optimizer.dispose();
    network.dispose();
  });
});
