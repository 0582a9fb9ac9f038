// @ts-check
// Native TensorFlow: libraries from pinned wheels, a binding compiled against them, tried out before it counts as done.
import { copyFileSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withEnvironment } from '../../environment.mjs';
import { command } from '../command.mjs';
import { isMarked, readMark, removeMark, writeMark } from '../marks.mjs';
import { isClone, project } from '../paths.mjs';
import { explain, Problem } from '../problem.mjs';
import { bindingFile, cachedBinding, ensureBinding, findCompiler, isWhole } from './binding.mjs';
import { chosenFlavour, detectFlavour } from './flavour.mjs';
import { ensureLibraries, firstDamaged, librariesFolder } from './libraries.mjs';
import { prebuiltBinding, prebuiltPackage } from './prebuilt.mjs';
import { TENSORFLOW, wheelsFor } from './wheels.mjs';

/** @typedef {import('./wheels.mjs').Flavour} Flavour */

const markFile = join(project, 'node_modules', '.naive-diffusion', 'native.json');

/**
 * Builds native TensorFlow, or finds that it is there.
 * @param {{ verify?: boolean, note?: (text: string) => void }} [options] verify: compare the hashes of all cached files
 * @returns {Promise<{ fresh: boolean, description: string }>}
 */
export async function installNative({ verify = false, note = () => {} } = {}) {
  const chosen = chosenFlavour();
  const flavour = chosen ?? (await detectFlavour());
  try {
    return await installFlavour(flavour, { verify, note });
  } catch (error) {
    if (chosen || flavour === 'cpu' || !(error instanceof Problem)) throw error;
    const again = isClone ? 'npm run native --' : 'npx naive-diffusion setup';
    note(
      `  ${error.details.trim()}\n  ${error.message}\n  The build for the processor is taken instead; \`${again} --gpu\` tries the GPU again.`,
    );
    return installFlavour('cpu', { verify, note });
  }
}

/**
 * @param {Flavour} flavour
 * @param {{ verify: boolean, note: (text: string) => void }} options
 */
async function installFlavour(flavour, { verify, note }) {
  const wheels = wheelsFor(flavour);
  if (!wheels)
    throw new Problem(
      `There is no ${flavour === 'gpu' ? 'CUDA ' : ''}wheel of TensorFlow ${TENSORFLOW} for ${process.platform}-${process.arch}.`,
      'Use another machine (Linux or macOS on x64 or arm64) for native speed.',
    );
  if (!verify && (await isInstalled(flavour, wheels)))
    return { fresh: false, description: readMark(markFile).description };

  removeMark(markFile);
  rmSync(bindingFile, { force: true }); // an old binding would hide that the new one failed
  const prebuilt = prebuiltBinding();
  const cached = prebuilt !== undefined || (await isWhole(cachedBinding(flavour), verify));
  const compiler = cached ? undefined : await findCompiler(); // before the download, not after it
  const bytes = await ensureLibraries(flavour, wheels, { verify, note });
  const compiled = () => compileAndTry(flavour, async () => compiler ?? findCompiler(), { verify, note });
  const { tensorflow, gpu } = (await tryPrebuilt(prebuilt, flavour, note)) ?? (await compiled());
  const device = gpu ? 'on the GPU' : flavour === 'gpu' ? 'CUDA build, but no GPU was found' : 'on the processor';
  const description = `${tensorflow} ${device}${bytes ? `, ${Math.round(bytes / 1e6)} MB downloaded` : ''}`;
  writeMark(markFile, { ...wanted(flavour), description: `${tensorflow} ${device}` });
  return { fresh: true, description };
}

/**
 * Takes a binding that was compiled elsewhere; undefined if there is none, or it does not run here.
 * @param {string | undefined} prebuilt
 * @param {Flavour} flavour
 * @param {(text: string) => void} note
 */
async function tryPrebuilt(prebuilt, flavour, note) {
  if (prebuilt === undefined) return undefined;
  putBinding(prebuilt, flavour);
  try {
    return await tryOut();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    note(`  ${error.details.trim()}\n  ${prebuiltPackage} does not run here: the binding is compiled.`);
    return undefined;
  }
}

/**
 * @param {Flavour} flavour
 * @param {() => Promise<string[]>} compiler
 * @param {{ verify: boolean, note: (text: string) => void }} options
 */
async function compileAndTry(flavour, compiler, options) {
  putBinding(await ensureBinding(flavour, compiler, options), flavour);
  try {
    return await tryOut();
  } catch (error) {
    rmSync(cachedBinding(flavour), { force: true }); // compiled anew next time
    throw error;
  }
}

/** @param {Flavour} flavour */
function wanted(flavour) {
  return { flavour, binding: cachedBinding(flavour) };
}

/**
 * Fetches the libraries while the npm packages are not there yet, where a binding can be compiled for them. Whatever
 * fails here, `installNative` tries again, and says.
 * @returns {Promise<number>} bytes downloaded
 */
export async function fetchAhead() {
  const flavour = chosenFlavour() ?? (await detectFlavour());
  const wheels = wheelsFor(flavour);
  if (!wheels) return 0;
  try {
    await findCompiler();
    return await ensureLibraries(flavour, wheels, { note: () => {} });
  } catch (error) {
    if (error instanceof Problem) return 0;
    throw error;
  }
}

/**
 * @param {Flavour} flavour
 * @param {import('./wheels.mjs').Wheel[]} wheels
 */
async function isInstalled(flavour, wheels) {
  const mark = readMark(markFile);
  if (!mark || !isMarked(markFile, { ...wanted(flavour), description: mark.description })) return false;
  return (
    sizeOf(bindingFile) !== undefined &&
    [prebuiltBinding(), cachedBinding(flavour)].some((file) => file && sizeOf(file) === sizeOf(bindingFile)) &&
    (prebuiltBinding() !== undefined || (await isWhole(cachedBinding(flavour), false))) &&
    (await firstDamaged(librariesFolder(flavour), wheels, false)) === undefined
  );
}

/** @param {string} file */
function sizeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

/**
 * Copies the binding to where the package looks for it, and lays the way to the libraries beside it, on which a binding
 * that was compiled elsewhere finds them.
 * @param {string} from
 * @param {Flavour} flavour
 */
function putBinding(from, flavour) {
  mkdirSync(dirname(bindingFile), { recursive: true });
  const way = join(dirname(bindingFile), 'tensorflow');
  rmSync(way, { force: true });
  symlinkSync(join(librariesFolder(flavour), 'tensorflow'), way);
  copyFileSync(from, `${bindingFile}.tmp`);
  renameSync(`${bindingFile}.tmp`, bindingFile);
}

/** @returns {Promise<{ tensorflow: string, gpu: boolean }>} */
async function tryOut() {
  const { code, output, stdout } = await command(process.execPath, [join(import.meta.dirname, 'smoke.mjs')], {
    cwd: project,
    env: withEnvironment(),
    timeout: 600_000,
  });
  if (code === 0) return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  rmSync(bindingFile, { force: true });
  throw explain('trying out native TensorFlow', output);
}
