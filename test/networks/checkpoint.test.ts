import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  degradation,
  degradations,
  binomial,
  codecs,
  flowSchedule,
  gaussian,
  key,
  loadCheckpoint,
  readSafetensors,
  ready,
  renoise,
  saveCheckpoint,
  tf,
  unet,
  uniform,
  velocity,
  Weights,
  writeSafetensors,
  type Codec,
  type Images,
} from 'naive-diffusion';
import { difference, expectNoLeak, weightsOf } from '../support.js';

let folder: string;
beforeAll(async () => {
  await ready();
  folder = await mkdtemp(path.join(os.tmpdir(), 'checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const options = { size: 8, channels: 1, widths: [3, 4], dense: 5, seed: 3 };
const file = (name: string) => path.join(folder, name);

describe('checkpoints', () => {
  it('rebuild the same network from the file alone', async () => {
    const network = unet({ ...options, skips: false });
    await saveCheckpoint(file('a'), network, { precision: 'single', notes: { steps: 12 } });
    const loaded = await loadCheckpoint(file('a'));
    expect(loaded.network.config).toEqual(network.config);
    expect(weightsOf(loaded.network)).toEqual(weightsOf(network));
    expect(loaded.notes).toEqual({ steps: 12 });
    const z = uniform(key(1), [2, 8, 8, 1]) as Images;
    expect(difference(network(z, 0.3), loaded.network(z, 0.3))).toBe(0);
  });

  it('draw nothing for what they hold, and change no network that is made meanwhile', async () => {
    const network = unet(options);
    await saveCheckpoint(file('drawn'), network, { precision: 'single' });
    const loading = loadCheckpoint(file('drawn'));
    const beside = unet(options);
    const loaded = await loading;
    expect(weightsOf(beside)).toEqual(weightsOf(network));
    expect(weightsOf(loaded.network)).toEqual(weightsOf(network));
    tf.dispose([network, beside, loaded.network].flatMap(({ weights }) => [...weights]));
    await expect(loadCheckpoint(file('missing'))).rejects.toThrow('missing');
    expect(weightsOf(unet(options))).not.toEqual(weightsOf(unet({ ...options, seed: 4 })));
  });

  it('in half precision keep weights to 1 part in 2,000', async () => {
    const network = unet(options);
    await saveCheckpoint(file('half'), network);
    const { network: loaded } = await loadCheckpoint(file('half'));
    weightsOf(network)
      .flat()
      .forEach((w, i) =>
        expect(Math.abs(weightsOf(loaded).flat()[i] - w)).toBeLessThanOrEqual(Math.abs(w) / 2000 + 1e-7),
      );
  });

  it('follow the layout of safetensors: length, JSON header, values at their offsets', async () => {
    writeSafetensors(file('layout'), {
      tensors: { w: { shape: [2], data: new Float32Array([1.5, -2]) } },
      metadata: { a: 'b' },
    });
    const bytes = await readFile(file('layout'));
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    expect(header).toEqual({ __metadata__: { a: 'b' }, w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } });
    expect([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)]).toEqual([1.5, -2]);
    expect((8 + length) % 8).toBe(0);
  });

  it('that are damaged are refused, with the file and the reason', async () => {
    const network = unet(options);
    await saveCheckpoint(file('good'), network);
    const bytes = await readFile(file('good'));
    await writeFile(file('short'), bytes.subarray(0, bytes.length - 10));
    await expect(loadCheckpoint(file('short'))).rejects.toThrow(/short: not a usable safetensors file: truncated/);
    await writeFile(file('tiny'), bytes.subarray(0, 5));
    await expect(loadCheckpoint(file('tiny'))).rejects.toThrow(/tiny: .*5 bytes/);
    await writeFile(file('noise'), Buffer.alloc(64, 1));
    await expect(loadCheckpoint(file('noise'))).rejects.toThrow(/noise: not a usable/);
  });

  it('of a newer format, of no network, or of another network are refused', async () => {
    const network = unet(options);
    await saveCheckpoint(file('base'), network);
    const { tensors, metadata } = await readSafetensors(file('base'));
    writeSafetensors(file('newer'), { tensors, metadata: { ...metadata, format: '99' } });
    await expect(loadCheckpoint(file('newer'))).rejects.toThrow(
      'format 99, this version of the library reads format 2 alone',
    );
    writeSafetensors(file('plain'), { tensors, metadata: {} });
    await expect(loadCheckpoint(file('plain'))).rejects.toThrow('it has no card that says how to build a network');
    const wider = JSON.stringify({ network: { ...network.config, widths: [3, 8] } });
    writeSafetensors(file('other'), { tensors, metadata: { ...metadata, card: wider } });
    await expectNoLeak(() =>
      expect(loadCheckpoint(file('other'))).rejects.toThrow(/other: .* has shape .*, the network needs/),
    );
    writeSafetensors(file('unknown'), {
      tensors,
      metadata: { ...metadata, card: '{"network":{"kind":"transformer"}}' },
    });
    await expect(loadCheckpoint(file('unknown'))).rejects.toThrow(
      "unknown: the network must be one of categorical-unet, classifier, diffusion-transformer, fourier-unet, residual-unet, sound-unet, text-encoder, unet, got 'transformer'",
    );
  });

  it('refuse a degradation that would come back as another one', async () => {
    const network = unet(options);
    const dim = ({ most = 0.5 }: { most?: number } = {}, said?: object) =>
      degradation('dim-half', { at: (_, x0, t) => tf.mul(x0, tf.sub(1, tf.mul(t, most))) }, { ...said });
    degradations.define('dim-half', (spec: { most?: number }) => dim(spec, spec.most ? { most: spec.most } : {}));
    const dimmed = file('dim.safetensors');
    await saveCheckpoint(dimmed, network, { degradation: dim() });
    await saveCheckpoint(dimmed, network, { degradation: dim({ most: 1 }, { most: 1 }) });
    const lost = saveCheckpoint(dimmed, network, { degradation: dim({ most: 1 }) });
    await expect(lost).rejects.toThrow('degradation must come back from its spec as it is');
    network.dispose();
  });

  it('hold plain data alone, and what else comes is refused with its place', async () => {
    const network = unet(options);
    const circle: Record<string, unknown> = {};
    circle.me = circle;
    const noise = gaussian();
    const nameless = gaussian({ schedule: { ...flowSchedule(), spec: undefined } });
    const sampler = { kind: 'sample', steps: 4 };
    const cases: [object, string][] = [
      [
        { sampler: { ...sampler, rule: renoise() } },
        'sampler.rule must be plain data, got a function: did you mean its spec?',
      ],
      [{ sampler: { kind: 'sample', levels: Float32Array.of(1, 0) } }, 'sampler.levels must be plain data, got an'],
      [{ sampler: { kind: 'cold', steps: NaN } }, 'sampler.steps must be plain data, got NaN'],
      [{ notes: { loss: [1, Infinity] } }, 'notes.loss[1] must be plain data, got Infinity'],
      [{ notes: { at: new Date(0) } }, 'notes.at must be plain data, got an instance of Date'],
      [{ notes: { n: 1n } }, 'notes.n must be plain data, got the bigint 1'],
      [{ notes: circle }, 'notes.me must be plain data, got an object that holds itself'],
      [{ notes: 'trained' }, 'notes must be an object of plain data, got "trained"'],
      [{ degredation: binomial() }, 'degredation is not an option'],
      [{ degradation: 'blur' }, 'degradation must have a spec'],
      [{ degradation: nameless }, 'degradation must have a spec'],
      [{ target: velocity(noise) }, 'target must be made for the degradation that it is used with'],
      [{ target: velocity(noise), degradation: binomial() }, 'target must be made for the degradation'],
      [
        { target: velocity(noise), degradation: gaussian({ schedule: flowSchedule() }).spec },
        'target must be made for',
      ],
      [
        { target: { kind: 'velocity' }, degradation: { kind: 'binomial' } },
        'velocity: the degradation must be Gaussian',
      ],
    ];
    for (const [wrong, message] of cases)
      await expect(saveCheckpoint(file('plain'), network, wrong), message).rejects.toThrow(
        `saveCheckpoint: ${message}`,
      );
    const notes = { a: [null, 'b'], c: undefined };
    await saveCheckpoint(file('plain'), network, { target: velocity(noise), degradation: gaussian(), notes });
    network.weights[0].assign(tf.fill(network.weights[0].shape, NaN));
    await expect(saveCheckpoint(file('nan'), network)).rejects.toThrow(/nan: the weight down0.mix.* must hold finite/);
    expect(() => gaussian({ schedule: flowSchedule as never })).toThrow(
      /^gaussian: schedule must have the functions alpha, sigma and level, .* got the function flowSchedule: call it$/,
    );
    expect(() => gaussian({ schedule: 'cosine' as never })).toThrow('got "cosine"');
  });

  it('refuse a tensor too many, whatever its name', async () => {
    const network = unet(options);
    await saveCheckpoint(file('extra'), network);
    const { tensors, metadata } = await readSafetensors(file('extra'));
    const more = { ...tensors, constructor: { shape: [1], data: Float32Array.of(1) } };
    writeSafetensors(file('extra'), { tensors: more, metadata });
    await expect(loadCheckpoint(file('extra'))).rejects.toThrow('has weights that the network lacks: constructor');
  });

  it('hold a codec of a reader too', async () => {
    const doubling = (): Codec => {
      const weights = new Weights(1);
      const factor = weights.constant('factor', [1], 2);
      return {
        config: { kind: 'doubling' },
        parameters: weights.parameters,
        weights: Object.values(weights.parameters),
        encode: (x) => tf.mul(x, factor),
        decode: (z) => tf.div(z, factor),
        dispose: () => {
          weights.dispose();
        },
      };
    };
    codecs.define('doubling', doubling);
    const codec = doubling();
    codec.weights[0].assign(tf.tensor1d([3]));
    await saveCheckpoint(file('codec'), codec, { precision: 'single' });
    const { network } = await loadCheckpoint<Codec>(file('codec'));
    expect([...network.encode(tf.ones([1, 1, 1, 1])).dataSync()]).toEqual([3]);
    network.dispose();
  });

  it('that cannot be written leave the old file and nothing else', async () => {
    const network = unet(options);
    await saveCheckpoint(file('old'), network);
    const old = await readFile(file('old'));
    await expect(saveCheckpoint(path.join(file('old'), 'x'), network)).rejects.toThrow(
      /writeSafetensors: cannot write .*x: a part of the path is a file/,
    );
    expect(await readFile(file('old'))).toEqual(old);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
