import { environment } from './environment.js';
import { join } from './paths.js';

/** The folder `data`: what `NAIVE_DIFFUSION_DATA` names where that is set, else the one beside the page. */
export function dataFolder(): string {
  return environment('NAIVE_DIFFUSION_DATA') || 'data';
}

/** The folder with the four raw IDX files of MNIST: `mnist` in the folder `data`. */
export function mnistFolder(): string {
  return join(dataFolder(), 'mnist');
}
