// @ts-check
// Which Python runs JupyterLab.
import { command } from './command.mjs';
import { Problem } from './problem.mjs';

/** What JupyterLab needs. */
const NEEDED = [3, 10];

const PROBE = `
import json, sys
found = {"program": sys.executable, "version": list(sys.version_info[:3]), "venv": True}
try:
    import venv, ensurepip
except ImportError:
    found["venv"] = False
print(json.dumps(found))
`;

/** @typedef {{ program: string, version: [number, number, number], venv: boolean }} Python */

/**
 * Finds a Python that is new enough and can make environments.
 * @param {NodeJS.ProcessEnv} [env] `PYTHON` names one, otherwise it is looked for on the `PATH`
 * @returns {Promise<Python>}
 */
export async function findPython(env = process.env) {
  const names = env.PYTHON
    ? [env.PYTHON]
    : ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  /** @type {Python[]} */
  const found = [];
  for (const name of names) {
    const python = await probe(name, env);
    if (python && isNewEnough(python) && python.venv) return python;
    if (python) found.push(python);
  }
  throw complaint(found, env.PYTHON);
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Python | undefined>}
 */
async function probe(name, env) {
  const { code, stdout } = await command(name, ['-c', PROBE], { env: pythonEnvironment(env), timeout: 30_000 });
  try {
    return code === 0 ? JSON.parse(stdout) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Python} python */
function isNewEnough({ version: [major, minor] }) {
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/**
 * @param {Python[]} found none of them will do
 * @param {string | undefined} named
 */
function complaint(found, named) {
  const needed = NEEDED.join('.');
  const install = `Install Python ${needed} or newer (Debian and Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python)`;
  const other = 'or name another one, as in PYTHON=/path/to/python npm start.';
  const lame = found.find(isNewEnough);
  if (lame) {
    const version = lame.version.join('.');
    return new Problem(
      `Python ${version} (${lame.program}) lacks the module venv or ensurepip.`,
      `Install it (Debian and Ubuntu: sudo apt install python3-venv, or python${lame.version[0]}.${lame.version[1]}-venv), ${other}`,
    );
  }
  if (found.length > 0) {
    return new Problem(
      `Python ${needed} or newer is needed, this is Python ${found[0].version.join('.')} (${found[0].program}).`,
      `${install}, ${other}`,
    );
  }
  return new Problem(
    named ? `PYTHON=${named} does not run.` : `Python was not found; JupyterLab needs Python ${needed} or newer.`,
    `${install}, ${other}`,
  );
}

/**
 * The environment for a Python that must not see the user's own packages, and that keeps what it has compiled.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function pythonEnvironment(env = process.env) {
  const hidden = ['PYTHONDONTWRITEBYTECODE', 'PYTHONHOME', 'PYTHONPATH', 'PYTHONSTARTUP', '__PYVENV_LAUNCHER__'];
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.includes(name)));
  return { ...rest, PYTHONNOUSERSITE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' };
}
