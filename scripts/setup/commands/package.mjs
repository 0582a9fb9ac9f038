// @ts-check
// npx naive-diffusion setup: native TensorFlow for a project that has installed the library.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../command.mjs';
import { withLock } from '../lock.mjs';
import { main } from '../main.mjs';
import { readMark } from '../marks.mjs';
import { chooseFlavour } from '../native/flavour.mjs';
import { installNative } from '../native/install.mjs';
import { prebuiltBinding, prebuiltPackage } from '../native/prebuilt.mjs';
import { oneAtMost, readOptions } from '../options.mjs';
import { project, root, scratch, tensorflowPackage } from '../paths.mjs';
import { explain, Problem } from '../problem.mjs';
import { report as makeReport } from '../report.mjs';

const help = `npx naive-diffusion setup [OPTIONS]

Native TensorFlow for the project in whose folder you are, some 30 times as fast as WebAssembly: fetches its library from
a pinned Python wheel into a cache that all projects share, and puts the binding into node_modules. Needs Python 3.10 or
newer for the download, and a C++ compiler where no compiled binding fits. To be run again after npm ci.

  --gpu      for an NVIDIA GPU (CUDA 12), and keep to it
  --cpu      for the processor, and keep to it
  --auto     forget the choice: an NVIDIA GPU if its driver is there (the default)
  --verify   compare the sha256 of every cached file, not only its size
  --help     print this`;

const TFJS = '4.22.0';
const HEADERS = '1.9.0';

/** @param {string[]} args */
async function setup(args) {
  const read = readOptions(
    args,
    help,
    { gpu: { type: 'boolean' }, cpu: { type: 'boolean' }, auto: { type: 'boolean' }, verify: { type: 'boolean' } },
    true,
  );
  if (!read) return;
  const { values, positionals } = read;
  if (positionals.join(' ') !== 'setup')
    throw new Problem(`Expected 'setup', got '${positionals.join(' ')}'.`, `\n${help}`, '', 2);
  const choice = oneAtMost(values, ['gpu', 'cpu', 'auto']);
  if (!existsSync(join(project, 'package.json')))
    throw new Problem(
      `There is no package.json in ${project}.`,
      'Go to the folder of your project, or `npm init` one.',
    );

  const report = makeReport();
  await withLock(
    join(scratch, 'setup.lock'),
    async () => {
      await report.step('npm packages', installPackages, (names) => names.join(', '));
      if (choice) chooseFlavour(choice === 'auto' ? undefined : choice);
      await report.step(
        'native TensorFlow',
        () => installNative({ verify: values.verify, note: report.note }),
        (result) => result.description,
      );
    },
    (holder) => report.note(`Waiting for another set-up (process ${holder}) to end …`),
  );
}

/**
 * The binding's JavaScript, and a compiled binding or what it takes to compile one.
 * @returns {Promise<string[]>} what was installed
 */
async function installPackages() {
  const installed = [];
  const tfjs = `@tensorflow/tfjs-node-gpu@${TFJS}`;
  if (readMark(join(tensorflowPackage, 'package.json'))?.version !== TFJS) {
    const output = await install(tfjs);
    if (output) throw explain(`installing ${tfjs}`, output);
    installed.push(tfjs);
  }
  if (prebuiltBinding()) return installed;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const prebuilt = `${prebuiltPackage}@${version}`;
  if (!(await install(prebuilt)) && prebuiltBinding()) return [...installed, prebuilt];
  const headers = `node-api-headers@${HEADERS}`;
  if (!existsSync(join(project, 'node_modules', 'node-api-headers'))) {
    const output = await install(headers);
    if (output) throw explain(`installing ${headers}`, output);
    installed.push(headers);
  }
  return installed;
}

/**
 * As an optional dependency, so that npm ci goes on where an install script of it fails.
 * @param {string} name
 * @returns {Promise<string>} what npm says where it fails; else nothing
 */
async function install(name) {
  const flags = ['--ignore-scripts', '--save-optional', '--save-exact', '--no-audit', '--no-fund'];
  const { code, output } = await command('npm', ['install', ...flags, name], { cwd: project });
  return code === 0 ? '' : output;
}

await main(() => setup(process.argv.slice(2)));
