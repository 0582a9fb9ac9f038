import {
  Adam,
  type Autoencoder,
  autoencoder,
  encodeAll,
  type FaceSet,
  latentSpread,
  loadFaces,
  type Recipe,
  trainAutoencoder,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

/**
 * Chapter 16: from faces at 64×64 to 16×16×4 numbers and back; it ends with what it has measured of these numbers. The
 * published model was trained in two goes, of which the first, to step 3,305, was meant to end after 4,500 steps.
 */
export default {
  about: 'autoencoder of the faces at 64×64: 16×16×4 numbers for each, normalised by their measured spread',
  dataset: 'faces-64',
  steps: 3_800,
  seed: 16,
  data: () => loadFaces({ size: 64 }),
  network: () => autoencoder({ seed: 16 }),
  optimizer: (network, total) =>
    new Adam(network.weights, { rate: fallingRate(2e-3, total, 2), warmup: 100, clip: 1, average: 0.995 }),
  train: async function* (run) {
    yield* trainAutoencoder({ ...run, kl: 3e-4, batchSize: 32 });
    const goBack = run.optimizer.useAverages();
    run.network.normalize(latentSpread(await encodeAll(run.data, run.network)));
    goBack();
  },
} satisfies Recipe<Autoencoder, FaceSet>;
