import {
  Adam,
  clean,
  degradations,
  type ImageSet,
  loadDigits,
  loadFaces,
  recipe,
  type Spec,
  trainDenoiser,
  unet,
  type UNetConfig,
} from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';

const datasets = {
  digits: { channels: 1, load: (): Promise<ImageSet> => loadDigits({ split: 'train' }) },
  faces: { channels: 3, load: (): Promise<ImageSet> => loadFaces({ split: 'train' }) },
};

/** What tells the models of chapter 6 apart. */
interface Cold {
  dataset: 'digits' | 'faces';
  /** What makes the degradation. */
  degradation: Spec;
  /** How to make images from nothing; left out for what only restores. */
  sampler?: Spec;
  steps?: number;
  /** `absolute` is the paper's. */
  loss?: 'squared' | 'absolute';
  /** What the network's last layer makes; `sigmoid` by default. */
  output?: UNetConfig['output'];
}

/** A model of chapter 6: one small UNet that undoes one degradation, all of them trained alike. */
export async function restore({
  dataset,
  degradation: spec,
  sampler,
  steps = 1_800,
  loss = 'absolute',
  output = 'sigmoid',
}: Cold) {
  const degradation = await degradations.make(spec);
  const { channels, load } = datasets[dataset];
  const { kind, ...options } = spec;
  const described = Object.keys(options).length > 0 ? `${kind} ${JSON.stringify(options)}` : kind;
  return recipe({ seed: 6, rate: 2e-3, batchSize: 32 }, ({ seed, rate, batchSize }) => ({
    about: `cold diffusion on the ${dataset}: undoing ${described}, ${loss} loss`,
    dataset,
    card: { degradation: degradation.spec, target: clean.spec, ...(sampler && { sampler }) },
    steps,
    seed,
    data: load,
    network: () => unet({ channels, widths: [16, 32, 48, 48], dense: 64, output, seed }),
    optimizer: (network, total) =>
      new Adam(network.weights, { rate: fallingRate(rate, total, 2.5), warmup: 100, clip: 1, average: 0.995 }),
    train: (run) => trainDenoiser({ ...run, degradation, loss, batchSize }),
  }));
}
