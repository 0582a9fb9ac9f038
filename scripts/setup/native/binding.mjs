// @ts-check
// The binding between Node and libtensorflow, compiled from the C++ sources in the npm package.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../command.mjs';
import { hashFiles } from '../marks.mjs';
import { cacheFolder, root } from '../paths.mjs';
import { explain, Problem } from '../problem.mjs';
import { processName } from '../processes.mjs';
import { librariesFolder } from './libraries.mjs';

/** Operations of this project's own, in C++ on TensorFlow's C interface, which become part of the binding. */
const ownOperations = join(root, 'lib', 'native');

const packageFolder = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');

/** Where the package looks for its binding. */
export const bindingFile = join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');

/**
 * The compiler to use: `CXX`, else the system's.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string[]>} the program and its first arguments
 */
export async function findCompiler(env = process.env) {
  const named = env.CXX?.trim().split(/\s+/);
  const candidates = named?.[0] ? [named] : [['c++'], ['g++'], ['clang++']];
  for (const [program, ...args] of candidates) {
    if ((await command(program, [...args, '--version'], { env })).code === 0) return [program, ...args];
  }
  throw new Problem(
    named?.[0] ? `CXX=${env.CXX} does not run.` : 'No C++ compiler was found, so native TensorFlow cannot be built.',
    'Install one (Debian and Ubuntu: sudo apt install g++; Fedora: sudo dnf install gcc-c++; macOS: xcode-select --install), and run the same command again.',
  );
}

/**
 * Compiles the binding for one flavour, unless the cache has it.
 * @param {import('./wheels.mjs').Flavour} flavour
 * @param {() => Promise<string[]>} compiler asked for only if something is to be compiled
 * @returns {Promise<string>} the file in the cache
 */
export async function ensureBinding(flavour, compiler) {
  const file = cachedBinding(flavour);
  if (existsSync(file)) return file;
  const [program, ...args] = await compiler();
  await mkdir(join(cacheFolder(), 'bindings'), { recursive: true });
  const workplace = await mkdtemp(join(cacheFolder(), `tmp-${processName(process.pid)}-`));
  try {
    const output = join(workplace, 'tfjs_binding.node');
    const compiled = await command(program, [...args, ...flags(flavour), '-o', output]);
    if (compiled.code !== 0) throw explain('compiling the TensorFlow binding', compiled.output);
    await chmod(output, 0o755);
    await rename(output, file);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
  return file;
}

/**
 * Named after everything that it is made from: other sources, other flags or another place of the libraries make
 * another file.
 * @param {import('./wheels.mjs').Flavour} flavour
 */
export function cachedBinding(flavour) {
  const sources = hashFiles(root, [
    join(packageFolder, 'binding'),
    ownOperations,
    join(root, 'node_modules', 'node-api-headers', 'package.json'),
  ]);
  const name = createHash('sha256')
    .update(
      [sources, process.platform, process.arch, ...flags(flavour).map((flag) => flag.replace(root, ''))].join('\n'),
    )
    .digest('hex');
  return join(cacheFolder(), 'bindings', `${name.slice(0, 20)}.node`);
}

/** @param {import('./wheels.mjs').Flavour} flavour */
function flags(flavour) {
  const tensorflow = join(librariesFolder(flavour), 'tensorflow');
  const mac = process.platform === 'darwin';
  return [
    '-O3',
    '-fno-trapping-math',
    '-std=c++17',
    '-fPIC',
    '-w',
    ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
    '-DNAPI_VERSION=8',
    '-DBUILDING_NODE_EXTENSION',
    '-DNODE_GYP_MODULE_NAME=tfjs_binding',
    `-I${join(root, 'node_modules', 'node-api-headers', 'include')}`,
    `-I${join(tensorflow, 'include')}`,
    join(packageFolder, 'binding', 'tfjs_backend.cc'),
    join(packageFolder, 'binding', 'tfjs_binding.cc'),
    ...['convolution', 'finish', 'group_norm', 'small'].map((name) => join(ownOperations, `${name}.cc`)),
    ...['cc', 'framework'].map((name) =>
      join(tensorflow, mac ? `libtensorflow_${name}.2.dylib` : `libtensorflow_${name}.so.2`),
    ),
    '-Xlinker',
    '-rpath',
    '-Xlinker',
    tensorflow,
  ];
}
