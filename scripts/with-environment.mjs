// @ts-check
// node scripts/with-environment.mjs [--dev] COMMAND ARGS… — runs a command of node_modules/.bin in the environment that
// suits TensorFlow. The command ends when this process does, and this one with the npm that has started it. With --dev
// it is one that uses packages which only work on the project needs.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { withEnvironment } from './environment.mjs';
import { hasDevPackages } from './setup/packages.mjs';
import { isRunning, processName, starter } from './setup/processes.mjs';

const root = path.resolve(import.meta.dirname, '..');
const given = process.argv.slice(2);
const forDevelopers = given[0] === '--dev';
const [command, ...args] = forDevelopers ? given.slice(1) : given;
if (!command) {
  console.error('usage: node scripts/with-environment.mjs [--dev] COMMAND ARGS…');
  process.exit(2);
}
const packages = path.join(root, 'node_modules');
// There are three of this name: the fast one, that of the linter, and the kernel's.
const bin = path.join(packages, ...(command === 'tsc' ? ['typescript-native', 'bin', 'tsc'] : ['.bin', command]));
const start = 'Run `npm start` first: it sets up whatever is missing (`npm start -- --no-browser` opens no browser).';
const dev = 'Run `npm run setup -- --dev` first: it adds the packages that work on the project itself needs.';
const everybodys = ['tsc', 'tsx'].includes(command) || !existsSync(packages);
if (!existsSync(bin)) refuse(`${command} is not installed`, 127, everybodys ? start : dev);
if (forDevelopers && !hasDevPackages()) refuse('what work on the project itself needs is not installed', 127, dev);
if (command === 'tsx' && !existsSync(path.join(root, 'lib', 'dist', 'index.js')))
  refuse('the library is not built', 1, start);
// tsx would put a process of its own between this one and the script.
const [program, first] = command === 'tsx' ? [process.execPath, ['--import', import.meta.resolve('tsx')]] : [bin, []];
const child = spawn(program, [...first, ...args], {
  // Through the fourth the child learns of the end of this process, however it comes.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: withEnvironment(),
});
child.on('error', (error) => {
  console.error(`error: ${command}: ${error.message}\n  Run \`npm start\`: it mends the set-up.`);
  process.exitCode = 127;
});
// Ctrl-C reaches the child by itself (same terminal): it decides how to end. Other signals are passed on.
process.on('SIGINT', () => {});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));

if (process.env.npm_lifecycle_event) {
  const npm = processName(starter());
  const watch = setInterval(() => {
    if (isRunning(npm)) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
  watch.unref();
}

child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});

/**
 * @param {string} missing
 * @param {number} status
 * @param {string} remedy
 * @returns {never}
 */
function refuse(missing, status, remedy) {
  console.error(`error: ${missing}.\n  ${remedy}`);
  process.exit(status);
}
