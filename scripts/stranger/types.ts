/** The types of the package, in a strict project that also looks at the types of packages. */
import path from 'node:path';
import { root } from '../setup/paths.mjs';
import type { Project } from './project.ts';

const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** Compiles a file; returns its errors, a line each. */
async function compile(project: Project, file: string): Promise<string[]> {
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    module: 'NodeNext',
    target: 'ES2022',
    types: [],
    outDir: 'compiled',
  };
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
  const { output } = await project.try(process.execPath, compiler, '-p', '.', '--pretty', 'false');
  return output.split('\n').filter((line) => /^\S.*error TS\d+/.test(line));
}

/**
 * Compiles a program, and looks for errors that the packages of this project bring. TensorFlow.js has some of its own:
 * those that a program has that imports nothing else.
 * @returns how many there are in TensorFlow.js
 * @throws {Error} naming the others
 */
export async function checkTypes(project: Project, file: string): Promise<number> {
  project.write('tensorflow.ts', "import * as tf from '@tensorflow/tfjs';\n\nconsole.log(tf.version.tfjs);\n");
  const theirs = new Set(await compile(project, 'tensorflow.ts'));
  const errors = await compile(project, file);
  const ours = errors.filter((error) => !theirs.has(error));
  if (ours.length > 0) throw new Error(`the types of the package have errors:\n${ours.join('\n')}`);
  return errors.length;
}
