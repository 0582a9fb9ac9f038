// @ts-check
// npm run native: builds the native TensorFlow backend, or whatever is missing of it.
import { installKernel } from '../../kernel/install.mjs';
import { nativeOptions, setUpNative } from '../native/command.mjs';
import { readOptions } from '../options.mjs';
import { venv } from '../paths.mjs';
import { npmStep, pythonStep } from '../set-up.mjs';

const help = `npm run native [-- OPTIONS]

Builds native TensorFlow: libraries from a pinned wheel, a binding compiled against them. npm start does it too.

  --gpu      for an NVIDIA GPU (CUDA 12), and keep to it in later set-ups
  --cpu      for the processor, and keep to it in later set-ups
  --auto     forget the choice: an NVIDIA GPU if its driver is there (the default)
  --verify   compare the sha256 of every cached file, not only its size
  --help     print this`;

/** @param {string[]} args */
export async function native(args) {
  const options = readOptions(args, help, nativeOptions)?.values;
  if (!options) return;
  await setUpNative(options, async (report) => {
    await npmStep(report);
    await pythonStep(report);
    installKernel(venv); // an environment that was made anew has none
  });
}
