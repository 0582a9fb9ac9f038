import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkReadable, setup } from '../../scripts/setup/commands/setup.mjs';
import { unreadableByOthers, unreadableWithin } from '../../scripts/setup/others.mjs';
import { installKernel } from '../../scripts/kernel/install.mjs';
import { problemOf, temporaryFolder } from './support.js';

describe('what other users can read', () => {
  it('ends at the first place that is closed to them', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'library', 'file');
    mkdirSync(join(folder, 'library'));
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    expect(unreadableByOthers(file)).toBe(folder); // a temporary folder is its owner's alone
    chmodSync(folder, 0o755);
    expect(unreadableByOthers(file)).toBe(file);
    chmodSync(file, 0o644);
    expect(unreadableByOthers(file)).toBeUndefined();
    chmodSync(join(folder, 'library'), 0o744); // they may list it, and not go into it
    expect(unreadableByOthers(file)).toBe(join(folder, 'library'));
  });

  it('is looked at to the last file of a folder', () => {
    const folder = temporaryFolder();
    const [inside, file] = [join(folder, 'library', 'inside'), join(folder, 'library', 'inside', 'file')];
    mkdirSync(inside, { recursive: true });
    writeFileSync(file, '');
    symlinkSync('/no/such/file', join(inside, 'link'));
    chmodSync(file, 0o600);
    chmodSync(inside, 0o711); // they may go into it, and not list it
    expect(unreadableWithin(join(folder, 'library'))).toBe(folder);
    chmodSync(folder, 0o755);
    expect(unreadableWithin(join(folder, 'library'))).toBe(inside);
    chmodSync(inside, 0o755);
    expect(unreadableWithin(join(folder, 'library'))).toBe(file);
    expect(unreadableWithin(file)).toBe(file);
    chmodSync(file, 0o644);
    expect(unreadableWithin(join(folder, 'library'))).toBeUndefined();
    expect(unreadableWithin(join(folder, 'no-such'))).toBeUndefined();
  });

  it('is told with what opens it, after set-up', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const places = ['one', 'the other'].map((name) => join(folder, name));
    for (const place of places) {
      mkdirSync(place);
      chmodSync(place, 0o755);
    }
    await checkReadable(places);
    writeFileSync(join(places[1], 'file'), '', { mode: 0o600 });
    const problem = await problemOf(() => checkReadable(places));
    expect(problem.message).toContain(`other users cannot read ${join(places[1], 'file')}`);
    const remedy = /chmod -R o\+rX .*/.exec(problem.remedy)![0];
    execFileSync('sh', ['-c', remedy]);
    await checkReadable(places);
  });

  it('may be what is not there yet', () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    expect(unreadableByOthers(join(folder, 'cache', 'later'))).toBeUndefined();
  });
});

describe('npm run setup', () => {
  it('refuses a prefix that is no folder, before it sets anything up', async () => {
    const problem = await problemOf(() => setup(['--prefix', '/no/such/folder']));
    expect(problem.message).toContain('--prefix must name a folder, got /no/such/folder');
    expect(problem.status).toBe(2);
  });

  it('refuses to share what others cannot read', async () => {
    const [prefix, cache] = [temporaryFolder(), temporaryFolder()];
    const before = process.env.NAIVE_DIFFUSION_CACHE;
    process.env.NAIVE_DIFFUSION_CACHE = cache;
    try {
      const problem = await problemOf(() => setup(['--prefix', prefix]));
      expect(problem.message).toMatch(/^Other users cannot read .* is closed to them\.$/);
    } finally {
      if (before === undefined) delete process.env.NAIVE_DIFFUSION_CACHE;
      else process.env.NAIVE_DIFFUSION_CACHE = before;
    }
  });

  it('registers the kernel where a JupyterLab of that prefix looks for it', () => {
    const prefix = temporaryFolder();
    expect(installKernel(prefix)).toBe(true);
    const spec = JSON.parse(readFileSync(join(prefix, 'share/jupyter/kernels/tslab/kernel.json'), 'utf8'));
    expect(spec).toMatchObject({ language: 'typescript', argv: expect.arrayContaining(['{connection_file}']) });
    expect(installKernel(prefix)).toBe(false);
  });
});
