// @ts-check
// node scripts/kernel/install.mjs [PREFIX] — registers the TypeScript kernel in a Python environment (default: .venv)
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../environment.mjs';

/**
 * The command that starts the kernel; Jupyter puts a file name in place of `{connection_file}`.
 * The shell sets what is not set yet: an `env` in kernel.json would overrule the user.
 */
export function kernelCommand() {
  const defaults = Object.entries(environment).map(([name, value]) => `: "\${${name}=${value}}"; export ${name}`);
  return [
    '/bin/sh',
    '-c',
    `${defaults.join('; ')}; exec "$@"`,
    'kernel',
    process.execPath,
    '--disable-warning=ExperimentalWarning', // Node 20 says that require() of an ES module is experimental
    path.join(import.meta.dirname, 'launcher.mjs'),
    '{connection_file}',
  ];
}

/**
 * Registers the kernel inside a Python environment; nothing outside it is touched.
 * @param {string} venv folder of the environment
 * @returns {boolean} false when everything was in place already
 */
export function installKernel(venv) {
  const file = path.join(venv, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
  const spec = {
    argv: kernelCommand(),
    display_name: 'TypeScript',
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { debugger: false },
  };
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return false;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, text);
  fs.renameSync(`${file}.new`, file);
  return true;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const venv = path.resolve(process.argv[2] ?? path.resolve(import.meta.dirname, '..', '..', '.venv'));
  console.log(
    installKernel(venv)
      ? `TypeScript kernel registered in ${path.relative(process.cwd(), venv) || '.'}`
      : 'TypeScript kernel already registered',
  );
}
