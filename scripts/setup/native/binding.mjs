// @ts-check
// The binding between Node and libtensorflow, compiled from the C++ sources in the npm package.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { allEnds } from '../all-ends.mjs';
import { command } from '../command.mjs';
import { hashFiles, readMark, writeMark } from '../marks.mjs';
import { hasDevPackages } from '../packages.mjs';
import { cacheFolder, ownOperations, project, root, tensorflowPackage } from '../paths.mjs';
import { explain, Problem } from '../problem.mjs';
import { processName } from '../processes.mjs';
import { librariesFolder, sha256Of } from './libraries.mjs';
import { longestVector } from './vectors.mjs';

/** The headers of Node's binary interface. */
const headers = join(project, 'node_modules', 'node-api-headers');

/** Where the package looks for its binding. */
export const bindingFile = join(tensorflowPackage, 'lib', 'napi-v8', 'tfjs_binding.node');

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
 * Whether a compiled binding is as it was recorded when it was made. One that an earlier version has made has no
 * record: it counts unless it is to be verified.
 * @param {string} file
 * @param {boolean} verify compare its sha256, not only its size
 */
export async function isWhole(file, verify) {
  const record = readMark(recordOf(file));
  const info = statSync(file, { throwIfNoEntry: false });
  if (!record) return info !== undefined && !verify;
  if (info?.size !== record.bytes) return false;
  return !verify || (await sha256Of(file)) === record.sha256;
}

/**
 * Records what a binding is when it is whole.
 * @param {string} file
 * @param {string} [made] the file to look at, if it does not yet lie in its place
 */
export async function recordBinding(file, made = file) {
  writeMark(recordOf(file), { bytes: statSync(made).size, sha256: await sha256Of(made) });
}

/** @param {string} file */
function recordOf(file) {
  return `${file}.json`;
}

/**
 * Compiles the binding for one flavour, unless the cache has it whole.
 * @param {import('./wheels.mjs').Flavour} flavour
 * @param {() => Promise<string[]>} compiler asked for only if something is to be compiled
 * @param {{ verify?: boolean, note?: (text: string) => void }} [options] verify: compare its sha256, not only its size
 * @returns {Promise<string>} the file in the cache
 */
