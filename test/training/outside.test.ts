import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  asNetwork,
  binomial,
  clean,
  conv2d,
  degradation,
  denoiser,
  flowSchedule,
  gaussian,
  ImageSet,
  last,
  ready,
  renoise,
  residualUnet,
  sample,
  tf,
  trainDenoiser,
  unet,
  velocity,
  Weights,
  type Network,
  type Source,
  type Target,
} from 'naive-diffusion';
import { expectNoLeak, lossesOf } from '../support.js';

beforeAll(() => ready());
afterEach(() => {
  vi.unstubAllEnvs();
});

const make = () => unet({ size: 8, channels: 1, widths: [4], dense: 0 });
const labels = Int32Array.from({ length: 12 }, (_, i) => i % 3);
const pixels = Uint8Array.from({ length: 12 * 64 }, (_, i) => (i * 37) % 256);
const data = new ImageSet({ name: 'some', pixels, labels, height: 8, width: 8, channels: 1 });
type Options = Partial<Parameters<typeof trainDenoiser>[0]>;
const train = (options: Options = {}) =>
  trainDenoiser({
    data,
    degradation: binomial(),
    steps: 4,
    batchSize: 4,
    ...options,
    network: 'network' in options ? options.network! : make(),
  });

describe('tensors from outside', () => {
  it('may be used by degradation, target and network where they are listed, and the losses are those of plain steps', async () => {
    const grey = tf.scalar(0.3);
    const fog = degradation('fog', { at: (_, x0, t) => tf.add(tf.mul(x0, tf.sub(1, t)), tf.mul(grey, t)) });
    const frozen = make();
    const teacher = denoiser(frozen);
    const taught: Target = { of: ({ z, t }) => teacher(z, t).x0, read: clean.read };
    const centre = tf.scalar(0.5);
    const centred = (): Network => {
      const weights = new Weights(1);
      const filter = weights.normal('filter', [3, 3, 1, 1], { fanIn: 9 }) as tf.Variable<tf.Rank.R4>;
      const options = { config: { kind: 'centred' }, weights, shape: [8, 8, 1] as const, constants: [centre] };
      return asNetwork((z) => tf.add(conv2d(tf.sub(z, centre), filter), centre), options);
    };
    const cases: [string, () => Options][] = [
      ['degradation', () => ({ degradation: fog, constants: [grey] })],
      ['target', () => ({ target: taught, constants: frozen.weights })],
      ['network', () => ({ network: centred() })],
    ];
    for (const [name, options] of cases) {
      const compiled = await lossesOf(train(options()));
      vi.stubEnv('NAIVE_DIFFUSION_COMPILE', '0');
      const plain = await lossesOf(train(options()));
      vi.unstubAllEnvs();
      compiled.forEach((loss, i) => {
        expect(Math.abs(loss - plain[i]), name).toBeLessThan(1e-5);
      });
    }
    await expect(lossesOf(train({ degradation: fog }))).rejects.toThrow('list it in constants');
    await expect(lossesOf(train({ target: taught }))).rejects.toThrow('constants of a trainer');
    const denoise = denoiser(centred());
    expect(denoise.constants).toEqual([centre]);
    await last(sample({ denoise, degradation: binomial(), rule: renoise(), levels: [1, 0.5, 0.2, 0], count: 1 }));
  });
});

