import type { Sweep } from '../scripts/sweep/sweep.ts';

/** Chapter 7: two training runs, looked at on their way. */
export default {
  about: 'Models of the faces by training steps',
  points: [
    { recipe: 'denoise-renoise-faces', after: [200, 400, 750, 1_500, 3_000] },
    { recipe: 'palette-faces', after: [750, 1_500, 7_000] },
  ],
  evaluate: { samples: 500, set: { steps: 16 } },
} satisfies Sweep;
