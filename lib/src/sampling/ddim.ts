import { checkGaussian } from '../degradations/belonging.js';
import type { Gaussian, Images, Turn } from '../types.js';
import { inferred, mixed } from './draw-rules.js';
import { renoise } from './rules.js';
import { sampleAs } from './sample.js';
import { levelsOf, type StepsBack } from './steps-back.js';

/** Options of {@link sampleDdim}. */
export interface DdimSampling extends StepsBack<{ noise: Images }> {
  degradation: Gaussian;
  /** η: the share of new noise, from 0, DDIM and the default, to 1, ancestral sampling as DDPM has it. */
  eta?: number;
}

/**
 * DDIM (Song et al. 2021, arXiv 2010.02502, eq. 12): renoising with the noise that leads from the prediction to z, or
 * with a share η of new noise. It is `sample` with the rule `renoise(inferred)` or `renoise(mixed(eta))`.
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = denoiser(network, { target: velocity(degradation) });
 * const faces = await last(sampleDdim({ denoise, degradation, steps: 32, count: 16 }));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleDdim(options: DdimSampling): AsyncGenerator<Turn, void, void> {
  const { eta = 0, degradation } = options;
  checkGaussian('sampleDdim', degradation);
  const rule = renoise(eta === 0 ? inferred : mixed(eta));
  return sampleAs('sampleDdim', { ...options, rule, levels: levelsOf('sampleDdim', options) });
}
