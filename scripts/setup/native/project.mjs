// @ts-check
// The project that has installed the library: what its node_modules needs for native TensorFlow.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { command } from '../command.mjs';
import { readMark } from '../marks.mjs';
import { project, root } from '../paths.mjs';
import { explain, Problem } from '../problem.mjs';
import { prebuiltPackage, prebuiltState } from './prebuilt.mjs';

const tfjs = { name: '@tensorflow/tfjs-node-gpu', version: '4.22.0' };
const headers = { name: 'node-api-headers', version: '1.9.0' };

/** @typedef {{ name: string, version: string }} Package */

/** How other managers than npm add packages that may be missing, without running their install scripts. */
const others = [
  { files: ['pnpm-lock.yaml'], add: 'pnpm add --save-optional --save-exact --ignore-scripts' },
  { files: ['yarn.lock'], add: 'yarn add --optional --exact' },
  { files: ['bun.lock', 'bun.lockb'], add: 'bun add --optional --exact --ignore-scripts' },
];

/**
 * Refuses a folder in whose `node_modules` nothing would be found.
 * @throws {Problem} that says where to go, or what to install
 */
export function checkProject() {
  if (!existsSync(join(project, 'package.json')))
    throw new Problem(
      `There is no package.json in ${project}.`,
      'Go to the folder of your project, or `npm init` one.',
    );
  if (existsSync(join(project, '.pnp.cjs')))
    throw new Problem(
      `${project} has no node_modules, but Yarn's Plug'n'Play, where TensorFlow's library finds no place.`,
      '`yarn config set nodeLinker node-modules`, `yarn install`, and run the same command again.',
    );
  if (existsSync(placeOf('naive-diffusion'))) return;
  const above = foldersAbove(project).find((folder) => existsSync(placeOf('naive-diffusion', folder)));
  throw above === undefined
    ? new Problem(
        `naive-diffusion is not installed in ${project}.`,
        '`npm install naive-diffusion @tensorflow/tfjs@4.22.0`, and run the same command again.',
      )
    : new Problem(
        `naive-diffusion is not in ${join(project, 'node_modules')}, but in ${join(above, 'node_modules')}, as a workspace has it.`,
        `Run the same command in ${above}.`,
      );
}

/**
 * The binding's JavaScript, and a compiled binding or what it takes to compile one.
 * @param {(text: string) => void} note
 * @returns {Promise<string[]>} what was installed
 */
export async function installPackages(note) {
  const installed = [];
  if (!isThere(tfjs)) installed.push(await mustInstall(tfjs));
  if (prebuiltState().file) return installed;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const prebuilt = { name: prebuiltPackage, version };
  const wayOfOthers = otherManager();
  if (!wayOfOthers) {
    const output = await install(prebuilt);
    const { file, why } = prebuiltState();
    if (file) return [...installed, nameOf(prebuilt)];
    note(
      `  ${output ? output.trim() : `${prebuiltPackage} ${why}`}\n  The binding is compiled, without ${prebuiltPackage}.`,
    );
  } else if (!isThere(headers)) {
    throw byHand(wayOfOthers, prebuiltState().isInstalled ? headers : prebuilt);
  }
  if (!isThere(headers)) installed.push(await mustInstall(headers));
  return installed;
}

/**
 * Installs a package where set-up looks for it.
 * @param {Package} wanted
 * @returns {Promise<string>} its name and version
 * @throws {Problem}
 */
async function mustInstall(wanted) {
  const wayOfOthers = otherManager();
  if (wayOfOthers) throw byHand(wayOfOthers, wanted);
  const output = await install(wanted);
  if (output) throw explain(`installing ${nameOf(wanted)}`, output);
  if (isThere(wanted)) return nameOf(wanted);
  const elsewhere = foldersAbove(project).find((folder) => existsSync(placeOf(wanted.name, folder)));
  throw new Problem(
    `npm has installed ${nameOf(wanted)}, but not as ${placeOf(wanted.name)}, where it is needed.`,
    elsewhere === undefined
      ? `See what npm says: \`npm ls ${wanted.name}\`, and \`npm config list\` for settings such as prefix and install-strategy.`
      : `It is in ${join(elsewhere, 'node_modules')}, as a workspace has it. Run the same command in ${elsewhere}.`,
  );
}

/**
 * As an optional dependency, so that npm ci goes on where an install script of it fails.
 * @param {Package} wanted
 * @returns {Promise<string>} what npm says where it fails; else nothing
 */
async function install(wanted) {
  const flags = ['--ignore-scripts', '--save-optional', '--save-exact', '--no-audit', '--no-fund'];
  const { code, output } = await command('npm', ['install', ...flags, nameOf(wanted)], { cwd: project });
  return code === 0 ? '' : output;
}

/**
 * How packages are added in a project that is not npm's, whose node_modules npm would spoil; undefined in one that is.
 * @returns {string | undefined}
 */
function otherManager() {
  const isPnpm = realpathSync(placeOf('naive-diffusion')).includes(`${sep}.pnpm${sep}`);
  return (isPnpm ? others[0] : others.find(({ files }) => files.some((file) => existsSync(join(project, file)))))?.add;
}

/**
 * @param {string} add
 * @param {Package} wanted
 */
function byHand(add, wanted) {
  const instead =
    wanted.name === prebuiltPackage
      ? `\nWhere there is no such package for this system: \`${add} ${nameOf(headers)}\`, and a C++ compiler.`
      : '';
  return new Problem(
    `${nameOf(wanted)} is not in ${join(project, 'node_modules')}, which is not npm's.`,
    `\`${add} ${nameOf(wanted)}\`, and run the same command again.${instead}`,
  );
}

/** @param {Package} wanted */
function isThere({ name, version }) {
  return readMark(join(placeOf(name), 'package.json'))?.version === version;
}

/** @param {Package} wanted */
function nameOf({ name, version }) {
  return `${name}@${version}`;
}

/** @param {string} name @param {string} folder */
function placeOf(name, folder = project) {
  return join(folder, 'node_modules', name);
}

/**
 * The folders that hold one, from the inside out.
 * @param {string} folder
 * @returns {string[]}
 */
function foldersAbove(folder) {
  const above = dirname(folder);
  return above === folder ? [] : [above, ...foldersAbove(above)];
}
