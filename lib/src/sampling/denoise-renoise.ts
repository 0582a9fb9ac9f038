import type { Draw, Turn } from '../types.js';
import { renoise } from './cold.js';
import { walkBack, type WalkBack } from './walk-back.js';

/** Options of {@link sampleDenoiseRenoise}. */
export interface DenoiseRenoiseSampling<D extends Draw = Draw> extends WalkBack<D> {
  /** `fresh` draws anew at each renoising; `fixed` keeps the one draw of z_T. `fresh` by default. */
  draw?: 'fresh' | 'fixed';
}

/**
 * Denoise/renoise: predict the clean images from pure noise, put a little less noise on the prediction, and so on, S
 * times. The levels are 1, (S − 1)/S, … 0; S need not divide the number of pixels. The last turn has t = 0, and its `z`
 * is the last prediction. With one fixed draw this is Algorithm 1 of cold diffusion (Bansal et al. 2022, arXiv
 * 2208.09392).
 *
 * ```ts
 * for await (const { t, z, x0 } of sampleDenoiseRenoise({ network, degradation: binomial(), S: 64, shape: [16, 32, 32, 3] })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleDenoiseRenoise<D extends Draw>({
  draw = 'fresh',
  ...options
}: DenoiseRenoiseSampling<D>): AsyncGenerator<Turn, void, void> {
  return walkBack('sampleDenoiseRenoise', { ...options, draw }, renoise);
}
