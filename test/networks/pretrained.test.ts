import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPretrained, pretrained, ready, saveCheckpoint, unet } from 'naive-diffusion';

let folder: string;
const before = process.env.NAIVE_DIFFUSION_DATA;
beforeAll(async () => {
  await ready();
  folder = await mkdtemp(path.join(os.tmpdir(), 'pretrained-'));
  process.env.NAIVE_DIFFUSION_DATA = folder;
});
afterAll(() => {
  if (before === undefined) delete process.env.NAIVE_DIFFUSION_DATA;
  else process.env.NAIVE_DIFFUSION_DATA = before;
  return rm(folder, { recursive: true });
});

describe('pretrained', () => {
  it('says so when there is no model at all', async () => {
    expect(await listPretrained()).toEqual([]);
    await expect(pretrained('x')).rejects.toThrow(
      "pretrained: name must be one of (no model is in data/checkpoints), got 'x'",
    );
  });

  it('finds the models of data/checkpoints by name, with their notes', async () => {
    await mkdir(path.join(folder, 'checkpoints'));
    const network = unet({ size: 8, channels: 1, widths: [3], dense: 0 });
    for (const name of ['b', 'a'])
      await saveCheckpoint(path.join(folder, 'checkpoints', `${name}.safetensors`), network, { notes: { name } });
    expect(await listPretrained()).toEqual(['a', 'b']);
    const loaded = await pretrained('b');
    expect(loaded.notes).toEqual({ name: 'b' });
    expect(loaded.network.config).toEqual(network.config);
    await expect(pretrained('c')).rejects.toThrow("pretrained: name must be one of a, b, got 'c'");
    network.dispose();
    loaded.network.dispose();
  });
});
