import type { Sweep } from '../scripts/sweep/sweep.ts';

/** Chapters 7 and 9: models of the faces that make images, after the same number of training steps. */
export default {
  about: 'Models of the faces after 1,800 training steps',
  recipe: [
    'cold-animorphosis-faces',
    'cold-blur-faces',
    'cold-fade-to-black-faces',
    'cold-fade-to-colours-faces',
    'cold-gaussian-faces',
    'denoise-renoise-faces',
    'gaussian-clean-faces',
    'gaussian-noise-faces',
    'gaussian-velocity-faces',
    'naive-faces',
    'palette-faces',
  ],
  steps: 1_800,
} satisfies Sweep;
