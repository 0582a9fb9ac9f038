import { checkPositive, checkWhole } from '../check.js';
import type { Schedule } from '../types.js';

/** Options of {@link karrasLevels}. */
export interface KarrasOptions {
  /** How many steps there are, one less than levels. */
  steps: number;
  /** σ/α of the second-to-last level, the last being 0: 0.002 by default. */
  least?: number;
  /** σ/α that the first level stands for: 80 by default, or what the schedule ends with, if that is less. */
  most?: number;
  /** ρ: a larger one has more of the levels at little noise; 7 by default. */
  rho?: number;
}

/**
 * Levels that lie evenly in the ρ-th root of σ/α, from `most` to `least`, then 0 (Karras et al. 2022, arXiv 2206.00364,
 * eq. 5). The first is 1, where sampling starts from noise alone, whatever σ/α is there.
 *
 * ```ts
 * const levels = karrasLevels(cosineSchedule(), { steps: 18 });
 * ```
 * @throws {RangeError} when an option is out of range, or the schedule does not reach `most`
 */
export function karrasLevels(schedule: Schedule, { rho = 7, ...options }: KarrasOptions): number[] {
  checkPositive('karrasLevels', { rho });
  return levelsBetween('karrasLevels', schedule, options, (least, most, share) => {
    const [high, low] = [most ** (1 / rho), least ** (1 / rho)];
    return (high + share * (low - high)) ** rho;
  });
}

/** Options of {@link geometricLevels}. */
export type GeometricOptions = Omit<KarrasOptions, 'rho'>;

/**
 * Levels between which σ/α falls by the same factor, from `most` to `least`, then 0: even in the logarithm of the
 * signal-to-noise ratio, which is what {@link karrasLevels} come to for a large ρ. The first is 1, where sampling
 * starts from noise alone, whatever σ/α is there.
 *
 * ```ts
 * const levels = geometricLevels(cosineSchedule(), { steps: 18 });
 * ```
 * @throws {RangeError} when an option is out of range, or the schedule does not reach `most`
 */
export function geometricLevels(schedule: Schedule, options: GeometricOptions): number[] {
  return levelsBetween('geometricLevels', schedule, options, (least, most, share) => most * (least / most) ** share);
}

/** From 1 to the level of `least`, then 0: where σ/α is `at` each share of the way, 0 to 1. */
function levelsBetween(
  caller: string,
  schedule: Schedule,
  { steps, least = 0.002, most = Math.min(80, schedule.most ?? Infinity) }: GeometricOptions,
  at: (least: number, most: number, share: number) => number,
): number[] {
  checkWhole(caller, 'steps', steps);
  checkPositive(caller, { least, most });
  checkReached(caller, schedule, most);
  if (!(least < most)) throw new RangeError(`${caller}: least must be below most, ${most}, got ${least}`);
  const levels = [1];
  for (let i = 1; i < steps; i++) levels.push(schedule.level(at(least, most, i / (steps - 1))));
  levels.push(0);
  return levels;
}

/** Options of {@link reinjectionLevels}. */
export interface ReinjectionOptions {
  /** α: the share of the predicted noise that a step takes out, above 0 and at most 1. */
  alpha: number;
  /** β: how much new noise it puts in, in units of σ, at least 0. */
  beta: number;
  /** σ/α that the first level stands for: 100 by default, or what the schedule ends with, if that is less. */
  most?: number;
  /** The walk ends at the first σ/α that is not above it: 0.03 by default. */
  least?: number;
}

/**
 * The levels of chapter 8's sampler, whose noise falls by the factor √((1 − α)² + β²) in each step. The first is 1. The
 * last still has a little noise; with a 0 appended, the walk ends with a guess of the clean images.
 *
 * ```ts
 * const schedule = explodingSchedule({ most: 100 });
 * const degradation = gaussian({ schedule });
 * const denoise = denoiser(network, { target: noise(degradation) });
 * const levels = reinjectionLevels(schedule, { alpha: 0.1, beta: 0.4 });
 * const turns = sample({ denoise, degradation, rule: reinject(0.4), levels, count: 16 });
 * ```
 * @throws {RangeError} when an option is out of range, the schedule does not reach `most`, or the noise does not fall
 */
export function reinjectionLevels(schedule: Schedule, options: ReinjectionOptions): number[] {
  const { alpha, beta, most = Math.min(100, schedule.most ?? Infinity), least = 0.03 } = options;
  checkPositive('reinjectionLevels', { most, least });
  checkReached('reinjectionLevels', schedule, most);
  if (!(alpha > 0 && alpha <= 1))
    throw new RangeError(`reinjectionLevels: alpha must be above 0 and at most 1, got ${alpha}`);
  if (!(beta >= 0)) throw new RangeError(`reinjectionLevels: beta must be at least 0, got ${beta}`);
  const factor = Math.hypot(1 - alpha, beta);
  if (!(factor < 1))
    throw new RangeError(
      `reinjectionLevels: beta must be below ${Math.sqrt(1 - (1 - alpha) ** 2).toFixed(3)} for alpha ${alpha}, ` +
        `or the noise does not fall, got ${beta}`,
    );
  if (!(least < most)) throw new RangeError(`reinjectionLevels: least must be below most, ${most}, got ${least}`);
  const levels = [1];
  if (factor === 0) return [1, 0];
  for (let ratio = most; ratio > least;) {
    ratio *= factor;
    levels.push(schedule.level(ratio));
  }
  return levels;
}

/** Throws unless there is a level with this σ/α. */
function checkReached(caller: string, schedule: Schedule, most: number): void {
  const end = schedule.most ?? Infinity;
  if (most > end * (1 + 1e-9))
    throw new RangeError(`${caller}: most must be at most ${end}, where the schedule ends, got ${most}`);
}
