// @ts-check
// npx naive-diffusion setup: native TensorFlow for a project that has installed the library.
import { main } from '../main.mjs';
import { nativeOptions, setUpNative } from '../native/command.mjs';
import { checkProject, installPackages } from '../native/project.mjs';
import { readOptions } from '../options.mjs';
import { Problem } from '../problem.mjs';

const help = `npx naive-diffusion setup [OPTIONS]

Native TensorFlow for the project in whose folder you are, some 30 times as fast as WebAssembly: fetches its library from
a pinned Python wheel into a cache that all projects share, and puts the binding into node_modules. Needs Python 3.10 or
newer for the download, and a C++ compiler where no compiled binding fits. npm ci removes what it has put there, and the
choice between --gpu and --cpu with it: run the same command after it.

  --gpu      for an NVIDIA GPU (CUDA 12), and keep to it until node_modules is made anew
  --cpu      for the processor, and keep to it until node_modules is made anew
  --auto     forget the choice: an NVIDIA GPU if its driver is there (the default)
  --verify   compare the sha256 of every cached file, not only its size
  --help     print this`;

/** @param {string[]} args */
async function setup(args) {
  const read = readOptions(args, help, nativeOptions, true);
  if (!read) return;
  const { values, positionals } = read;
  if (positionals.join(' ') !== 'setup')
    throw new Problem(`Expected 'setup', got '${positionals.join(' ')}'.`, `\n${help}`, '', 2);
  checkProject();
  await setUpNative(values, async (report) => {
    await report.step(
      'npm packages',
      () => installPackages(report.note),
      (names) => names.join(', '),
    );
  });
}

await main(() => setup(process.argv.slice(2)));
