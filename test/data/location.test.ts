import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { dataPath } from '../../lib/src/data/location.ts';

afterEach(() => void delete process.env.NAIVE_DIFFUSION_DATA);

describe('dataPath', () => {
  it('is the data folder beside the package, wherever the caller stands', () => {
    expect(dataPath('faces.png')).toBe(fileURLToPath(new URL('../../data/faces.png', import.meta.url)));
    const code = `import { dataPath } from ${JSON.stringify(new URL('../../lib/src/data/location.ts', import.meta.url).href)}; console.log(dataPath());`;
    const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));
    const found = execFileSync(process.execPath, ['--import', `file://${tsx}`, '--input-type=module', '-e', code], {
      cwd: '/',
      encoding: 'utf8',
    });
    expect(existsSync(join(found.trim(), 'faces.png'))).toBe(true);
  });

  it('is NAIVE_DIFFUSION_DATA where that is set', () => {
    process.env.NAIVE_DIFFUSION_DATA = '/somewhere';
    expect(dataPath('checkpoints', 'a.safetensors')).toBe(join('/somewhere', 'checkpoints', 'a.safetensors'));
  });
});
