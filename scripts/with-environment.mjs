// @ts-check
// node scripts/with-environment.mjs COMMAND ARGS… — runs a command of node_modules/.bin in the environment that suits
// TensorFlow. The command ends when this process does, and this one with the npm that has started it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { withEnvironment } from './environment.mjs';
import { isRunning, processName, starter } from './setup/processes.mjs';

const root = path.resolve(import.meta.dirname, '..');
const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error('usage: node scripts/with-environment.mjs COMMAND ARGS…');
  process.exit(2);
}
// The kernel brings an older TypeScript, whose tsc has the same name.
const bin = path.join(root, 'node_modules', ...(command === 'tsc' ? ['typescript', 'bin', 'tsc'] : ['.bin', command]));
if (!existsSync(bin)) refuse(`${command} is not installed`, 127);
if (command === 'tsx' && !existsSync(path.join(root, 'lib', 'dist', 'index.js'))) refuse('the library is not built', 1);
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
 * @returns {never}
 */
function refuse(missing, status) {
  console.error(
    `error: ${missing}.\n  Run \`npm start\` first: it sets up whatever is missing (\`npm start -- --no-browser\` opens no browser).`,
  );
  process.exit(status);
}
