import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkData } from '../../scripts/setup/data.mjs';
import { isWhole, recordBinding } from '../../scripts/setup/native/binding.mjs';
import { checkWheel, firstDamaged } from '../../scripts/setup/native/libraries.mjs';
import { cacheFolder } from '../../scripts/setup/paths.mjs';
import { problemOf, temporaryFolder } from './support.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const wheel = { name: 'tensorflow-cpu', version: '1', tags: [], bytes: 1, sha256: sha256('wheel') };

/** A cache with one library in it. */
function cache(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'tensorflow'));
  writeFileSync(join(folder, 'tensorflow', 'library.so'), 'machine code');
  const files = { 'tensorflow/library.so': { bytes: 12, sha256: sha256('machine code') } };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ wheels: [wheel.sha256], files }));
  return folder;
}

describe('the cached libraries', () => {
  it('that are as recorded are used', async () => {
    expect(await firstDamaged(cache(), [wheel], true)).toBeUndefined();
  });

  it('that were cut short are noticed by their size', async () => {
    const folder = cache();
    writeFileSync(join(folder, 'tensorflow', 'library.so'), 'machine');
    expect(await firstDamaged(folder, [wheel], false)).toBe('tensorflow/library.so');
  });

  it('that were altered are noticed by --verify', async () => {
    const folder = cache();
    writeFileSync(join(folder, 'tensorflow', 'library.so'), 'machine c0de');
    expect(await firstDamaged(folder, [wheel], false)).toBeUndefined();
    expect(await firstDamaged(folder, [wheel], true)).toBe('tensorflow/library.so');
  });

  it('of other wheels, and those without a record, count as absent', async () => {
    expect(await firstDamaged(cache(), [{ ...wheel, sha256: sha256('another') }], false)).toBe('');
    expect(await firstDamaged(temporaryFolder(), [wheel], false)).toBe('');
  });
});

describe('the compiled binding', () => {
  async function binding(): Promise<string> {
    const file = join(temporaryFolder(), 'binding.node');
    writeFileSync(file, 'machine code');
    await recordBinding(file);
    return file;
  }

  it('that is as recorded is used', async () => {
    const file = await binding();
    expect([await isWhole(file, false), await isWhole(file, true)]).toEqual([true, true]);
  });

  it('that was cut short, or is missing, is noticed by its size', async () => {
    const file = await binding();
    writeFileSync(file, 'machine');
    expect(await isWhole(file, false)).toBe(false);
    rmSync(file);
    expect(await isWhole(file, false)).toBe(false);
  });

  it('of which any byte was altered is noticed by --verify', async () => {
    const file = await binding();
    const bytes = readFileSync(file);
    for (let i = 0; i < bytes.length; i++) {
      const altered = Buffer.from(bytes);
      altered[i] ^= 1;
      writeFileSync(file, altered);
      expect(await isWhole(file, true)).toBe(false);
    }
  });

  it('without a record is used until it is to be verified', async () => {
    const file = join(temporaryFolder(), 'binding.node');
    expect(await isWhole(file, false)).toBe(false);
    writeFileSync(file, 'machine code');
    expect([await isWhole(file, false), await isWhole(file, true)]).toEqual([true, false]);
  });
});

it('a downloaded wheel with another sha256 is refused', async () => {
  const file = join(temporaryFolder(), 'x.whl');
  writeFileSync(file, 'not the wheel');
  expect((await problemOf(() => checkWheel(file, wheel.sha256))).message).toContain(sha256('not the wheel'));
  writeFileSync(file, 'wheel');
  await checkWheel(file, wheel.sha256);
});

it('the cache lies where the system keeps caches, unless it is named', () => {
  expect(cacheFolder({ HOME: '/home/x' }, 'linux')).toBe('/home/x/.cache/naive-diffusion');
  expect(cacheFolder({ HOME: '/home/x', XDG_CACHE_HOME: '/big' }, 'linux')).toBe('/big/naive-diffusion');
  expect(cacheFolder({ HOME: '/Users/x' }, 'darwin')).toBe('/Users/x/Library/Caches/naive-diffusion');
  expect(cacheFolder({ HOME: '/home/x', XDG_CACHE_HOME: '/big', NAIVE_DIFFUSION_CACHE: '/here' }, 'linux')).toBe(
    '/here',
  );
});

describe('the data', () => {
  function data(): string {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'faces.png'), 'faces');
    writeFileSync(join(folder, 'SHA256SUMS'), `${sha256('faces')}  faces.png\n`);
    return folder;
  }

  it('that is as recorded passes', () => {
    expect(checkData(data())).toBe(1);
  });

  it('that is damaged or missing is named', async () => {
    const folder = data();
    writeFileSync(join(folder, 'faces.png'), 'fac');
    expect((await problemOf(() => checkData(folder))).message).toContain('data/faces.png is damaged');
    writeFileSync(join(folder, 'SHA256SUMS'), `${sha256('x')}  animals.png\n`);
    expect((await problemOf(() => checkData(folder))).message).toBe('data/animals.png is missing.');
    expect((await problemOf(() => checkData(temporaryFolder()))).message).toBe('data/SHA256SUMS is missing.');
  });

  it('of this repository is whole', () => {
    expect(checkData()).toBeGreaterThan(0);
  });
});
