// @ts-check
// What the commands have in common: errors with a remedy, clean exits.
import { checkNode } from './node-version.mjs';
import { describeProblem, explain, Problem } from './problem.mjs';

/**
 * Runs a command, and turns what it throws into a message and exit status 1. The command itself is to be imported by
 * `work`, since an old Node could not even read it.
 * @param {() => Promise<unknown>} work
 */
export async function main(work) {
  try {
    checkNode();
    for (const [signal, code] of /** @type {const} */ ([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ])) {
      process.once(signal, () => process.exit(code));
    }
    await work();
  } catch (error) {
    const system = /** @type {NodeJS.ErrnoException} */ (error)?.syscall;
    console.error(`\n${describeProblem(system ? explain('working', error) : error)}`);
    process.exitCode = error instanceof Problem ? error.status : 1;
  }
}
