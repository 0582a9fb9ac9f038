import { checkChoice, checkWhole, shown } from '../check.js';
import type { Gaussian, NoiseDraw, Turn } from '../types.js';
import { langevin } from './langevin-rule.js';
import { batchShape, type Sampling } from './options.js';
import { walk } from './sample.js';

/** Options of {@link sampleLangevin}. */
export interface LangevinSampling extends Sampling<NoiseDraw> {
  degradation: Gaussian;
  /** The levels to stay at: one, or several that fall (annealed), all above 0. From 1, unless `z` is given. */
  levels: readonly number[];
  /** How many steps at each level: 100 when left out. */
  repeats?: number;
  /** The step size in units of σ²: see {@link langevin}. */
  step?: number;
  /** Whether it ends with a guess of the clean images, without noise: true when left out. */
  finish?: boolean;
}

/**
 * Langevin dynamics, at one level or, annealed, at one after another (Song and Ermon 2019, arXiv 1907.05600), with the
 * final denoising step of Jolicoeur-Martineau et al. 2020 (arXiv 2009.05475). It is the rule {@link langevin},
 * `repeats` times at each level. At one level with little noise it stays where it began, between bumps that are far
 * apart.
 *
 * ```ts
 * const degradation = gaussian({ schedule: explodingSchedule({ most: 8 }) });
 * const denoise = denoiser(network, { target: karras(degradation) });
 * const levels = geometricLevels(degradation.schedule, { steps: 10, least: 0.01 }).slice(0, -1);
 * const faces = await last(sampleLangevin({ denoise, degradation, levels, repeats: 20, count: 16 }));
 * ```
 * Yields the start and a turn for each step, so that a level comes as often as it is stayed at.
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleLangevin(options: LangevinSampling): AsyncGenerator<Turn, void, void> {
  const { levels, repeats = 100, step, finish = true } = options;
  const rule = langevin({ step });
  if (!Array.isArray(levels as unknown) || levels.length === 0)
    throw new RangeError(`sampleLangevin: levels must be a list of at least one level, got ${shown(levels)}`);
  checkWhole('sampleLangevin', 'repeats', repeats);
  checkChoice('sampleLangevin', 'finish', finish, [true, false]);
  const shape = batchShape('sampleLangevin', { ...options, rule, levels: [...levels, 0] });
  const stayed = levels.flatMap((level) => new Array<number>(repeats).fill(level));
  stayed.push(stayed.at(-1)!);
  if (finish) stayed.push(0);
  return walk('sampleLangevin', { ...options, rule, levels: stayed }, shape);
}
