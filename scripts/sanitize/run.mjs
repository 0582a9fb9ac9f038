// @ts-check
// node scripts/sanitize/run.mjs [address | thread] [rounds]: builds the operations in C++ (lib/native) with a
// sanitizer, and with warnings as errors, and runs them without TensorFlow and without Node, on random shapes and with
// allocations that fail. `CXX` names another compiler.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../setup/command.mjs';
import { findCompiler, ownFlags } from '../setup/native/binding.mjs';
import { librariesFolder } from '../setup/native/libraries.mjs';
import { root } from '../setup/paths.mjs';

class Failure extends Error {}

const sanitizers = {
  address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  thread: ['-fsanitize=thread'],
};

const [which = 'address', rounds = '250'] = process.argv.slice(2);
if (which !== 'address' && which !== 'thread') fail(`The sanitizer must be address or thread, got ${which}.`);
if (!/^[1-9]\d*$/.test(rounds)) fail(`The rounds must be a whole number of at least 1, got ${rounds}.`);
if (!existsSync(librariesFolder('cpu'))) fail("TensorFlow's headers are not there: npm run native");

const folder = await mkdtemp(join(tmpdir(), 'naive-diffusion-'));
try {
  const [program, ...first] = await findCompiler();
  const sources = [
    ...['operations', 'tensorflow'].map((name) => join(root, 'scripts', 'sanitize', `${name}.cc`)),
    ...['convolution', 'finish', 'group_norm', 'small'].map((name) => join(root, 'lib', 'native', `${name}.cc`)),
  ];
  const flags = [...ownFlags('cpu'), '-Werror', '-O1', '-g', '-fno-omit-frame-pointer', ...sanitizers[which]];
  const built = await command(program, [...first, ...flags, ...sources, '-pthread', '-o', join(folder, 'operations')]);
  if (built.code !== 0) throw new Failure(built.output);
  for (const vectors of ['16', '8', '4']) {
    const env = { ...process.env, NAIVE_DIFFUSION_VECTORS: vectors, TF_NUM_INTRAOP_THREADS: '3' };
    const { code, output } = await command(join(folder, 'operations'), [rounds], { env });
    if (code !== 0) throw new Failure(`With vectors of ${vectors} numbers:\n${output}`);
    console.log(`vectors of up to ${vectors} numbers: ${output.trim()}`);
  }
} catch (error) {
  console.error(error instanceof Failure ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
