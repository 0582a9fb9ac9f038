// @ts-check
// node scripts/run-notebooks.mjs [NOTEBOOK…] — runs notebooks headless
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rememberGreen, stateOf } from './notebooks/green.mjs';
import { cellsFor, EVERY_WAY, SHORT_WAYS } from './notebooks/ways.mjs';
import { main } from './setup/main.mjs';
import { oneAtMost, readOptions } from './setup/options.mjs';
import { Problem } from './setup/problem.mjs';

const root = path.resolve(import.meta.dirname, '..');

/**
 * @typedef {import('./notebooks/ways.mjs').Way} Way
 *
 * @typedef {object} NotebookResult
 * @property {string} file
 * @property {Way} way
 * @property {boolean} passed
 * @property {number} seconds
 * @property {string} [error] what went wrong, with the number and source of the cell
 * @property {[number, number][]} [times] of each cell that ran: its number among the code cells, and seconds
 */

/**
 * The chapters in their order.
 * @returns {string[]} absolute paths
 */
export function chapters() {
  const folder = path.join(root, 'notebooks');
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => path.join(folder, name));
}

/**
 * Runs notebooks, each in a fresh kernel, in its own folder, and without changing its file. Prints a line for each run.
 * Whatever keeps a notebook from running to its end is a failure, a kernel that does not start too. A chapter that
 * passed in the short ways is noted down (`isGreen`).
 * @param {object} [o]
 * @param {string[]} [o.files] default: all chapters
 * @param {(file: string) => readonly Way[]} [o.ways] in which each runs (default: once, in order)
 * @param {boolean} [o.quick] QUICK=1: small budgets (default true)
 * @param {number} [o.timeout] seconds that one cell may take (default 600)
 * @param {number} [o.jobs] how many run at the same time (default 1)
 * @param {string} [o.python] a Python with nbclient in whose environment the kernel is registered (default: the one in
 * .venv)
 * @param {(line: string) => void} [o.log]
 * @returns {Promise<{ passed: number, failed: number, results: NotebookResult[] }>}
 */
export async function runNotebooks({
  files = chapters(),
  ways = () => ['in order'],
  quick = true,
  timeout = 600,
  jobs = 1,
  python = path.join(root, '.venv', 'bin', 'python'),
  log = console.log,
} = {}) {
  const runs = files.map((file) => path.resolve(file)).flatMap((file) => ways(file).map((way) => ({ file, way })));
  const states = new Map(runs.map(({ file, way }) => [file, way === 'in order' ? '' : stateOf(file)]));
  /** @type {NotebookResult[]} */
  const results = [];
  const waiting = [...runs];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, way } = next;
      const result = await runNotebook(file, way, { quick, timeout, python });
      results.push(result);
      log(
        `${result.passed ? 'passed' : 'FAILED'}  ${path.basename(file)}  ${way === 'in order' ? '' : `${way}  `}${result.seconds.toFixed(1)} s${result.error ? `\n${result.error.replace(/^/gm, '    ')}` : ''}`,
      );
      const good = results.filter((each) => each.file === file && each.passed);
      if (result.passed && SHORT_WAYS.every((short) => good.some((each) => each.way === short)))
        rememberGreen(file, states.get(file) ?? '');
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const passed = results.filter((r) => r.passed).length;
  return { passed, failed: results.length - passed, results };
}

/**
 * @param {string} file
 * @param {Way} way
 * @param {{ quick: boolean, timeout: number, python: string }} o
 * @returns {Promise<NotebookResult>}
 */
