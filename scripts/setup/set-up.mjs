// @ts-check
// All of set-up: side by side what does not need each other; whatever is done already is skipped without a word.
import { join } from 'node:path';
import { installKernel } from '../kernel/install.mjs';
import { allEnds } from './all-ends.mjs';
import { checkData } from './data.mjs';
import { buildLibrary } from './library.mjs';
import { withLock } from './lock.mjs';
import { fetchAhead, installNative } from './native/install.mjs';
import { checkNode } from './node-version.mjs';
import { installPackages } from './packages.mjs';
import { scratch, venv } from './paths.mjs';
import { explain, Problem } from './problem.mjs';
import { installPythonPackages } from './python-packages.mjs';
import { findPython } from './python.mjs';

/**
 * @param {import('./report.mjs').Report} report
 * @param {{ dev?: boolean }} [options] dev: also the packages that only work on the project needs
 */
export async function setUp(report, options = {}) {
  checkNode();
  const start = Date.now();
  await tryTo('setting up', () =>
    withLock(
      join(scratch, 'setup.lock'),
      () => allSteps(report, options),
      (holder) => report.note(`Waiting for another set-up (process ${holder}) to end …`),
    ),
  );
  report.note(`Set-up is complete (${((Date.now() - start) / 1000).toFixed(1)} s).`);
}

/**
 * @param {import('./report.mjs').Report} report
 * @param {{ dev?: boolean }} options
 */
async function allSteps(report, options) {
  await findPython(); // a missing Python is better known before the downloads than after them
  const packages = npmStep(report, options);
  const native = allEnds([packages, pythonAndLibraries(report)]).then(() => nativeOrNot(report));
  await allEnds([native, packages.then(() => library(report))]);
  await report.step(
    'data',
    () => checkData(),
    () => undefined,
  );
}

/**
 * @param {import('./report.mjs').Report} report
 * @param {{ dev?: boolean }} [options]
 */
export async function npmStep(report, options = {}) {
  await report.step(
    'npm packages',
    () => installPackages(options),
    (fresh) => (fresh ? '' : undefined),
  );
}

/** @param {import('./report.mjs').Report} report */
export async function pythonStep(report) {
  await report.step(
    'Python environment',
    () => installPythonPackages(),
    (version) => version && `JupyterLab, on Python ${version}`,
  );
}

/**
 * The library of TensorFlow is fetched by the pip of the environment.
 * @param {import('./report.mjs').Report} report
 */
async function pythonAndLibraries(report) {
  await pythonStep(report);
  await report.step(
    'TypeScript kernel',
    () => installKernel(venv),
    (fresh) => (fresh ? 'registered in .venv' : undefined),
  );
  await report.step(
    'library of TensorFlow',
    () => fetchAhead(),
    (bytes) => (bytes ? `${Math.round(bytes / 1e6)} MB downloaded` : undefined),
  );
}

/** @param {import('./report.mjs').Report} report */
async function library(report) {
  await report.step('library', buildLibrary, (fresh) => (fresh ? '' : undefined));
}

/**
 * Without TensorFlow itself everything still runs, only slower.
 * @param {import('./report.mjs').Report} report
 */
async function nativeOrNot(report) {
  try {
    await report.step(
      'native TensorFlow',
      () => installNative({ note: report.note }),
      (result) => (result.fresh ? result.description : undefined),
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const details = error.details.trim();
    report.note(`${details ? `${details}\n` : ''}  ${error.message}\n  ${error.remedy}`);
    report.note(
      '  Until then the WebAssembly backend is used: about 30 times slower, so chapters run with QUICK budgets.',
    );
  }
}

/**
 * @template T
 * @param {string} doing
 * @param {() => Promise<T>} work
 */
async function tryTo(doing, work) {
  try {
    return await work();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error)?.code) throw explain(doing, error);
    throw error;
  }
}
