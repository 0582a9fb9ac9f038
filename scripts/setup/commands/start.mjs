// @ts-check
// npm start: sets up whatever is missing, then opens JupyterLab on the chapters.
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkPort, runJupyter } from '../jupyter.mjs';
import { readOptions } from '../options.mjs';
import { root } from '../paths.mjs';
import { Problem } from '../problem.mjs';
import { report as makeReport } from '../report.mjs';
import { setUp } from '../set-up.mjs';

export const help = `npm start [-- OPTIONS]

Sets up whatever is missing, then opens JupyterLab on the chapters, on this computer only.

  --no-browser   print the address, and open no browser
  --port N       serve on this port (otherwise 8888, or the next that is free)
  --dir PATH     open another folder than notebooks/
  --help         print this`;

/** @param {string[]} args */
export async function start(args) {
  const options = startOptions(args);
  if (!options) return;
  if (options.port !== undefined) await checkPort(options.port); // before the set-up, not after it
  const report = makeReport();
  await setUp(report);
  process.exitCode = await runJupyter({ ...options, note: report.note });
}

/**
 * @param {string[]} args
 * @returns {{ browser: boolean, port: number | undefined, folder: string } | undefined} nothing where help is all
 */
export function startOptions(args) {
  const values = readOptions(args, help, {
    'no-browser': { type: 'boolean' },
    port: { type: 'string' },
    dir: { type: 'string' },
  })?.values;
  if (!values) return undefined;
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    throw new Problem(
      `--port must be a whole number from 1 to 65535, got ${values.port}.`,
      'For example: npm start -- --port 8899',
      '',
      2,
    );
  }
  // npm runs scripts in the repository; INIT_CWD is where the reader stands.
  const folder =
    values.dir === undefined ? join(root, 'notebooks') : resolve(process.env.INIT_CWD ?? process.cwd(), values.dir);
  if (values.dir === undefined) mkdirSync(folder, { recursive: true });
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem(`--dir must name a folder, got ${values.dir}.`, `Make it first: mkdir -p ${values.dir}`, '', 2);
  return { browser: !values['no-browser'], port, folder };
}
