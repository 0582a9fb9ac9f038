import type { Sweep } from '../scripts/sweep/sweep.ts';

/** An example of some minutes: what a step of the optimiser may measure, when there are few of them. */
export default {
  about: 'Naive diffusion on the digits after 200 steps, by step size',
  recipe: 'naive-digits',
  options: { rate: [3e-4, 2e-3, 1e-2], seed: [1, 2, 3] },
  steps: 200,
  saveEvery: 50,
  evaluate: { samples: 200 },
  figure: { over: 'options.rate' },
} satisfies Sweep;
