// @ts-check
// Runs a program to its end and keeps what it prints.
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill();
}); // whoever is told to end takes them along

/** @type {Set<(pid: number) => void>} */
const watchers = new Set();

/**
 * Tells the process number of every program that is started from now on.
 * @param {(pid: number) => void} watcher
 * @returns {() => void} ends it
 */
export function watchChildren(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/**
 * @typedef {object} Outcome
 * @property {number} code exit status; 127 if there is no such program, 128 if a signal ended it
 * @property {string} output both streams, in the order they came
 * @property {string} stdout
 */

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string, timeout?: number }} [options] timeout in
 * milliseconds
 * @returns {Promise<Outcome>}
 */
export function command(program, args, { cwd, env = process.env, input, timeout } = {}) {
  return new Promise((done) => {
    let output = '';
    let stdout = '';
    const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    children.add(child);
    child.on('close', () => children.delete(child));
    for (const tell of watchers) if (child.pid !== undefined) tell(child.pid);
    const limit = timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeout);
    child.on('close', () => clearTimeout(limit)).on('error', () => clearTimeout(limit));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stdin.on('error', () => {}); // a program that ends before it has read its input
    child.stdin.end(input ?? '');
    child.on('error', (error) => done({ code: 127, output: `${output}${error.message}\n`, stdout }));
    child.on('close', (code, signal) =>
      done({ code: code ?? 128, output: signal ? `${output}ended by ${signal}\n` : output, stdout }),
    );
  });
}
