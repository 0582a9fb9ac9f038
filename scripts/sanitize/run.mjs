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
import { main } from '../setup/main.mjs';
import { readOptions } from '../setup/options.mjs';
import { root } from '../setup/paths.mjs';
import { Problem } from '../setup/problem.mjs';

const sanitizers = {
  address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  thread: ['-fsanitize=thread'],
};

const help = `node scripts/sanitize/run.mjs [--help] [address | thread] [ROUNDS]

Builds the operations in C++ with a sanitizer (address by default), and runs them on random shapes, 250 rounds by
default, with vectors of each size. CXX names another compiler.`;

await main(() => sanitize(process.argv.slice(2)));

/** @param {string[]} args */
async function sanitize(args) {
  const given = readOptions(args, help, {}, true)?.positionals;
  if (!given) return;
  const [which = 'address', rounds = '250'] = given;
  if (which !== 'address' && which !== 'thread')
    throw new Problem(`The sanitizer must be address or thread, got ${which}.`, `\n${help}`, '', 2);
  if (!/^[1-9]\d*$/.test(rounds))
    throw new Problem(`The rounds must be a whole number of at least 1, got ${rounds}.`, `\n${help}`, '', 2);
  if (!existsSync(librariesFolder('cpu'))) throw new Problem("TensorFlow's headers are not there.", 'npm run native');

  const folder = await mkdtemp(join(tmpdir(), 'naive-diffusion-'));
  try {
    const [program, ...first] = await findCompiler();
    const sources = [
      ...['operations', 'tensorflow'].map((name) => join(root, 'scripts', 'sanitize', `${name}.cc`)),
      ...[
        'adam',
        'attention',
        'convolution',
        'finish',
        'group_norm',
        'matrices',
        'order',
        'small',
        'stride_two',
        'tokens',
      ].map((name) => join(root, 'lib', 'native', `${name}.cc`)),
    ];
    const flags = [...ownFlags('cpu'), '-Werror', '-O1', '-g', '-fno-omit-frame-pointer', ...sanitizers[which]];
    const made = join(folder, 'operations');
    const built = await command(program, [...first, ...flags, ...sources, '-pthread', '-o', made]);
    if (built.code !== 0) throw new Problem('The operations do not compile.', 'The compiler says why.', built.output);
    for (const vectors of ['16', '8', '4']) {
      const env = { ...process.env, NAIVE_DIFFUSION_VECTORS: vectors, TF_NUM_INTRAOP_THREADS: '3' };
      const { code, output } = await command(made, [rounds], { env });
      if (code !== 0)
        throw new Problem(`With vectors of ${vectors} numbers something is wrong.`, 'It stands above.', output);
      console.log(`vectors of up to ${vectors} numbers: ${output.trim()}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
