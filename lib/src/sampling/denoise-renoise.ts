import { checkChoice } from '../check.js';
import type { Draw, Turn } from '../types.js';
import { fixed, fresh } from './draw-rules.js';
import { renoise } from './rules.js';
import { sampleAs } from './sample.js';
import { levelsOf, type StepsBack } from './steps-back.js';

/** Options of {@link sampleDenoiseRenoise}. */
export interface DenoiseRenoiseSampling<D extends Draw = Draw> extends StepsBack<D> {
  /** `fresh` draws anew at each renoising; `fixed` keeps the one draw of z_T. `fresh` by default. */
  draw?: 'fresh' | 'fixed';
}

/**
 * Denoise/renoise: predict the clean images from pure noise, put a little less noise on the prediction, and so on. It
 * is `sample` with the rule `renoise()`, over levels of equal distance from 1 to 0; they need not fall on whole pixels.
 * The last turn has t = 0, and its `z` is the last prediction. With one fixed draw this is Algorithm 1 of cold
 * diffusion (Bansal et al. 2022, arXiv 2208.09392).
 *
 * ```ts
 * for await (const { t, z, x0 } of sampleDenoiseRenoise({ denoise, degradation: binomial(), steps: 64, count: 16 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleDenoiseRenoise<D extends Draw>(
  options: DenoiseRenoiseSampling<D>,
): AsyncGenerator<Turn, void, void> {
  const { draw = 'fresh' } = options;
  checkChoice('sampleDenoiseRenoise', 'draw', draw, ['fresh', 'fixed']);
  const rule = renoise(draw === 'fresh' ? fresh : fixed);
  return sampleAs('sampleDenoiseRenoise', { ...options, rule, levels: levelsOf('sampleDenoiseRenoise', options) });
}
