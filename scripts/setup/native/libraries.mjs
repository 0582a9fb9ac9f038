// @ts-check
// libtensorflow and its headers, taken out of wheels into the cache.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { command } from '../command.mjs';
import { readMark, writeMark } from '../marks.mjs';
import { cacheFolder, isClone, venvProgram } from '../paths.mjs';
import { explain, Problem } from '../problem.mjs';
import { isRunning, processName } from '../processes.mjs';
import { findPython, pythonEnvironment } from '../python.mjs';
import { TENSORFLOW } from './wheels.mjs';

/** @typedef {import('./wheels.mjs').Flavour} Flavour */
/** @typedef {import('./wheels.mjs').Wheel} Wheel */

/**
 * Where the libraries of one flavour lie.
 * @param {Flavour} flavour
 */
export function librariesFolder(flavour) {
  return join(cacheFolder(), `tensorflow-${TENSORFLOW}-${flavour}-${process.platform}-${process.arch}`);
}

/**
 * Sees to it that the libraries are in the cache, whole.
 * @param {Flavour} flavour
 * @param {Wheel[]} wheels
 * @param {{ verify?: boolean, note: (text: string) => void }} options verify: compare hashes, not only sizes
 * @returns {Promise<number>} bytes downloaded
 */
export async function ensureLibraries(flavour, wheels, { verify = false, note }) {
  const folder = librariesFolder(flavour);
  const damaged = await firstDamaged(folder, wheels, verify);
  if (damaged === undefined) return 0;
  if (damaged !== '') note(`  ${damaged} in the cache is damaged or missing: the libraries are fetched again.`);
  await rm(folder, { recursive: true, force: true });
  await removeRemains();
  await mkdir(cacheFolder(), { recursive: true });
  const needs = `about ${flavour === 'gpu' ? '6.5 GB' : '1.3 GB'} in ${cacheFolder()} while it unpacks`;
  const workplace = await mkdtemp(join(cacheFolder(), `tmp-${processName(process.pid)}-`));
  try {
    const python = isClone ? venvProgram('python') : await temporaryPython(workplace);
    for (const wheel of wheels)
      await unpack(await download(wheel, python, workplace, needs), python, join(workplace, 'out'), needs);
    await strip(join(workplace, 'out', 'tensorflow'));
    await writeManifest(join(workplace, 'out'), wheels);
    await rename(join(workplace, 'out'), folder).catch((error) => {
      // another clone was faster: its files are as good
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw explain('fetching TensorFlow', error, { needs });
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
  return wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
}

/**
 * The first file that is not as it was recorded; '' if nothing is there; undefined if all is well.
 * @param {string} folder
 * @param {Wheel[]} wheels
 * @param {boolean} verify
 * @returns {Promise<string | undefined>}
 */
export async function firstDamaged(folder, wheels, verify) {
  /** @type {{ wheels: string[], files: Record<string, { bytes: number, sha256: string }> } | undefined} */
  const manifest = readMark(join(folder, 'manifest.json'));
  if (!manifest || manifest.wheels.join() !== wheels.map((wheel) => wheel.sha256).join()) return '';
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (info?.size !== bytes) return name;
    if (verify && (await sha256Of(join(folder, name))) !== sha256) return name;
  }
  return undefined;
}

/**
 * @param {Wheel} wheel
 * @param {string} python
 * @param {string} workplace
 * @param {string} needs
 * @returns {Promise<string>} the file, checked
 */
async function download({ name, version, tags, sha256 }, python, workplace, needs) {
  const folder = join(workplace, name);
  const pip = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-cache-dir',
    '--no-deps',
    '--only-binary=:all:',
    '--retries=2',
    ...tags,
    `--dest=${folder}`,
    `${name}==${version}`,
  ];
  const { code, output } = await command(python, pip, {
    env: { ...pythonEnvironment(), TMPDIR: workplace },
  });
  if (code !== 0) throw explain(`downloading ${name} ${version}`, output, { needs });
  const [file] = await readdir(folder);
  await checkWheel(join(folder, file), sha256);
  return join(folder, file);
}

/**
 * Throws unless a downloaded file has the pinned sha256.
 * @param {string} file
 * @param {string} sha256
 */
export async function checkWheel(file, sha256) {
  const came = await sha256Of(file);
  if (came === sha256) return;
  throw new Problem(
    `The wheel that came has sha256 ${came}, not ${sha256}, and was thrown away.`,
    'Run the same command again. If it stays so, a proxy or mirror alters downloads: see `pip config list`.',
  );
}

/**
 * @param {string} wheel deleted when it is unpacked
 * @param {string} python
 * @param {string} folder
 * @param {string} needs
 */
async function unpack(wheel, python, folder, needs) {
  const { code, output } = await command(python, [join(import.meta.dirname, 'unpack.py'), wheel, folder], {
    env: pythonEnvironment(),
  });
  if (code !== 0) throw explain('unpacking TensorFlow', output, { needs });
  await rm(wheel);
}

/**
 * Leaves out what only debuggers read: up to half of the bytes. On macOS that would break the signature.
 * @param {string} folder
 */
async function strip(folder) {
  if (process.platform !== 'linux') return;
  for (const file of await readdir(folder)) {
    // without strip: more bytes, no harm
    if (file.startsWith('libtensorflow')) await command('strip', ['--strip-unneeded', join(folder, file)]);
  }
}

/**
 * @param {string} folder
 * @param {Wheel[]} wheels
 */
async function writeManifest(folder, wheels) {
  /** @type {Record<string, { bytes: number, sha256: string }>} */
  const files = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files[relative(folder, file)] = { bytes: (await stat(file)).size, sha256: await sha256Of(file) };
  }
  writeMark(join(folder, 'manifest.json'), { wheels: wheels.map((wheel) => wheel.sha256), files });
}

/**
 * A Python with pip, where there is no clone that has one.
 * @param {string} workplace
 */
async function temporaryPython(workplace) {
  const { program } = await findPython().catch((problem) => {
    const remedy =
      'Install it with its module venv (Debian and Ubuntu: sudo apt install python3-venv; macOS: brew install python), or name one, as in PYTHON=/path/to/python npx naive-diffusion setup.';
    throw new Problem('Python 3.10 or newer, which fetches the library, was not found.', remedy, problem.message);
  });
  const venv = join(workplace, 'python');
  const { code, output } = await command(program, ['-m', 'venv', venv], { env: pythonEnvironment() });
  if (code !== 0) throw explain('making a Python environment', output);
  return venvProgram('python', venv);
}

/** What set-ups that were killed have left behind. */
async function removeRemains() {
  for (const name of await readdir(cacheFolder()).catch(() => [])) {
    const [, owner] = /^tmp-(\d+@\d*)-/.exec(name) ?? [];
    if (owner && !isRunning(owner)) await rm(join(cacheFolder(), name), { recursive: true, force: true });
  }
}

/** @param {string} file */
export async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
