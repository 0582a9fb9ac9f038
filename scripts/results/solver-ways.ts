import {
  dpmSolver2M,
  evenLevels,
  heun,
  inferred,
  karrasLevels,
  type NoiseDraw,
  renoise,
  type Rule,
  type Schedule,
} from 'naive-diffusion';

/** A way from noise to images. */
export interface Way {
  rule: Rule<NoiseDraw>;
  levels: number[];
  /** How often the network is asked, where an answer is used. */
  evaluations: number;
  /** Whether the denoiser must know its variance. */
  optimal?: boolean;
}
/** The way for so many evaluations, or as nearly so many as there is one for. */
export type Make = (evaluations: number, schedule: Schedule) => Way;

export const even =
  (rule: Rule<NoiseDraw>, more: Partial<Way> = {}): Make =>
  (steps) => ({ rule, levels: evenLevels(steps), evaluations: steps, ...more });
export const karras =
  (rule: Rule<NoiseDraw>): Make =>
  (steps, schedule) => ({ rule, levels: karrasOf(steps, schedule), evaluations: steps });
/** Two guesses a step, of which the last step uses one, and the first where it starts from nothing but noise. */
export const twice =
  (rule: Rule<NoiseDraw>, levelsOf: (steps: number, schedule: Schedule) => number[]): Make =>
  (evaluations, schedule) => {
    const steps = evaluations / 2 + 1;
    return {
      rule,
      levels: levelsOf(steps, schedule),
      evaluations: 2 * steps - (schedule.most === undefined ? 2 : 1),
    };
  };
export const karrasOf = (steps: number, schedule: Schedule): number[] => karrasLevels(schedule, { steps });

const ddim = renoise(inferred) as Rule<NoiseDraw>;
/** Chapter 5's walk and the solvers of chapter 11, by the names of their rows. */
export const solverWays: Record<string, Make> = {
  'denoise/renoise': even(renoise() as Rule<NoiseDraw>),
  'DDIM, even levels': even(ddim),
  'Euler, Karras': karras(ddim),
  'Heun, even levels': twice(heun, (steps) => evenLevels(steps)),
  'Heun, Karras': twice(heun, karrasOf),
  '2M, even levels': even(dpmSolver2M),
  '2M, Karras': karras(dpmSolver2M),
};
