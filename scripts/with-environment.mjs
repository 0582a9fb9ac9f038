// @ts-check
// node scripts/with-environment.mjs COMMAND ARGS… — runs a command of node_modules/.bin in the environment that suits
// TensorFlow
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { withEnvironment } from './environment.mjs';

const root = path.resolve(import.meta.dirname, '..');
const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error('usage: node scripts/with-environment.mjs COMMAND ARGS…');
  process.exit(2);
}
const bin = path.join(root, 'node_modules', '.bin', command);
if (!existsSync(bin)) refuse(`${command} is not installed`, 127);
if (command === 'tsx' && !existsSync(path.join(root, 'lib', 'dist', 'index.js'))) refuse('the library is not built', 1);
const child = spawn(bin, args, { stdio: 'inherit', env: withEnvironment() });
child.on('error', (error) => {
  console.error(`error: ${command}: ${error.message}\n  Run \`npm start\`: it mends the set-up.`);
  process.exitCode = 127;
});
// Ctrl-C reaches the child by itself (same terminal): it decides how to end. Other signals are passed on.
process.on('SIGINT', () => {});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
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
