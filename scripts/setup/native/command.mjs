// @ts-check
// What `npm run native` and `npx naive-diffusion setup` have in common.
import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { oneAtMost } from '../options.mjs';
import { scratch } from '../paths.mjs';
import { report as makeReport } from '../report.mjs';
import { chooseFlavour } from './flavour.mjs';
import { installNative } from './install.mjs';

/** @typedef {{ gpu?: boolean, cpu?: boolean, auto?: boolean, verify?: boolean }} NativeOptions */

export const nativeOptions = /** @type {const} */ ({
  gpu: { type: 'boolean' },
  cpu: { type: 'boolean' },
  auto: { type: 'boolean' },
  verify: { type: 'boolean' },
});

/**
 * Sets native TensorFlow up, as the only set-up that runs here.
 * @param {NativeOptions} options
 * @param {(report: import('../report.mjs').Report) => Promise<void>} installPackages what it needs first
 */
export async function setUpNative(options, installPackages) {
  const choice = oneAtMost(options, ['gpu', 'cpu', 'auto']);
  const report = makeReport();
  await withLock(
    join(scratch, 'setup.lock'),
    async () => {
      await installPackages(report);
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
