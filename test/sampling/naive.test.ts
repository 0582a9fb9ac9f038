import { beforeAll, describe, expect, it } from 'vitest';
import {
  binomialNoise,
  collect,
  disposeTurns,
  Interrupted,
  key,
  last,
  ready,
  sampleNaive,
  tf,
  unet,
  type Images,
} from 'naive-diffusion';
import { difference, expectNoLeak } from '../support.js';

beforeAll(() => ready());

const network = () => unet({ size: 8, channels: 1, widths: [4, 6], dense: 8, seed: 2 });
const shape: [number, number, number, number] = [3, 8, 8, 1];

describe('sampleNaive', () => {
  it('is the loop of chapter 4: T calls of the network, with t/T from (T − 1)/T down to 0', async () => {
    const net = network();
    let z = binomialNoise(key(5), shape);
    for (let t = 3; t >= 0; t--) z = net(z, t / 4);
    const sample = await last(sampleNaive({ network: net, steps: 4, count: 3, seed: 5 }));
    expect(difference(sample, z)).toBeLessThan(1e-6);
  });

  it('starts from black and white noise and counts t down from 1 to 0', async () => {
    const turns = await collect(sampleNaive({ network: network(), steps: 4, count: 3 }));
    expect(turns.map(({ t }) => t)).toEqual([1, 0.75, 0.5, 0.25, 0]);
    expect([...turns[0].z.dataSync()].every((v) => v === 0 || v === 1)).toBe(true);
  });

  it("takes a start of the caller's own and leaves it alone", async () => {
    const z = tf.fill(shape, 0.5) as Images;
    const turns = await collect(sampleNaive({ network: network(), steps: 2, z }));
    expect(difference(turns[0].z, z)).toBe(0);
    expect(z.isDisposed).toBe(false);
  });

  it('stops when asked to', async () => {
    const run = async () => {
      for await (const { t } of sampleNaive({ network: network(), steps: 8, count: 3 }))
        if (t === 0.5) process.emit('SIGINT');
    };
    await expect(run()).rejects.toBeInstanceOf(Interrupted);
  });

  it('leaks no tensors when it ends, is left, or fails', async () => {
    const net = network();
    const sample = () => sampleNaive({ network: net, steps: 4, count: 3 });
    await expectNoLeak(async () => {
      for await (const _ of sample());
    });
    await expectNoLeak(async () => {
      for await (const { t } of sample()) if (t < 1) break;
    });
    await expectNoLeak(() =>
      expect(
        (async () => {
          for await (const { t } of sample()) if (t < 0.7) throw new Error('mine');
        })(),
      ).rejects.toThrow('mine'),
    );
  });

  it('refuses what it cannot sample, at the call', () => {
    expect(() => sampleNaive({ network: network(), steps: 0, count: 3 })).toThrow(
      'steps must be a whole number of at least 1, got 0',
    );
    expect(() => sampleNaive({ network: network(), steps: 1 })).toThrow('sampleNaive: count must be given');
    expect(() => sampleNaive({ network: network(), steps: 1, count: 3, seed: 1.5 })).toThrow('seed must be a whole');
    expect(() => sampleNaive({ network: network(), steps: 1, count: 3, z: tf.zeros([1, 8, 8, 1]) as Images })).toThrow(
      'z must have shape [3,8,8,1], got [1,8,8,1]',
    );
  });
});

describe('collect and last', () => {
  it("keep the first turn, every n-th and the last, as tensors of the caller's own", async () => {
    const turns = await collect(sampleNaive({ network: network(), steps: 4, count: 3 }), { every: 3 });
    expect(turns.map(({ t }) => t)).toEqual([1, 0.25, 0]);
    expect(turns.every(({ z }) => !z.isDisposed)).toBe(true);
  });

  it('leak nothing', async () => {
    const net = network();
    await expectNoLeak(async () =>
      disposeTurns(await collect(sampleNaive({ network: net, steps: 4, count: 3 }), { every: 3 })),
    );
    await expectNoLeak(async () => (await last(sampleNaive({ network: net, steps: 4, count: 3 }))).dispose());
    async function* failing() {
      yield { t: 1, z: net(tf.zeros(shape), 0) as Images };
      throw new Error('half-way');
    }
    const before = tf.memory().numTensors;
    await expect(last(failing())).rejects.toThrow('half-way');
    await expect(collect(failing())).rejects.toThrow('half-way');
    expect(tf.memory().numTensors).toBe(before + 4); // the two tensors of the failing sampler itself, and their inputs
  });

  it('refuse a step that is none, and a sampler that yields nothing', async () => {
    await expect(collect(sampleNaive({ network: network(), steps: 1, count: 3 }), { every: 0 })).rejects.toThrow(
      'every must be a whole number',
    );
    async function* nothing(): AsyncGenerator<never> {
      /* no turns */
    }
    await expect(last(nothing())).rejects.toThrow('yielded nothing');
  });
});
