import {
  Adam,
  type Autoencoder,
  cosineSchedule,
  denseResidualConfig,
  encodeAll,
  type FaceSet,
  type FloatSet,
  gaussian,
  pretrained,
  residualUnet,
  type ResidualUNetConfig,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';
import { cardInSixteen } from '../card-in-sixteen.ts';

/** Latents are noised as they are: they have been brought to deviation 1, and know no range. */
export const degradation = gaussian({ schedule: cosineSchedule(), range: [-1, 1] });
export const target = velocity(degradation);

/** How to make latents, which a codec must decode. */
export const card = cardInSixteen(degradation, target);

/** All faces as autoencoder-faces has them. */
export async function latentsOf(faces: FaceSet): Promise<FloatSet> {
  const { network } = await pretrained<Autoencoder>('autoencoder-faces');
  const latents = await encodeAll(faces, network);
  network.dispose();
  return latents;
}

/** The network of 32×32 faces for 16×16×4 numbers: one level fewer, and wider at the first. */
export const latentUnet = (options: Partial<ResidualUNetConfig> = {}) =>
  residualUnet({ ...denseResidualConfig, size: 16, channels: 4, widths: [48, 96, 96], output: 'linear', ...options });

/** Adam with a rate that falls in the last half of a run. */
export const adamFor = (network: ReturnType<typeof residualUnet>, total: number): Adam =>
  new Adam(network.weights, { rate: fallingRate(2e-3, total, 2), warmup: 100, clip: 1, average: 0.998 });
