import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  key,
  loadCheckpoint,
  readSafetensors,
  ready,
  saveCheckpoint,
  unet,
  uniform,
  writeSafetensors,
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
      "unknown: the network must be one of categorical-unet, classifier, residual-unet, unet, got 'transformer'",
    );
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