async function runNotebook(file, way, { quick, timeout, python }) {
  const env = { ...process.env, QUICK: quick ? '1' : '' };
  const started = Date.now();
  const failure = (/** @type {string} */ error) => ({
    file,
    way,
    passed: false,
    seconds: (Date.now() - started) / 1000,
    error,
  });
  let cells = null;
  try {
    if (way !== 'in order') cells = cellsFor(file, way);
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
  const { output, trouble } = await collect(
    python,
    [path.join(root, 'scripts', 'run_notebook.py'), file, String(timeout)],
    env,
    JSON.stringify(cells),
  );
  try {
    const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    if (answer.error === null)
      return { file, way, passed: true, seconds: (Date.now() - started) / 1000, times: answer.times };
    const where = answer.cell ? `code cell ${answer.cell}:\n${answer.source.replace(/^/gm, '  | ')}\n` : '';
    return failure(where + answer.error);
  } catch {
    return failure(`the notebook runner ended without a result: ${trouble.trim() || output.trim()}`);
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} input
 * @returns {Promise<{ output: string, trouble: string }>}
 */
function collect(command, args, env, input) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => {}); // it ended before it read
    child.stdin.end(input);
    let output = '';
    let trouble = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      trouble += chunk;
    });
    child.on('error', (error) => resolve({ output: '', trouble: `${error.message}. Remedy: npm start sets up .venv` }));
    child.on('close', () => resolve({ output, trouble: trouble.slice(-4000) }));
  });
}

const help = `node scripts/run-notebooks.mjs [OPTIONS] [NOTEBOOK…]

Runs notebooks headless, each in a fresh kernel and in its own folder, all chapters by default, and says which of them
ran to their ends. Their files stay as they are: no output is kept.

  --full             with full budgets (otherwise QUICK=1: small ones)
  --every-way        three runs of each instead of one: every cell twice in a row; each section after the cells that
                     the chapter names for a restart, with dials at the first of the values in notebooks/dials; and in
                     order with the second
  --way WAY          one of them: 'every cell twice', 'sections on their own', 'dials turned'
  --times            also print the five cells that took longest
  --jobs N           how many run at the same time (otherwise 1)
  --timeout N        seconds that one cell may take (otherwise 600)
  --python PATH      another Python with nbclient, in whose environment the kernel is registered
  --help             print this`;

/** How many notebooks the processor runs at a time without slowing each of them down by much. */
export const atOnce = () => Math.max(1, Math.min(2, availableParallelism()));

/** @param {string[]} args */
async function runAsCommand(args) {
  const options = readOptions(
    args,
    help,
    {
      full: { type: 'boolean' },
      'every-way': { type: 'boolean' },
      way: { type: 'string' },
      times: { type: 'boolean' },
      jobs: { type: 'string' },
      timeout: { type: 'string' },
      python: { type: 'string' },
    },
    true,
  );
  if (!options) return;
  const { full, 'every-way': everyWay, way, times, jobs, timeout, python } = options.values;
  oneAtMost(options.values, ['every-way', 'way']);
  for (const [name, value] of Object.entries({ timeout, jobs }))
    if (value !== undefined && !/^[1-9]\d*$/.test(value))
      throw new Problem(`--${name} must be a whole number above 0, got ${value}.`, `\n${help}`, '', 2);
  const chosen = EVERY_WAY.filter((each) => everyWay || each === way);
  if (way && !chosen.length) throw new Problem(`There is no way '${way}'.`, `\n${help}`, '', 2);
  for (const file of options.positionals)
    if (!fs.existsSync(file)) throw new Problem(`The notebook ${file} is not there.`, 'Give its path.', '', 2);
  const { passed, failed, results } = await runNotebooks({
    ...(options.positionals.length && { files: options.positionals }),
    ...(chosen.length && { ways: () => chosen }),
    ...(timeout && { timeout: Number(timeout) }),
    ...(jobs && { jobs: Number(jobs) }),
    ...(python && { python: path.resolve(python) }),
    quick: !full,
  });
  if (times) for (const result of results) console.log(slowest(result));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed || !passed ? 1 : 0;
}

/** @param {NotebookResult} result */
function slowest({ file, way, times = [] }) {
  const longest = [...times].sort((a, b) => b[1] - a[1]).slice(0, 5);
  return `${path.basename(file)}, ${way}: ${longest.map(([cell, s]) => `cell ${cell} ${s.toFixed(1)} s`).join(', ')}`;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(() => runAsCommand(process.argv.slice(2)));
