import { loadDigits } from 'naive-diffusion';
import { naive } from './naive/walk.ts';

/** Naive diffusion on digits. */
export default naive({
  dataset: 'digits',
  data: () => loadDigits({ split: 'train' }),
  walkSteps: 20,
  pixels: 96,
  network: { channels: 1, output: 'sigmoid' },
});
