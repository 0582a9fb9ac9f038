import { loadFaces } from 'naive-diffusion';
import { naive } from './naive/walk.ts';

/** Naive diffusion on faces. */
export default naive({
  dataset: 'faces',
  data: () => loadFaces({ split: 'train' }),
  walkSteps: 16,
  pixels: 176,
});
