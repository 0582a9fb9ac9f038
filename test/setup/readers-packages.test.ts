import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { root } from '../../scripts/setup/paths.mjs';

interface Manifest {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifest = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
const programs = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((file) => /\.m?ts$|\.mjs$/.test(file))
    .map((file) => `${folder}/${file}`);

const folders = [
  ...['examples', 'experiments', 'bench', 'scripts', 'scripts/recipes', 'scripts/results', 'scripts/kernel'],
  ...['lib/src', 'lib/src/platform/node'],
];
/** Those of package.json that ask for the packages of developers before they start. */
const forDevelopers = Object.values(manifest('.').scripts).flatMap((line) => /--dev tsx (\S+)/.exec(line)?.[1] ?? []);

it('what readers run imports no package that their set-up leaves out', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: folders.flatMap(programs).filter((file) => !forDevelopers.includes(file)),
    outdir: 'nowhere',
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2022',
  });
  const library = manifest('lib');
  const theirs = { ...manifest('.').dependencies, ...library.dependencies, ...library.peerDependencies };
  const missing = new Set<string>();
  for (const [file, { imports }] of Object.entries(metafile.inputs))
    for (const { path, external } of imports) {
      const name = /^(@[^/]+\/)?[^/.#][^/]*/.exec(path)?.[0];
      if (external && name && !isBuiltin(path) && !(name in theirs)) missing.add(`${name}, in ${file}`);
    }
  expect(Object.keys(metafile.inputs).length).toBeGreaterThan(200);
  expect([...missing]).toEqual([]);
});
