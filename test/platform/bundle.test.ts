import { expect, it } from 'vitest';
import { bundle } from './bundle.ts';

it('the library is bundled for browsers without a shim or a warning', async () => {
  const { warnings, errors, metafile } = await bundle();
  expect([...warnings, ...errors].map(({ text }) => text)).toEqual([]);
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((file) => file.includes('platform/browser/')).length).toBeGreaterThan(10);
  expect(inputs.filter((file) => file.includes('platform/node/'))).toEqual([]);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  expect(imports.filter(({ external }) => external)).toEqual([]);
});

it('who uses little takes little', async () => {
  const stdin = {
    contents: `export { ready, loadCheckpoint, sampleSet, tf } from '../../lib/dist/index.js'`,
    resolveDir: import.meta.dirname,
  };
  const { warnings, metafile } = await bundle({ stdin });
  expect(warnings).toEqual([]);
  // Charts and what writes GIF files are not in it.
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const bytesOf = (name: string) =>
    used.filter(([file]) => file.includes(`/${name}/`)).reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  expect([bytesOf('chart.js'), bytesOf('gifenc')]).toEqual([0, 0]);
});
