// @ts-check
// node scripts/with-environment.mjs COMMAND ARGS… — runs a command of node_modules/.bin in the environment that suits
// TensorFlow
import { spawn } from 'node:child_process';
import path from 'node:path';
import { withEnvironment } from './environment.mjs';

const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error('usage: node scripts/with-environment.mjs COMMAND ARGS…');
  process.exit(2);
}
const bin = path.resolve(import.meta.dirname, '..', 'node_modules', '.bin', command);
const child = spawn(bin, args, { stdio: 'inherit', env: withEnvironment() });
child.on('error', (error) => {
  console.error(`${command}: ${error.message}. Remedy: npm ci`);
  process.exitCode = 127;
});
// Ctrl-C reaches the child by itself (same terminal): it decides how to end. Other signals are passed on.
process.on('SIGINT', () => {});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
