import { dataFolder, mnistFolder } from '#platform/location.js';
import { join } from '#platform/paths.js';

/**
 * The path of a file in the project's `data` folder: `dataPath('faces.png')`.
 * The folder is `NAIVE_DIFFUSION_DATA` where that is set, else the one beside the package itself, wherever the
 * caller's own files are; in a page, the folder `data` beside it.
 */
export function dataPath(...parts: string[]): string {
  return join(dataFolder(), ...parts);
}

/** The path of one of the four raw IDX files of MNIST. */
export function mnistPath(...parts: string[]): string {
  return join(mnistFolder(), ...parts);
}
