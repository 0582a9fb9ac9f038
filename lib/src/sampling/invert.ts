import { tf } from '../backend/tf.js';
import type { Gaussian, Images, NoiseDraw, Rule, Spec, Turn } from '../types.js';
import { inferred } from './draw-rules.js';
import { batchShape, type RuleAndLevels, type Sampling } from './options.js';
import { renoise } from './rules.js';
import { walk } from './sample.js';

/** Options of {@link invert}. */
export interface Inversion extends Pick<Sampling<NoiseDraw>, 'denoise' | 'given' | 'constants'> {
  degradation: Gaussian;
  /** The images to go from, `[batch, height, width, channels]`, at the last of the levels. They stay the caller's. */
  z: Images;
  /** The levels of the way back from noise, falling as `sample` takes them: they are gone through in reverse. */
  levels: RuleAndLevels<NoiseDraw>['levels'];
  /** How to go on: `renoise(inferred)`, which is DDIM, when left out; `heun` and `dpmSolver2M` err less. */
  rule?: Rule<NoiseDraw>;
}

/**
 * From images to the noise that a sampler would make them of: the probability-flow equation backwards (Song et al.
 * 2021, arXiv 2010.02502, section 4.3, and arXiv 2011.13456, section 4.3). `sample` with the same rule and levels, from
 * where it ends, leads back, as nearly as the steps are small: the error falls with their number for DDIM, with its
 * square for `heun` and `dpmSolver2M`.
 *
 * ```ts
 * const degradation = gaussian();
 * const denoise = denoiser(network, { target: velocity(degradation) });
 * const levels = karrasLevels(degradation.schedule, { steps: 32 });
 * const noise = await last(invert({ denoise, degradation, rule: heun, levels, z: images }));
 * const same = await last(sample({ denoise, degradation, rule: heun, levels, z: noise }));
 * ```
 * Where the levels end with 0, the images are brought to the level before it without any noise, for clean images do not
 * say which: what this costs falls with the noise at that level.
 *
 * Yields the images, then a turn for each level up to the first. The last `z` is the noise.
 * @throws {RangeError | TypeError} at the call, when an option is out of range, or the rule puts new noise in
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function invert(options: Inversion): AsyncGenerator<Turn, void, void> {
  const { rule = renoise(inferred), levels } = options;
  const shape = batchShape('invert', { ...options, rule });
  if (drawsNoise(rule))
    throw new TypeError(`invert: rule must put no new noise in, as heun and renoise(inferred) do, got ${said(rule)}`);
  const rising = [...levels].reverse();
  if (rising[0] === 0) rising.shift();
  if (rising.length < 2)
    throw new RangeError(`invert: levels must hold at least two above 0, got ${JSON.stringify(levels)}`);
  return run({ ...options, rule, levels: rising }, levels.at(-1) === 0, shape);
}

async function* run(
  options: Inversion & RuleAndLevels<NoiseDraw>,
  isClean: boolean,
  shape: [number, number, number, number],
): AsyncGenerator<Turn, void, void> {
  const { degradation, levels, z } = options;
  const start = tf.tidy(() => (isClean ? degradation.at({ noise: tf.zeros(shape) }, z, levels[0]) : z.clone()));
  try {
    if (isClean) yield { t: 0, z };
    yield* walk('invert', { ...options, z: start }, shape);
  } finally {
    start.dispose();
  }
}

/** Whether one of the library's rules puts new noise in; of a rule without a spec nothing is known. */
function drawsNoise({ spec }: Rule<NoiseDraw>): boolean {
  if (spec?.kind === 'reinject') return spec.beta !== 0;
  if (spec?.kind === 'renoise' || spec?.kind === 'improve') {
    const { kind, eta } = spec.draw as Spec;
    return kind === 'fresh' || kind === 'fixed' || (kind === 'mixed' && eta !== 0);
  }
  return ['ancestral', 'churn', 'langevin'].includes(String(spec?.kind));
}

/** A rule as an error names it. */
function said({ spec }: Rule<NoiseDraw>): string {
  const draw = spec?.draw as Spec | undefined;
  return draw ? `${spec!.kind} with the draw ${draw.kind}` : spec!.kind;
}
