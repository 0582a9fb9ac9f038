import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkpointOf,
  denoiser,
  ImageSet,
  key,
  measureRandomness,
  prepareSampler,
  Random,
  ready,
  residualUnet,
  sample,
  sampleModel,
  samplers,
  sampleSet,
  binomial,
  renoise,
  tf,
  uniform,
  type Card,
  type Network,
  type Spec,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const options = { size: 8, channels: 1, widths: [8, 8], blocks: 1, groups: 4, embedding: 8 };
/** Untrained, but with weights that make something of their input. */
const network = (conditions: Record<string, number> = {}) => {
  const made = residualUnet({ ...options, conditions });
  made.weights.forEach((weight, i) => {
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(tf.sub(uniform(key(9, i), weight.shape), 0.5), 0.5)));
    });
  });
  return made;
};
const model = (made: Network, card: Omit<Card, 'network'>) => checkpointOf(made, { network: made.config, ...card });
const over = (kind: string, conditions: Record<string, number> = {}) =>
  model(network(conditions), { degradation: { kind } });
const data = () => {
  const random = new Random(1);
  const pixels = Uint8Array.from({ length: 40 * 64 }, () => random.int(256));
  return new ImageSet({ name: 'noise', height: 8, width: 8, channels: 1, pixels });
};

describe('measureRandomness', () => {
  it('counts one draw for all steps to the start, whatever the sampler calls it', async () => {
    const made = await over('binomial');
    const measured = (sampler: Spec) => measureRandomness({ model: made, sampler, starts: 8, repeats: 2 });
    const fixed = { kind: 'fixed' };
    for (const [named, general] of [
      [
        { kind: 'denoise-renoise', steps: 3, draw: 'fixed' },
        { kind: 'sample', steps: 3, rule: { kind: 'renoise', draw: fixed } },
      ],
      [
        { kind: 'cold', steps: 3 },
        { kind: 'sample', steps: 3, rule: { kind: 'improve' } },
      ],
    ]) {
      const [one, other] = [await measured(named), await measured(general)];
      expect(one.explained!.share).toBeCloseTo(1, 6);
      expect(other).toEqual(one);
    }
  });

  it('refuses what it cannot measure before anything is sampled, in its own name, and leaves nothing behind', async () => {
    const made = await over('binomial');
    const sampler = { kind: 'cold', steps: 2 };
    await expectNoLeak(async () => {
      await expect(measureRandomness({ model: made, sampler, starts: 2 })).rejects.toThrow(
        'measureRandomness: starts must be a whole number of at least 8, got 2',
      );
      await expect(measureRandomness({ model: made, sampler: { kind: 'ddim' } })).rejects.toThrow(
        /^measureRandomness: /,
      );
    });
  });
});

describe('a conditional model', () => {
  it('must be given what it is asked for, by name and at the call, and each batch of it is looked at', async () => {
    const made = await over('binomial', { digit: 10 });
    const sampler = { kind: 'denoise-renoise', steps: 2 };
    const run = { model: made, sampler, count: 4, batchSize: 4 };
    const given = (values: number[]) => ({ digit: tf.tensor1d(values, 'int32') });
    expect(() => sampleModel(run)).toThrow('sampleModel: given must hold digit');
    await expect(sampleSet(run)).rejects.toThrow('sampleSet: given must hold digit');
    await expect(measureRandomness({ model: made, sampler, starts: 8 })).rejects.toThrow(
      'measureRandomness: given must hold digit',
    );
    const ready = await prepareSampler(run, sampler);
    expect(() => ready({ count: 4, seed: 1 })).toThrow('given must hold digit');
    await expectNoLeak(async () => {
      await expect(sampleSet({ ...run, given: () => given([1, 2, 3, 10]) })).rejects.toThrow(
        'given.digit must hold whole numbers from 0 to 9, or −1 for nothing, got 10 for image 3',
      );
      await expect(sampleSet({ ...run, given: () => given([1, 2]) })).rejects.toThrow(
        'given.digit must have shape [4], got [2]',
      );
      expect((await sampleSet({ ...run, given: () => given([1, -1, 0, 9]) })).length).toBe(4);
      const digit = tf.range(0, 8, 1, 'int32');
      const { explained } = await measureRandomness({ model: made, sampler, starts: 8, repeats: 2, given: { digit } });
      expect(explained!.share).toBeLessThan(1);
      digit.dispose();
    });
  });
});

