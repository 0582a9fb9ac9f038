import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grid, loadFaces, ready } from '../lib/src/index.js';

const root = path.resolve(import.meta.dirname, '..');
const examples = path.join(root, 'examples');
let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'examples-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs an example in a process of its own, with small budgets, against the sources of the library. */
async function run(name: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, QUICK: '1', TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json') };
  const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  const program = path.join(examples, name);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, program, ...args], {
    cwd: folder,
    env,
  });
  return stdout;
}
const isThere = (file: string) => statSync(path.join(folder, file)).size > 200;

describe('each of the examples', { timeout: 600_000 }, () => {
  it('has a test here', () => {
    const tested = ['degradation', 'images', 'metric', 'network', 'sampler'].map((name) => `own-${name}.ts`);
    expect(readdirSync(examples).filter((file) => file.endsWith('.ts'))).toEqual(tested);
  });

  it('images: learns from a folder, and says so where none is named', async () => {
    await ready();
    const pictures = path.join(folder, 'pictures');
    mkdirSync(pictures);
    const faces = await loadFaces({ limit: 6 });
    for (let i = 0; i < faces.length; i++) {
      const face = faces.read(Int32Array.of(i));
      grid(face).save(path.join(pictures, `${i}.png`));
      face.dispose();
    }
    expect(await run('own-images.ts', pictures)).toContain('6 images learnt from');
    expect(['own-images-data.png', 'own-images.png', 'own-images.safetensors'].every(isThere)).toBe(true);
    await expect(run('own-images.ts')).rejects.toThrow('name a folder with PNG, JPEG or WebP files');
  });

  it('degradation: a curtain that a network lifts', async () => {
    await run('own-degradation.ts');
    expect(isThere('own-degradation.png')).toBe(true);
  });

  it('network: convolutions whose weights are counted right', async () => {
    // 3·3·(2·32 + 32·32 + 32·32 + 32·1)
    expect(await run('own-network.ts')).toContain('19,296 weights');
    expect(isThere('own-network.png')).toBe(true);
  });

  it('sampler: the midpoint rule goes where rules of second order go', async () => {
    const said = await run('own-sampler.ts');
    const distance = (name: string) => Number(new RegExp(`^${name}: Fréchet distance (\\S+)$`, 'm').exec(said)?.[1]);
    expect(distance('midpoint')).toBeLessThan(distance('DDIM'));
    expect(isThere('own-sampler.png')).toBe(true);
  });

  it('metric: measures real faces and samples', async () => {
    expect(await run('own-metric.ts')).toMatch(/^real faces: 0\.\d{4}, sampled: 0\.\d{4}$/m);
    expect(isThere('own-metric.png')).toBe(true);
  });
});
