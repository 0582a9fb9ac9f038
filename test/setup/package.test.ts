import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { prebuiltPackage } from '../../scripts/setup/native/prebuilt.mjs';
import { projectFolder, setUpIn } from './project.js';
import { temporaryFolder } from './support.js';

/** Puts a package of that version into the node_modules of a folder. */
const put = (folder: string) => `
  const [, name, version] = /^(.+)@(.+)$/.exec(wanted);
  const { mkdirSync, writeFileSync } = require('node:fs');
  mkdirSync(${JSON.stringify(folder)} + '/node_modules/' + name, { recursive: true });
  writeFileSync(${JSON.stringify(folder)} + '/node_modules/' + name + '/package.json', JSON.stringify({ version }));`;

const never = "console.error('npm was called'); process.exit(1);";

describe('npx naive-diffusion setup', () => {
  it('says why a compiled binding did not come, and that it is compiled instead', async () => {
    const project = projectFolder();
    const npm = `if (wanted.startsWith('@naive-diffusion/')) { console.error('npm error code E404'); process.exit(1); }
      ${put(project)}`;
    const { code, output } = await setUpIn(project, npm, { env: { CXX: '/no/such/compiler' } });
    expect(output).toContain('npm error code E404');
    expect(output).toContain(`The binding is compiled, without ${prebuiltPackage}.`);
    expect(output).toContain('CXX=/no/such/compiler does not run');
    expect(code).toBe(1);
  });

  it('says so where the binding that came is of other sources', async () => {
    const project = projectFolder();
    const npm = `${put(project)}
      if (name.startsWith('@naive-diffusion/')) writeFileSync(${JSON.stringify(project)} + '/node_modules/' + name + '/tfjs_binding.node', '');`;
    const { output } = await setUpIn(project, npm, { env: { CXX: '/no/such/compiler' } });
    expect(output).toContain(`${prebuiltPackage} is compiled from other sources, or for another TensorFlow`);
  });

  it('sees that npm has put a package elsewhere, and says where to go', async () => {
    const workspace = temporaryFolder();
    const project = projectFolder({ at: path.join(workspace, 'packages', 'mine'), hasTensorflow: false });
    const { code, output } = await setUpIn(project, put(workspace));
    expect(output).toContain(
      `error: npm has installed @tensorflow/tfjs-node-gpu@4.22.0, but not as ${project}/node_modules/`,
    );
    expect(output).toContain(`Run the same command in ${workspace}.`);
    expect(code).toBe(1);
    const nowhere = await setUpIn(projectFolder({ hasTensorflow: false }), '');
    expect(nowhere.output).toContain('See what npm says: `npm ls @tensorflow/tfjs-node-gpu`');
  });

  it('goes to the top of a workspace, before npm is asked for anything', async () => {
    const workspace = projectFolder();
    const member = path.join(workspace, 'packages', 'mine');
    mkdirSync(member, { recursive: true });
    writeFileSync(path.join(member, 'package.json'), '{}');
    const { output } = await setUpIn(member, never, { library: workspace });
    expect(output).not.toContain('npm was called');
    expect(output).toContain(`Run the same command in ${workspace}.`);
  });

  it.each([
    ['pnpm-lock.yaml', 'pnpm add --save-optional --save-exact --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0'],
    ['yarn.lock', 'yarn add --optional --exact @tensorflow/tfjs-node-gpu@4.22.0'],
    ['bun.lock', 'bun add --optional --exact --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0'],
  ])('leaves node_modules to the manager of %s, and names its command', async (lock, add) => {
    const project = projectFolder({ hasTensorflow: false });
    writeFileSync(path.join(project, lock), '');
    const { code, output } = await setUpIn(project, never);
    expect(output).not.toContain('npm was called');
    expect(output).toContain(`\`${add}\`, and run the same command again.`);
    expect(code).toBe(1);
  });

  it('names the binding, and what takes its place, once TensorFlow is there', async () => {
    const project = projectFolder();
    writeFileSync(path.join(project, 'pnpm-lock.yaml'), '');
    const { output } = await setUpIn(project, never);
    expect(output).toContain(`--ignore-scripts ${prebuiltPackage}@`);
    expect(output).toContain('--ignore-scripts node-api-headers@1.9.0`, and a C++ compiler.');
  });

  it('says what to do where the library is not installed, and where there can be no node_modules', async () => {
    const project = temporaryFolder();
    const library = projectFolder();
    const begin = async () => (await setUpIn(project, never, { library })).output;
    expect(await begin()).toContain(`error: There is no package.json in ${project}.`);
    writeFileSync(path.join(project, 'package.json'), '{}');
    expect(await begin()).toContain(`error: naive-diffusion is not installed in ${project}.`);
    writeFileSync(path.join(project, '.pnp.cjs'), '');
    expect(await begin()).toContain('`yarn config set nodeLinker node-modules`');
    expect(existsSync(path.join(project, 'node_modules'))).toBe(false);
  });
});