describe('samplers', () => {
  it('refuse what they cannot do', async () => {
    const [made, conditional] = [await over('binomial'), await over('binomial', { digit: 10 })];
    const naive = { kind: 'naive', steps: 2 };
    const given = () => ({ digit: tf.zeros([2]) });
    await expect(sampleSet({ model: made, sampler: naive, count: 2, batchSize: 2, given })).rejects.toThrow(
      'the sampler naive: given must be left out',
    );
    await expect(prepareSampler({ model: conditional }, naive)).rejects.toThrow(
      'the sampler naive must have a network without conditions, got one with digit',
    );
    const rule = { kind: 'renoise' };
    await expect(prepareSampler({ model: made }, { kind: 'sample', rule, steps: 2, levels: [1, 0] })).rejects.toThrow(
      'the sampler sample: either steps or levels must be given, got both',
    );
    await expect(prepareSampler({ model: made }, { kind: 'sample', rule })).rejects.toThrow('got none');
    for (const wrong of [
      { kind: 'heun' },
      { kind: 'ancestral' },
      { kind: 'reinject', beta: 1 },
      { kind: 'renoise', draw: { kind: 'inferred' } },
      { kind: 'improve', draw: { kind: 'mixed', eta: 0.5 } },
    ])
      await expect(prepareSampler({ model: made }, { kind: 'sample', rule: wrong, steps: 2 })).rejects.toThrow(
        `sample: degradation must be Gaussian noise, as gaussian() makes it, for the rule ${wrong.kind}`,
      );
    const noise = await over('gaussian');
    await expect(prepareSampler({ model: noise }, { kind: 'ddim', steps: 2, eta: '0.5' })).rejects.toThrow(
      'eta must lie in [0, 1], got "0.5"',
    );
    const bare = await model(network(), {});
    await expect(prepareSampler({ model: bare }, { kind: 'cold', steps: 2 })).rejects.toThrow('for the sampler cold');
  });

  it('of a reader are held to the options that they say they have', async () => {
    const make = ({ steps = 2 }: { steps?: number }) =>
      Object.assign(
        (run: { count: number; seed: number }) =>
          sample({ ...run, denoise: denoiser(network()), degradation: binomial(), rule: renoise(), levels: [1, 0] }),
        { spec: { kind: 'mine', steps } },
      );
    samplers.define('mine', make);
    const made = await over('binomial');
    await prepareSampler({ model: made }, { kind: 'mine', steps: 3 });
    await expect(prepareSampler({ model: made }, { kind: 'mine', stepps: 3 })).rejects.toThrow(
      'the sampler mine has no option stepps; it has steps',
    );
  });

  it('leave nothing behind where a check fails', async () => {
    const blurred = await over('blur');
    await expectNoLeak(() =>
      expect(
        prepareSampler({ model: blurred, data: data() }, { kind: 'cold', steps: 2, algorithm: 3 }),
      ).rejects.toThrow('algorithm'),
    );
    const denoise = denoiser(network());
    samplers.define('picky', () => ({ count }: { count: number }) => {
      if (count > 1) throw new Error('too many');
      return sample({ denoise, degradation: binomial(), rule: renoise(), levels: [1, 0], count });
    });
    const made = await over('binomial');
    const given = () => ({ a: tf.scalar(1) });
    await expectNoLeak(() =>
      expect(sampleSet({ model: made, sampler: { kind: 'picky' }, count: 2, batchSize: 2, given })).rejects.toThrow(
        'too many',
      ),
    );
  });

  it('look at the count before memory is taken', async () => {
    const made = await over('binomial');
    const sampler = { kind: 'cold', steps: 2 };
    await expect(sampleSet({ model: made, sampler, count: 2.5 })).rejects.toThrow(
      'sampleSet: count must be a whole number',
    );
    await expect(sampleSet({ model: made, sampler, count: 1e13 })).rejects.toThrow('sampleSet: the images may take');
    await expect(sampleSet({ count: 2 } as never)).rejects.toThrow('sampleSet: model must be one, as loadCheckpoint()');
  });
});