export async function ensureBinding(flavour, compiler, { verify = false, note = () => {} } = {}) {
  const file = cachedBinding(flavour);
  if (await isWhole(file, verify)) return file;
  if (existsSync(file)) note('  The binding in the cache is damaged, or without a record: it is compiled again.');
  const [program, ...args] = await compiler();
  await mkdir(join(cacheFolder(), 'bindings'), { recursive: true });
  const workplace = await mkdtemp(join(cacheFolder(), `tmp-${processName(process.pid)}-`));
  try {
    const output = join(workplace, 'tfjs_binding.node');
    await compile(flags(flavour), [program, ...args], workplace, output);
    await recordBinding(file, output);
    await rename(output, file);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
  return file;
}

/**
 * Compiles a binding in a folder of its own, as many files at a time as there are processors.
 * @param {ReturnType<typeof flags>} flags
 * @param {string[]} compiler
 * @param {string} workplace
 * @param {string} output
 */
async function compile({ own, theirs, link }, [program, ...args], workplace, output) {
  const header = join(workplace, 'precompiled.h');
  await writeFile(header, `#include "${join(ownOperations, 'precompiled.h')}"\n`);
  const runAll = async (/** @type {string[][]} */ steps) => {
    const takeSteps = async () => {
      for (let step = steps.shift(); step; step = steps.shift()) {
        const { code, output } = await command(program, [...args, ...step], { cwd: workplace });
        if (code === 0) continue;
        steps.length = 0; // one error will do
        throw explain('compiling the TensorFlow binding', output);
      }
    };
    await allEnds(Array.from({ length: availableParallelism() }, takeSteps));
  };
  await runAll([
    [...own, '-x', 'c++-header', header, '-o', `${header}.gch`], // saves a quarter of the time
    ...theirSources.map((name) => [...theirs, join(tensorflowPackage, 'binding', `${name}.cc`)]),
  ]);
  await runAll(ownSources.map((name) => [...own, '-include', header, join(ownOperations, `${name}.cc`)]));
  await runAll([[...[...ownSources, ...theirSources].map((name) => `${name}.o`), ...link, '-o', output]]);
  await chmod(output, 0o755);
}

/** What it uses of the C++ library becomes part of it, and no more of that; an older one on the system will do. */
const selfContained = ['-static-libstdc++', '-static-libgcc', '-s', '-Wl,--exclude-libs,ALL', '-Wl,--gc-sections'];

/**
 * Compiles a binding that runs wherever the libraries lie in a folder `tensorflow` beside it, and that brings what it
 * needs of the C++ library. The libraries must be in the cache.
 * @param {string[]} compiler
 * @param {string} output
 */
export async function compileMovable(compiler, output) {
  const workplace = await mkdtemp(join(cacheFolder(), `tmp-${processName(process.pid)}-`));
  try {
    const mac = process.platform === 'darwin';
    const all = flags('cpu', [], `${mac ? '@loader_path' : '$ORIGIN'}/tensorflow`);
    const link = [...all.link, ...(mac ? [] : selfContained)];
    await compile({ ...all, link }, compiler, workplace, output);
  } finally {
    await rm(workplace, { recursive: true, force: true });
  }
}

/** What the binding is made from. */
const sources = [join(tensorflowPackage, 'binding'), ownOperations, join(headers, 'package.json')];

/**
 * Named after everything that it is made from: other sources, other flags or another place of the libraries make
 * another file.
 * @param {import('./wheels.mjs').Flavour} flavour
 */
export function cachedBinding(flavour) {
  const name = createHash('sha256')
    .update(
      [
        hashFiles(root, sources),
        process.platform,
        process.arch,
        ...Object.values(flags(flavour))
          .flat()
          .map((flag) => flag.replace(root, '').replace(project, '')),
      ].join('\n'),
    )
    .digest('hex');
  return join(cacheFolder(), 'bindings', `${name.slice(0, 20)}.node`);
}

/** The files of our own operations; what takes longest comes first. */
const ownSources = [
  'convolution',
  'stride_two',
  'attention',
  'tokens',
  'group_norm',
  'small',
  'matrices',
  'order',
  'finish',
  'workers',
  'adam',
  'session',
  'signals',
  'listen',
];

/** The files of the npm package. */
const theirSources = ['tfjs_backend', 'tfjs_binding'];

/**
 * How our own operations are compiled, wherever that is done.
 * @param {import('./wheels.mjs').Flavour} flavour
 */
export function ownFlags(flavour) {
  return [
    '-std=c++17',
    '-Wall',
    '-Wextra',
    '-Wno-psabi', // how vectors are passed between functions: those that do so are inlined
    '-isystem', // TensorFlow's own headers are not ours to mend
    join(librariesFolder(flavour), 'tensorflow', 'include'),
  ];
}

/**
 * For which processors our own operations are compiled: for this one alone, in half the time, unless other machines
 * will run them (`NAIVE_DIFFUSION_PROCESSORS=all`), or somebody works on the project itself, whose tests try all.
 */
function processors() {
  const all = process.env.NAIVE_DIFFUSION_PROCESSORS === 'all' || hasDevPackages();
  const longest = all ? undefined : longestVector();
  return longest === undefined ? [] : [`-DNAIVE_DIFFUSION_ONLY=${longest}`];
}

/**
 * How each file becomes an object file in the current folder, and what links them.
 * @param {import('./wheels.mjs').Flavour} flavour
 * @param {string[]} [kinds] of processors, by default those that are to run it here
 * @param {string} [found] where the libraries are found when it runs
 */
function flags(flavour, kinds = processors(), found = join(librariesFolder(flavour), 'tensorflow')) {
  const tensorflow = join(librariesFolder(flavour), 'tensorflow');
  const mac = process.platform === 'darwin';
  const code = ['-c', '-O3', '-fno-trapping-math', '-fPIC'];
  return {
    own: [...code, ...ownFlags(flavour), ...kinds],
    theirs: [
      ...code,
      '-std=c++17',
      '-w', // the package's sources are not ours to mend
      '-DNAPI_VERSION=8',
      '-DBUILDING_NODE_EXTENSION',
      '-DNODE_GYP_MODULE_NAME=tfjs_binding',
      '-DTF_NewSessionOptions=naive_diffusion_NewSessionOptions', // lib/native/session.cc
      '-DTFE_NewContext=naive_diffusion_NewContext', // lib/native/workers.cc
      `-I${join(headers, 'include')}`,
      `-I${join(tensorflow, 'include')}`,
    ],
    link: [
      ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
      ...['cc', 'framework'].map((name) =>
        join(tensorflow, mac ? `libtensorflow_${name}.2.dylib` : `libtensorflow_${name}.so.2`),
      ),
      '-Xlinker',
      '-rpath',
      '-Xlinker',
      found,
    ],
  };
}
