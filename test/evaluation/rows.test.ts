import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadRows } from 'naive-diffusion';
import { temporaryFolder } from '../data/temporary.js';

describe('loadRows', () => {
  it('reads the rows of a committed measurement', async () => {
    const rows = await loadRows<{ dataset: string; scores: object }>('restoration');
    expect(rows.length).toBeGreaterThan(5);
    for (const { dataset, scores } of rows) expect([dataset.length > 0, typeof scores]).toEqual([true, 'object']);
  });

  describe('in another folder', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'results'));
    beforeEach(() => {
      vi.stubEnv('NAIVE_DIFFUSION_DATA', folder);
    });
    afterEach(() => void vi.unstubAllEnvs());

    it('names the file that is missing, damaged or has no rows', async () => {
      await expect(loadRows('nothing')).rejects.toThrow(/loadRows: .*nothing\.json/);
      writeFileSync(join(folder, 'results', 'bad.json'), '{');
      await expect(loadRows('bad')).rejects.toThrow('bad.json is not valid JSON');
      writeFileSync(join(folder, 'results', 'other.json'), '{"kind":"other"}');
      await expect(loadRows('other')).rejects.toThrow('other.json has no rows');
    });
  });
});