describe('trainDenoiser', () => {
  it('looks at the levels of the first step before anything is recorded', async () => {
    for (const how of ['0', '1']) {
      vi.stubEnv('NAIVE_DIFFUSION_COMPILE', how);
      await expectNoLeak(async () => {
        const network = make();
        const levels = (t: number, more = 0) => train({ network, levels: (_, batch) => tf.fill([batch + more], t) });
        await expect(lossesOf(levels(7))).rejects.toThrow('trainDenoiser: what levels gives must lie in [0, 1], got 7');
        await expect(lossesOf(levels(NaN))).rejects.toThrow('got NaN');
        await expect(lossesOf(levels(0.5, 1))).rejects.toThrow(
          'trainDenoiser: levels must give one for each image, [4]',
        );
        network.dispose();
      });
    }
  });

  it('looks at what is given for each batch, also when the step is replayed', async () => {
    const conditions = { kind: 3 };
    const network = residualUnet({ size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 8, conditions });
    let step = 0;
    const given = () => ({ kind: tf.fill([4], ++step > 4 ? 3 : 2) });
    await expectNoLeak(async () => {
      await expect(lossesOf(train({ network, given, steps: 9 }))).rejects.toThrow(
        'trainDenoiser: given.kind must hold whole numbers from 0 to 2, or −1 for nothing, got 3 for image 0',
      );
    });
    expect(step).toBe(5);
    expect(() => train({ network })).toThrow('trainDenoiser: given must hold kind');
    network.dispose();
  });

  it('refuses parts that are none or do not belong together, at the call', () => {
    const wrong = (options: object) => () => train(options);
    const other = velocity(gaussian({ schedule: flowSchedule() })) as Target;
    const degradationOf = gaussian() as never;
    expect(wrong({ degradation: degradationOf, target: other })).toThrow(
      'trainDenoiser: target must be made for the degradation that it is used with',
    );
    expect(wrong({ target: velocity(gaussian()) })).toThrow('trainDenoiser: target must be made for the degradation');
    expect(wrong({ degradation: degradationOf, target: velocity(gaussian()) })).not.toThrow();
    expect(wrong({ network: undefined })).toThrow('trainDenoiser: network must be one');
    expect(wrong({ degradation: binomial })).toThrow('got the function binomial: call it');
    expect(wrong({ target: 'clean' })).toThrow('trainDenoiser: target must be one');
    expect(wrong({ levels: 'uniform' })).toThrow('trainDenoiser: levels must be a function, got "uniform"');
    expect(wrong({ given: { kind: tf.zeros([4]) } })).toThrow('trainDenoiser: given must be a function, got an object');
    expect(wrong({ data: {} })).toThrow('trainDenoiser: data must be');
  });

  it('compares what is of one shape alone', async () => {
    const thin: Target = { ...clean, of: ({ x0 }) => tf.slice(x0, 0, 1) };
    await expect(lossesOf(train({ target: thin }))).rejects.toThrow(
      'trainDenoiser: target must ask for what network answers',
    );
    const weight: Target = { ...clean, weight: () => tf.fill([1], 2) };
    await expect(lossesOf(train({ target: weight }))).rejects.toThrow(
      'trainDenoiser: target must weigh each image, [4]',
    );
  });
});

describe('a source', () => {
  const own = (options: Partial<Source>): Source => ({
    name: 'mine',
    length: 12,
    shape: [8, 8, 1],
    read: (which) => data.read(which),
    ...options,
  });

  it('that does not read what it says is named, and nothing is left behind', async () => {
    const network = make();
    const zeros = (rows: number, dtype: 'float32' | 'int32' = 'float32') =>
      tf.zeros([rows, 8, 8, 1], dtype) as tf.Tensor4D;
    const cases: [Source['read'], string][] = [
      [
        () => {
          throw new Error('disk gone');
        },
        "the source 'mine' cannot be read: disk gone",
      ],
      [(async () => zeros(4)) as never, "the source 'mine' must read float32 images of shape [4,8,8,1], got a promise"],
      [() => zeros(1), "the source 'mine' must read float32 images of shape [4,8,8,1], got float32, [1,8,8,1]"],
      [() => zeros(4, 'int32'), 'got int32, [4,8,8,1]'],
    ];
    for (const [read, message] of cases)
      await expectNoLeak(async () => {
        await expect(lossesOf(train({ network, data: own({ read }) }))).rejects.toThrow(message);
        await Promise.resolve();
      });
    expect(() => train({ data: own({ labels: Int32Array.of(1, 1) }) })).toThrow(
      "trainDenoiser: data must have a label for each of its 12 images, 'mine' has 2",
    );
    network.dispose();
  });
});
