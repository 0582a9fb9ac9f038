import { checkChoice } from '../check.js';
import type { Draw, DrawRule, Turn } from '../types.js';
import { fixed, fresh, inferred } from './draw-rules.js';
import { improve, renoise } from './rules.js';
import { sampleAs } from './sample.js';
import { levelsOf, type StepsBack } from './steps-back.js';

/** Options of {@link sampleCold}. */
export interface ColdSampling<D extends Draw = Draw> extends StepsBack<D> {
  /** Which of the paper's algorithms; 2 by default. */
  algorithm?: 1 | 2;
  /**
   * Where the draw of each renoising comes from. `fixed`, the default: the one draw of the start. `fresh`: a new one at
   * each step. `inferred`: the one that leads from the prediction to z, which only Gaussian noise can tell.
   */
  draw?: 'fixed' | 'fresh' | 'inferred';
}

/**
 * Cold diffusion (Bansal et al. 2022, arXiv 2208.09392): undo any degradation D, or generate from its end, by
 * predicting the clean images x̂ at each level t and going on to the next lower level s with
 *
 * - Algorithm 1, the rule `renoise(fixed)`: z ← D(x̂, s), which trusts the prediction;
 * - Algorithm 2, the rule `improve(fixed)`: z ← z − D(x̂, t) + D(x̂, s), which only takes from it what changes between
 *   the
 *   levels, so that to first order the errors of the prediction cancel.
 *
 * The last turn has t = 0; its `z` is the sample. With a draw that is inferred from the prediction, both algorithms
 * over Gaussian noise are DDIM: {@link sampleDdim}.
 *
 * ```ts
 * const restored = await last(sampleCold({ denoise, degradation: blur(), steps: 50, z, level: 0.8 }));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleCold<D extends Draw>(options: ColdSampling<D>): AsyncGenerator<Turn, void, void> {
  const { algorithm = 2, draw = 'fixed', degradation } = options;
  checkChoice('sampleCold', 'algorithm', algorithm, [1, 2]);
  checkChoice('sampleCold', 'draw', draw, Object.keys(drawRulesByName));
  if (draw === 'inferred' && !('infer' in degradation))
    throw new TypeError('sampleCold: draw must be fixed or fresh for a degradation that cannot infer it, got inferred');
  const rule = algorithm === 1 ? renoise(drawRulesByName[draw]) : improve(drawRulesByName[draw]);
  return sampleAs('sampleCold', { ...options, rule, levels: levelsOf('sampleCold', options) });
}

const drawRulesByName: Record<'fixed' | 'fresh' | 'inferred', DrawRule> = {
  fixed,
  fresh,
  inferred,
};
