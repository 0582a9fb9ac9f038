// @ts-check
// node scripts/run-notebooks.mjs [NOTEBOOK…] — runs notebooks headless
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './setup/main.mjs';
import { readOptions } from './setup/options.mjs';
import { Problem } from './setup/problem.mjs';

const root = path.resolve(import.meta.dirname, '..');

/**
 * @typedef {object} NotebookResult
 * @property {string} file
 * @property {boolean} passed
 * @property {number} seconds
 * @property {string} [error] what went wrong, with the number and source of the cell
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
 * Runs notebooks one after the other, each in a fresh kernel, in its own folder, and without changing its file.
 * Prints a line for each. Whatever keeps a notebook from running to its end is a failure, a kernel that does not start
 * too.
 * @param {object} [o]
 * @param {string[]} [o.files] default: all chapters
 * @param {boolean} [o.quick] QUICK=1: small budgets (default true)
 * @param {number} [o.timeout] seconds that one cell may take (default 600)
 * @param {string} [o.python] a Python with nbclient in whose environment the kernel is registered (default: the one in
 * .venv)
 * @param {(line: string) => void} [o.log]
 * @returns {Promise<{ passed: number, failed: number, results: NotebookResult[] }>}
 */
export async function runNotebooks({
  files = chapters(),
  quick = true,
  timeout = 600,
  python = path.join(root, '.venv', 'bin', 'python'),
  log = console.log,
} = {}) {
  const results = [];
  for (const file of files) {
    const result = await runNotebook(path.resolve(file), { quick, timeout, python });
    results.push(result);
    log(
      `${result.passed ? 'passed' : 'FAILED'}  ${path.basename(file)}  ${result.seconds.toFixed(1)} s${result.error ? `\n${result.error.replace(/^/gm, '    ')}` : ''}`,
    );
  }
  const passed = results.filter((r) => r.passed).length;
  return { passed, failed: results.length - passed, results };
}

/**
 * @param {string} file
 * @param {{ quick: boolean, timeout: number, python: string }} o
 * @returns {Promise<NotebookResult>}
 */
async function runNotebook(file, { quick, timeout, python }) {
  const env = { ...process.env, QUICK: quick ? '1' : '' };
  const started = Date.now();
  const { output, trouble } = await collect(
    python,
    [path.join(root, 'scripts', 'run_notebook.py'), file, String(timeout)],
    env,
  );
  const seconds = (Date.now() - started) / 1000;
  try {
    const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    if (answer.error === null) return { file, passed: true, seconds };
    const where = answer.cell ? `code cell ${answer.cell}:\n${answer.source.replace(/^/gm, '  | ')}\n` : '';
    return { file, passed: false, seconds, error: where + answer.error };
  } catch {
    return {
      file,
      passed: false,
      seconds,
      error: `the notebook runner ended without a result: ${trouble.trim() || output.trim()}`,
    };
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ output: string, trouble: string }>}
 */
function collect(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  --timeout N        seconds that one cell may take (otherwise 600)
  --python PATH      another Python with nbclient, in whose environment the kernel is registered
  --help             print this`;

/** @param {string[]} args */
async function runAsCommand(args) {
  const options = readOptions(
    args,
    help,
    { full: { type: 'boolean' }, timeout: { type: 'string' }, python: { type: 'string' } },
    true,
  );
  if (!options) return;
  const { full, timeout, python } = options.values;
  if (timeout !== undefined && !/^[1-9]\d*$/.test(timeout))
    throw new Problem(`--timeout must be a whole number of seconds, got ${timeout}.`, `\n${help}`, '', 2);
  for (const file of options.positionals)
    if (!fs.existsSync(file)) throw new Problem(`The notebook ${file} is not there.`, 'Give its path.', '', 2);
  const { passed, failed } = await runNotebooks({
    ...(options.positionals.length && { files: options.positionals }),
    ...(timeout && { timeout: Number(timeout) }),
    ...(python && { python: path.resolve(python) }),
    quick: !full,
  });
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed || !passed ? 1 : 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(() => runAsCommand(process.argv.slice(2)));
