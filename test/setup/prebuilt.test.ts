import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { madeFrom, prebuiltPackage } from '../../scripts/setup/native/prebuilt.mjs';
import { projectFolder, runSetUpModule } from './project.js';

describe('a binding that was compiled elsewhere', () => {
  it('is taken where it is made from the same sources for the same TensorFlow, and else not', async () => {
    const project = projectFolder();
    const installed = path.join(project, 'node_modules', prebuiltPackage);
    mkdirSync(installed, { recursive: true });
    writeFileSync(path.join(installed, 'tfjs_binding.node'), '');
    const found = async (made: object): Promise<string> => {
      writeFileSync(path.join(installed, 'package.json'), JSON.stringify({ madeFrom: made }));
      return runSetUpModule(project, 'native/prebuilt.mjs', 'prebuiltBinding()');
    };
    // As the clone says of its own sources, which have the same contents in other places.
    const same = madeFrom();
    expect(await found(same)).toBe(path.join(installed, 'tfjs_binding.node'));
    for (const part of ['tensorflow', 'binding', 'operations'])
      expect(await found({ ...same, [part]: 'other' }), part).toBe('undefined');
  });
});

describe('a binding that was compiled here', () => {
  it('is found again in the cache by every project with the same sources', async () => {
    const names = [projectFolder(), projectFolder()].map((project) =>
      runSetUpModule(project, 'native/binding.mjs', "cachedBinding('cpu')"),
    );
    const [one, other] = await Promise.all(names);
    expect(one).toMatch(/\/bindings\/[0-9a-f]{20}\.node$/);
    expect(other).toBe(one);
  });
});
