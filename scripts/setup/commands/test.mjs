// @ts-check
// npm test: sets up whatever is missing, then checks everything. Every check runs, whatever the ones before it say.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withEnvironment } from '../../environment.mjs';
import { command } from '../command.mjs';
import { oneAtMost, readOptions } from '../options.mjs';
import { root, scratch } from '../paths.mjs';
import { describeProblem, Problem } from '../problem.mjs';
import { report as makeReport } from '../report.mjs';
import { setUp } from '../set-up.mjs';
import { TYPES_OF_PACKAGE } from './lint.mjs';
import { countTests, coverageByFolder, timesByFolder } from '../test-counts.mjs';

/** @typedef {{ passed: number, failed: number, output: string }} Verdict */

const help = `npm test [-- OPTIONS]

Sets up whatever is missing, then checks types, the types of all cells, style, what nothing uses, the package, what of it
is public, its size in browsers and its documentation, builds the site and looks at every chapter in it, and runs the unit tests and all notebooks (with
QUICK=1). Those that have changed since they last passed so run in two harder ways: every cell twice in a row; and
section by section, each after only what it names, with the dials turned. Each check has its time. The last line counts
unit tests and runs of notebooks; any other check that failed counts too.

  --no-notebooks     leave out the notebooks
  --only-notebooks   nothing but the notebooks
  --coverage         also say how much of the library the unit tests reach, which takes a fifth longer
  --sweeps           also try sweeps on Ray itself, with workers killed and machines lost: five to ten minutes more, and
                     80 MB to fetch the first time
  --pages            also run all chapters to their ends in their pages, in Chromium on WebAssembly with little work:
                     half an hour more
  --help             print this`;

/** @param {string[]} args */
export async function test(args) {
  const options = readOptions(args, help, {
    'no-notebooks': { type: 'boolean' },
    'only-notebooks': { type: 'boolean' },
    coverage: { type: 'boolean' },
    sweeps: { type: 'boolean' },
    pages: { type: 'boolean' },
  })?.values;
  if (!options) return;
  oneAtMost(options, ['no-notebooks', 'only-notebooks']);
  oneAtMost(options, ['pages', 'only-notebooks']); // the pages are of the site that the other checks build
  const report = makeReport();
  await setUp(report, { dev: true });

  /** @type {[string, () => Promise<Verdict>][]} */
  const checks = [
    ['types', () => check('node_modules/typescript-native/bin/tsc', '--noEmit')],
    ['types of the site', () => check('node_modules/vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'site')],
    ['types in browsers', () => check('node_modules/typescript-native/bin/tsc', '-p', 'lib/tsconfig.browser.json')],
    ['types of cells', () => check('scripts/check-cells.mjs')],
    ['style', () => check('node_modules/eslint/bin/eslint.js', '.')],
    ['format', () => check('node_modules/prettier/bin/prettier.cjs', '--check', '.')],
    ['what nothing uses', () => check('node_modules/knip/bin/knip.js')],
    ['package', () => check('node_modules/publint/src/cli.js', 'lib')],
    ['types of the package', () => check('node_modules/@arethetypeswrong/cli/dist/index.js', ...TYPES_OF_PACKAGE)],
    ['what is public', () => check('scripts/with-environment.mjs', 'tsx', 'scripts/api.ts', '--check')],
    ['size in browsers', () => check('node_modules/size-limit/bin.js')],
    ['documentation', () => check('node_modules/typedoc/bin/typedoc', '--emit', 'none')],
    ['site', () => check('scripts/with-environment.mjs', 'tsx', 'scripts/site.ts', '--check')],
    ['unit tests', () => unitTests(report, options.coverage ? ['--coverage'] : [])],
  ];
  if (options['only-notebooks']) checks.length = 0;
  if (options.sweeps) checks.push(['sweeps', () => unitTests(report, ['--config', 'vitest.sweeps.config.ts'])]);
  if (options.pages) checks.push(['chapters in pages', () => check('scripts/with-environment.mjs', ...inPages)]);
  if (!options['no-notebooks']) checks.push(['notebooks', () => notebooks(report)]);

  let passed = 0;
  let failed = 0;
  for (const [name, run] of checks) {
    const verdict = await report.step(
      name,
      () => run().catch(broken),
      describe,
      ({ failed: bad }) => bad === 0,
    );
    if (verdict.failed > 0 && verdict.output) report.note(verdict.output.trimEnd());
    passed += verdict.passed;
    failed += verdict.failed;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** What runs the chapters in the site, which another check has built. */
const inPages = ['tsx', 'scripts/site.ts', '--no-build', '--run', '--few', '--limit', '1800'];

/** Colours belong on a terminal alone. */
function checkEnvironment() {
  return {
    ...withEnvironment(),
    ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined }),
  };
}

/**
 * A check that is right or wrong as a whole; only its failure counts.
 * @param {string} script
 * @param {string[]} args
 * @returns {Promise<Verdict>}
 */
async function check(script, ...args) {
  const { code, output } = await command(process.execPath, [join(root, script), ...args], {
    cwd: root,
    env: checkEnvironment(),
  });
  return { passed: 0, failed: code === 0 ? 0 : 1, output };
}

/**
 * Adds a line for each folder of tests, with the time it took, and with `--coverage` one for each of the library.
 * @param {import('../report.mjs').Report} report
 * @param {string[]} options of vitest
 * @returns {Promise<Verdict>}
 */
async function unitTests(report, options) {
  const file = join(scratch, `unit-tests-${process.pid}.json`);
  mkdirSync(scratch, { recursive: true });
  const vitest = [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...options,
  ];
  const { code, output } = await command(process.execPath, vitest, { cwd: root, env: checkEnvironment() });
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    for (const line of timesByFolder(result, join(root, 'test'))) report.note(line);
    if (options.includes('--coverage')) {
      const summary = JSON.parse(readFileSync(join(root, 'coverage', 'coverage-summary.json'), 'utf8'));
      for (const line of coverageByFolder(summary, join(root, 'lib', 'src'))) report.note(line);
    }
    return {
      ...countTests(result, code),
      output: output.replace(/^JSON report written to .*$/m, ''),
    };
  } catch {
    return { passed: 0, failed: 1, output };
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * The lines, with what went wrong in a notebook, appear while it runs.
 * @param {import('../report.mjs').Report} report
 * @returns {Promise<Verdict>}
 */
async function notebooks(report) {
  const { atOnce, runNotebooks } = await import('../../run-notebooks.mjs');
  const { isGreen } = await import('../../notebooks/green.mjs');
  const { SHORT_WAYS } = await import('../../notebooks/ways.mjs');
  const { passed, failed } = await runNotebooks({
    quick: true,
    ways: (file) => (isGreen(file) ? ['in order'] : SHORT_WAYS),
    jobs: atOnce(),
    log: (line) => report.note(line.replace(/^/gm, '    ')),
  });
  if (passed + failed === 0)
    throw new Problem('There is no notebook in notebooks/.', 'Bring them back with `git checkout notebooks`.');
  return { passed, failed, output: '' };
}

/**
 * A check that could not even be made has failed.
 * @param {unknown} error
 * @returns {Verdict}
 */
function broken(error) {
  return { passed: 0, failed: 1, output: describeProblem(error) };
}

/** @param {Verdict} verdict */
function describe({ passed, failed }) {
  if (passed + failed === 0) return '';
  return failed === 0 ? `${passed} passed` : passed === 0 ? 'FAILED' : `${passed} passed, ${failed} FAILED`;
}
