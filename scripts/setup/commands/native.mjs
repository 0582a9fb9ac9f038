// @ts-check
// npm run native: builds the native TensorFlow backend, or whatever is missing of it.
import { join } from 'node:path';
import { installKernel } from '../../kernel/install.mjs';
import { withLock } from '../lock.mjs';
import { oneAtMost, readOptions } from '../options.mjs';
import { chooseFlavour } from '../native/flavour.mjs';
import { installNative } from '../native/install.mjs';
import { installPackages } from '../packages.mjs';
import { scratch, venv } from '../paths.mjs';
import { installPythonPackages } from '../python-packages.mjs';
import { report as makeReport } from '../report.mjs';

const help = `npm run native [-- OPTIONS]

Builds native TensorFlow: libraries from a pinned wheel, a binding compiled against them. npm start does it too.

  --gpu      for an NVIDIA GPU (CUDA 12), and keep to it in later set-ups
  --cpu      for the processor, and keep to it in later set-ups
  --auto     forget the choice: an NVIDIA GPU if its driver is there (the default)
  --verify   compare the sha256 of every cached file, not only its size
  --help     print this`;

/** @param {string[]} args */
export async function native(args) {
  const options = readOptions(args, help, {
    gpu: { type: 'boolean' },
    cpu: { type: 'boolean' },
    auto: { type: 'boolean' },
    verify: { type: 'boolean' },
  })?.values;
  if (!options) return;
  const choice = oneAtMost(options, ['gpu', 'cpu', 'auto']);

  const report = makeReport();
  await withLock(
    join(scratch, 'setup.lock'),
    async () => {
      await report.step('npm packages', installPackages, (fresh) => (fresh ? '' : undefined));
      await report.step(
        'Python environment',
        () => installPythonPackages(),
        (version) => version && `JupyterLab, on Python ${version}`,
      );
      installKernel(venv); // an environment that was made anew has none
      if (choice) chooseFlavour(choice === 'auto' ? undefined : choice);
      await report.step(
        'native TensorFlow',
        () => installNative({ verify: options.verify, note: report.note }),
        (result) => result.description,
      );
    },
    (holder) => report.note(`Waiting for another set-up (process ${holder}) to end …`),
  );
}
