import {
  type FloatSet,
  loadFaces,
  type Recipe,
  type residualUnet,
  trainDenoiser,
  uniformLevels,
} from 'naive-diffusion';
import { adamFor, card, degradation, latentsOf, latentUnet, target } from './latents/faces.ts';

/** Chapter 16: as many minutes of two cores as gaussian-faces-64. */
export default {
  about: 'Gaussian diffusion in the latents of the faces at 64×64, asked for the velocity: residual UNet',
  dataset: 'faces-64',
  card,
  steps: 2_000,
  seed: 16,
  data: async () => latentsOf(await loadFaces({ size: 64 })),
  network: () => latentUnet({ seed: 16 }),
  optimizer: adamFor,
  train: (run) => trainDenoiser({ ...run, degradation, target, levels: uniformLevels, batchSize: 32 }),
} satisfies Recipe<ReturnType<typeof residualUnet>, FloatSet>;
