import type { Sweep } from '../scripts/sweep/sweep.ts';

/** Chapter 7: the same network; only the sampler takes more steps. */
export default {
  about: 'Denoise/renoise on the faces by sampling steps',
  checkpoint: 'denoise-renoise-faces',
  evaluate: { samples: 500, set: { steps: [1, 2, 4, 8, 16, 32, 64] } },
} satisfies Sweep;
