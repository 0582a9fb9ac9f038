import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataPath, loadResults } from 'naive-diffusion';
import { pointsOf } from '../../scripts/sweep/points.js';
import { sweep } from '../../scripts/sweep/run.js';
import { loadSweep } from '../../scripts/sweep/sweep.js';
import { temporaryFolder } from '../setup/support.js';

const small = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'fuzz', 'small-recipe.ts');
const [example] = await loadResults({ dataset: 'digits' });

describe('a sweep whose recipe was edited', () => {
  let folder: string;
  let file: string;
  let said: string[];
  beforeEach(async () => {
    folder = temporaryFolder();
    file = path.join(folder, 'seeds.ts');
    said = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => said.push(line));
    vi.stubEnv('NAIVE_DIFFUSION_DATA', path.join(folder, 'data'));
    const wanted = { about: 'Seeds', recipe: small, options: { seed: [1, 2, 3] } };
    writeFileSync(file, `export default ${JSON.stringify(wanted)};`);
    const points = await pointsOf(await loadSweep(file));
    const codes = [points[0].code, { recipe: '0123456789abcdef' }, undefined];
    const rows = points.map((point, i) => ({ ...example, name: point.name, point, code: codes[i] }));
    mkdirSync(dataPath('results', 'sweeps'), { recursive: true });
    writeFileSync(dataPath('results', 'sweeps', 'seeds.json'), JSON.stringify({ kind: 'sweep', rows }));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const run = (more: Partial<Parameters<typeof sweep>[0]> = {}) => {
    const cluster = { cpus: 1, gpus: 0, retries: 0 };
    return sweep({ file, name: 'seeds', out: folder, fresh: false, list: false, ...cluster, ...more });
  };

  it('begins nothing before it is told what to do about them, by name', async () => {
    const before = readFileSync(dataPath('results', 'sweeps', 'seeds.json'), 'utf8');
    const refused = run();
    await expect(refused).rejects.toMatchObject({ name: 'Mistake' });
    await expect(refused).rejects.toThrow(/was edited: small-recipe-seed-2\. --edited again .*, --edited keep /);
    expect(readFileSync(dataPath('results', 'sweeps', 'seeds.json'), 'utf8')).toBe(before);
  });

  it('lists them, and how many rows do not say', async () => {
    await run({ list: true });
    expect(said.slice(0, 3)).toEqual(['✓ small-recipe-seed-1', '~ small-recipe-seed-2', '✓ small-recipe-seed-3']);
    expect(said[3]).toMatch(/was edited: small-recipe-seed-2\./);
    expect(said[4]).toMatch(/^1 of the rows say no version/);
    said = [];
    await run({ list: true, edited: 'again' });
    expect(said.slice(0, 3)).toEqual(['✓ small-recipe-seed-1', '  small-recipe-seed-2', '✓ small-recipe-seed-3']);
  });
});
