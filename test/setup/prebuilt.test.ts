import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { prebuiltPackage } from '../../scripts/setup/native/prebuilt.mjs';
import { root } from '../../scripts/setup/paths.mjs';

/** A project that has installed the package, as far as set-up asks for it. */
let project: string;
let installed: string;
beforeAll(() => {
  project = realpathSync(mkdtempSync(path.join(tmpdir(), 'naive-diffusion-test-')));
  const library = path.join(project, 'node_modules', 'naive-diffusion');
  for (const name of ['paths.mjs', 'marks.mjs', 'native/prebuilt.mjs', 'native/wheels.mjs'])
    cpSync(path.join(root, 'scripts', 'setup', name), path.join(library, 'dist', 'setup', name));
  cpSync(path.join(root, 'lib', 'native'), path.join(library, 'native'), { recursive: true });
  const sources = path.join('node_modules', '@tensorflow', 'tfjs-node-gpu', 'binding');
  cpSync(path.join(root, sources), path.join(project, sources), { recursive: true });
  writeFileSync(path.join(project, 'package.json'), '{}');
  installed = path.join(project, 'node_modules', prebuiltPackage);
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(installed, 'tfjs_binding.node'), '');
});
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

const found = async (madeFrom: object): Promise<string> => {
  writeFileSync(path.join(installed, 'package.json'), JSON.stringify({ madeFrom }));
  const file = path.join(project, 'node_modules', 'naive-diffusion', 'dist', 'setup', 'native', 'prebuilt.mjs');
  const program = `import { prebuiltBinding } from ${JSON.stringify(file)}; console.log(prebuiltBinding());`;
  const { stdout } = await command(process.execPath, ['--input-type=module', '-e', program], { cwd: project });
  return stdout.trim();
};

describe('a binding that was compiled elsewhere', () => {
  it('is taken where it is made from the same sources for the same TensorFlow, and else not', async () => {
    // As the clone says of its own sources, which have the same contents in other places.
    const { madeFrom } = await import('../../scripts/setup/native/prebuilt.mjs');
    const same = madeFrom();
    expect(await found(same)).toBe(path.join(installed, 'tfjs_binding.node'));
    for (const part of ['tensorflow', 'binding', 'operations'])
      expect(await found({ ...same, [part]: 'other' }), part).toBe('undefined');
  });
});
