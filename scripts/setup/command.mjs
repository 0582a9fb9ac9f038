// @ts-check
// Runs a program to its end and keeps what it prints.
import { spawn } from 'node:child_process';

/**
 * @typedef {object} Outcome
 * @property {number} code exit status; 127 if there is no such program, 128 if a signal ended it
 * @property {string} output both streams, in the order they came
 * @property {string} stdout
 */

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string, timeout?: number }} [options] timeout in milliseconds
 * @returns {Promise<Outcome>}
 */
export function command(program, args, { cwd, env = process.env, input, timeout } = {}) {
  return new Promise(done => {
    let output = '';
    let stdout = '';
    const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const limit = timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeout);
    child.on('close', () => clearTimeout(limit)).on('error', () => clearTimeout(limit));
    child.stdout.setEncoding('utf8').on('data', text => { output += text; stdout += text; });
    child.stderr.setEncoding('utf8').on('data', text => { output += text; });
    child.stdin.on('error', () => {}); // a program that ends before it has read its input
    child.stdin.end(input ?? '');
    child.on('error', error => done({ code: 127, output: `${output}${error.message}\n`, stdout }));
    child.on('close', (code, signal) => done({ code: code ?? 128, output: signal ? `${output}ended by ${signal}\n` : output, stdout }));
  });
}
