// @ts-check
// A binding that was compiled elsewhere: the package @naive-diffusion/binding-…, for those without a compiler.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { hashFiles, readMark } from '../marks.mjs';
import { ownOperations, project, tensorflowPackage } from '../paths.mjs';
import { TENSORFLOW } from './wheels.mjs';

/** Its name for this system. */
export const prebuiltPackage = `@naive-diffusion/binding-${process.platform}-${process.arch}`;

/**
 * What it is compiled from. It fits where all of it is the same.
 * @returns {{ tensorflow: string, binding: string, operations: string }}
 */
export function madeFrom() {
  return {
    tensorflow: TENSORFLOW,
    binding: hashFiles(tensorflowPackage, [join(tensorflowPackage, 'binding')]),
    operations: hashFiles(ownOperations, [ownOperations]),
  };
}

/**
 * The binding of the package, if it is installed and fits.
 * @returns {string | undefined}
 */
export function prebuiltBinding() {
  return prebuiltState().file;
}

/**
 * The binding of the package, or why there is none.
 * @returns {{ file?: string, isInstalled: boolean, why?: string }} `why` continues a sentence that begins with its name
 */
export function prebuiltState() {
  let card;
  try {
    card = createRequire(join(project, 'package.json')).resolve(`${prebuiltPackage}/package.json`);
  } catch {
    return { isInstalled: false, why: 'is not installed' };
  }
  const file = join(dirname(card), 'tfjs_binding.node');
  if (!existsSync(file)) return { isInstalled: true, why: `lacks ${file}` };
  if (JSON.stringify(readMark(card)?.madeFrom) !== JSON.stringify(madeFrom()))
    return { isInstalled: true, why: 'is compiled from other sources, or for another TensorFlow' };
  return { isInstalled: true, file };
}
