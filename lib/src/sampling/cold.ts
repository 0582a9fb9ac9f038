import { tf } from '../backend/tf.js';
import type { Draw, Turn } from '../types.js';
import { type DrawSource, type Rule, walkBack, type WalkBack } from './walk-back.js';

/** Options of {@link sampleCold}. */
export interface ColdSampling<D extends Draw = Draw> extends WalkBack<D> {
  /** Which of the paper's algorithms; 2 by default. */
  algorithm?: 1 | 2;
  /** Where the draw of each renoising comes from; `fixed` by default. */
  draw?: DrawSource;
}

/**
 * Cold diffusion (Bansal et al. 2022, arXiv 2208.09392): undo any degradation D, or generate from its end, by
 * predicting the clean images x̂ at each level t and going on to the next lower level s with
 *
 * - Algorithm 1: z ← D(x̂, s), which trusts the prediction;
 * - Algorithm 2: z ← z − D(x̂, t) + D(x̂, s), which only takes from it what changes between the levels, so that to
 *   first order
 *   the errors of the prediction cancel.
 *
 * The last turn has t = 0; its `z` is the sample. With a draw that is inferred from the prediction, Algorithm 2 over
 * Gaussian noise is DDIM (Song et al. 2021, arXiv 2010.02502, eq. 12 with σ = 0).
 *
 * ```ts
 * const restored = await last(sampleCold({ network, degradation: blur(), S: 50, shape, z, from: 0.8 }));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleCold<D extends Draw>({
  algorithm = 2,
  draw = 'fixed',
  ...options
}: ColdSampling<D>): AsyncGenerator<Turn, void, void> {
  if (algorithm !== 1 && algorithm !== 2)
    throw new RangeError(`sampleCold: algorithm must be 1 or 2, got ${String(algorithm)}`);
  return walkBack('sampleCold', { ...options, draw }, algorithm === 1 ? renoise : improve);
}

/** Algorithm 1: z_s = D(x̂, s). */
export const renoise: Rule = ({ degradation, draw, x0, s }) => degradation.at(draw, x0, s);

/** Algorithm 2: z_s = z_t − D(x̂, t) + D(x̂, s). */
const improve: Rule = ({ degradation, draw, z, x0, t, s }) =>
  tf.add(tf.sub(z, degradation.at(draw, x0, t)), degradation.at(draw, x0, s));
