import {
  cosineSchedule,
  denseResidualConfig,
  gaussian,
  type ImageSet,
  loadFaces,
  type Recipe,
  residualUnet,
  trainDenoiser,
  uniformLevels,
  velocity,
} from 'naive-diffusion';
import { cardInSixteen } from './card-in-sixteen.ts';
import { adamFor } from './latents/faces.ts';

const degradation = gaussian({ schedule: cosineSchedule() });
const target = velocity(degradation);

/** Chapter 16: what latent-faces is compared with, diffusion in the pixels themselves. */
export default {
  about: 'Gaussian diffusion on the faces at 64×64, asked for the velocity: residual UNet with one more level',
  dataset: 'faces-64',
  card: cardInSixteen(degradation, target, { clip: true }),
  steps: 600,
  seed: 16,
  data: () => loadFaces({ size: 64 }),
  network: () =>
    residualUnet({ ...denseResidualConfig, size: 64, widths: [16, 32, 64, 96, 96], output: 'linear', seed: 16 }),
  optimizer: adamFor,
  train: (run) => trainDenoiser({ ...run, degradation, target, levels: uniformLevels, batchSize: 32 }),
} satisfies Recipe<ReturnType<typeof residualUnet>, ImageSet>;
