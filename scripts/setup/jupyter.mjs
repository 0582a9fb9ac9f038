// @ts-check
// JupyterLab from the .venv, with no other configuration than this repository's.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withEnvironment } from '../environment.mjs';
import { scratch, venvProgram } from './paths.mjs';
import { Problem } from './problem.mjs';
import { pythonEnvironment } from './python.mjs';

/** The port if none is asked for; when it is taken, one of the next. */
const FIRST_PORT = 8888;

/**
 * @typedef {object} JupyterOptions
 * @property {string} folder what it opens
 * @property {number} [port] this one and no other
 * @property {boolean} browser whether to open a browser
 * @property {(text: string) => void} note
 */

/**
 * Runs JupyterLab until it ends, or until this process is told to end: then it is ended too, with its kernels.
 * @param {JupyterOptions} options
 * @returns {Promise<number>} its exit status
 */
export async function runJupyter({ folder, port, browser, note }) {
  const chosen = port ?? (await firstFreePort(FIRST_PORT));
  await checkPort(chosen);
  const token = randomBytes(24).toString('hex');
  const start = Date.now();
  // In a process group of its own, so that Ctrl-C reaches it once, from here, and without its question.
  const child = spawn(venvProgram('python'), jupyterArguments({ folder, port: chosen, browser }), {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: folder,
    env: { ...jupyterEnvironment(folder), JUPYTER_TOKEN: token },
  });
  /** @type {Promise<number>} */
  const ended = new Promise((done, fail) => {
    child.on('exit', (code, signal) => done(code ?? (signal === 'SIGTERM' ? 0 : 1)));
    child.on('error', fail);
  });
  const stopping = passOnSignals(child);
  if (await isServing(chosen, token, ended)) {
    keepPrivate(jupyterFolder); // Jupyter has written files of its own by now
    note(`JupyterLab is ready (${((Date.now() - start) / 1000).toFixed(1)} s); Ctrl-C ends it:`);
    note(`  http://localhost:${chosen}/lab?token=${token}`);
  }
  const code = await ended;
  return stopping() ? 0 : code;
}

/**
 * @param {{ folder: string, port: number, browser: boolean }} options
 */
export function jupyterArguments({ folder, port, browser }) {
  return [
    '-m',
    'jupyterlab',
    '--ServerApp.ip=localhost',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${folder}`,
    '--LabApp.news_url=None',
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    '--LabApp.extension_manager=readonly',
    '--LanguageServerManager.autodetect=False',
    '--Application.log_level=WARN',
    '--MultiKernelManager.default_kernel_name=tslab',
    ...(browser ? [] : ['--no-browser']),
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []), // in a container, where there is nobody else
  ];
}

const jupyterFolder = join(scratch, 'jupyter');

/**
 * Everything of the user's that Jupyter reads and writes lies in .venv and .cache, and nothing in the home folder.
 * Nobody else on this computer may read it: whoever has a server's token can run programs as its owner.
 * @param {string} folder what is opened; two servers on different folders remember different tabs
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [place] where it lies
 * @returns {NodeJS.ProcessEnv}
 */
export function jupyterEnvironment(folder, env = process.env, place = jupyterFolder) {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(JUPYTER|JUPYTERLAB|IPYTHON)/.test(name)));
  const made = (/** @type {string[]} */ ...names) => {
    const path = join(place, ...names);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const folders = {
    JUPYTER_CONFIG_DIR: made('config'),
    JUPYTER_DATA_DIR: made('data'),
    JUPYTER_RUNTIME_DIR: made('runtime'),
    JUPYTERLAB_SETTINGS_DIR: made('settings'),
    JUPYTERLAB_WORKSPACES_DIR: made('workspaces', createHash('sha256').update(folder).digest('hex').slice(0, 16)),
    IPYTHONDIR: made('ipython'),
  };
  keepPrivate(place);
  return {
    ...withEnvironment(pythonEnvironment(own)),
    ...folders,
    JUPYTER_PREFER_ENV_PATH: '1', // what .venv says comes first
    JUPYTER_PLATFORM_DIRS: '1',
  };
}

/**
 * Takes from everybody else the right to read a folder and all that is in it.
 * @param {string} folder
 */
function keepPrivate(folder) {
  chmodSync(folder, 0o700); // first: from now on nobody else sees what is inside
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) keepPrivate(path);
      else if (entry.isFile()) chmodSync(path, 0o600);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error; // another server has removed it
    }
  }
}

/**
 * Throws if something listens on the port.
 * @param {number} port
 */
export async function checkPort(port) {
  if (await isFree(port)) return;
  throw new Problem(
    `Port ${port} is taken, perhaps by a JupyterLab that still runs.`,
    `End that program, or choose another port: npm start -- --port ${port + 1}`,
  );
}

/** @param {number} first */
async function firstFreePort(first) {
  for (let port = first; port < first + 50; port++) if (await isFree(port)) return port;
  return first;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
async function isFree(port) {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await new Promise((done) => {
      const server = createServer().once('error', (error) => done(/** @type {NodeJS.ErrnoException} */ (error).code));
      server.listen({ port, host, exclusive: true }, () => server.close(() => done(undefined)));
    });
    if (code === 'EACCES')
      throw new Problem(`Port ${port} may not be used.`, 'Choose one above 1023: npm start -- --port 8899');
    if (code === 'EADDRINUSE') return false; // anything else: this system has no such address
  }
  return true;
}

/**
 * Waits until the server answers.
 * @param {number} port
 * @param {string} token
 * @param {Promise<number>} ended
 */
async function isServing(port, token, ended) {
  let over = false;
  void ended.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (!over) {
    try {
      const { ok } = await fetch(`http://localhost:${port}/api/status`, {
        headers: { authorization: `token ${token}` },
      });
      if (ok) return true;
    } catch {
      // not yet
    }
    await sleep(100);
  }
  return false;
}

/**
 * Ends JupyterLab when this process is told to end; told again after three seconds, it does so by force. The end of npm
 * counts as well: the shell that npm starts scripts with passes no signals on.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => boolean} whether that has happened
 */
function passOnSignals(child) {
  let first = 0;
  const end = () => {
    if (first === 0) child.kill('SIGTERM');
    else if (Date.now() - first > 3000) child.kill('SIGKILL');
    first ||= Date.now();
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.removeAllListeners(signal);
    process.on(signal, end);
  }
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && first === 0 && end(), 1000).unref();
  return () => first > 0;
}
