import {
  Adam,
  degradationNamed,
  type ImageSet,
  loadDigits,
  loadFaces,
  type Recipe,
  type Sampling,
  trainClean,
  unet,
  type UNetConfig,
} from 'naive-diffusion';

const datasets = {
  digits: { channels: 1, load: () => loadDigits({ split: 'train' }) as Promise<ImageSet> },
  faces: { channels: 3, load: () => loadFaces({ split: 'train' }) as Promise<ImageSet> },
};

/** What tells the models of chapter 6 apart. */
interface Cold {
  dataset: 'digits' | 'faces';
  /** The name of the function that makes the degradation, and what it is called with. */
  degradation: string;
  degradationOptions?: Record<string, unknown>;
  /** How to make images from nothing; left out for what only restores. */
  sampling?: Sampling['options'];
  steps?: number;
  /** `absolute` is the paper's. */
  loss?: 'squared' | 'absolute';
  /** What the network's last layer makes; `sigmoid` by default. */
  output?: UNetConfig['output'];
}

/** A model of chapter 6: one small UNet that undoes one degradation, all of them trained alike. */
export async function restore({
  dataset,
  degradation: name,
  degradationOptions,
  sampling,
  steps = 1_800,
  loss = 'absolute',
  output = 'sigmoid',
}: Cold): Promise<Recipe> {
  const degradation = await degradationNamed(name, degradationOptions);
  const { channels, load } = datasets[dataset];
  return {
    about: `cold diffusion on the ${dataset}: undoing ${name}${degradationOptions ? ` ${JSON.stringify(degradationOptions)}` : ''}, ${loss} loss`,
    dataset,
    ...(sampling && {
      sampling: {
        method: 'cold',
        degradation: name,
        ...(degradationOptions && { degradationOptions }),
        options: sampling,
      },
    }),
    steps,
    seed: 6,
    data: load,
    network: () => unet({ channels, widths: [16, 32, 48, 48], dense: 64, output, predicts: 'clean', seed: 6 }),
    optimizer: (network, steps) =>
      new Adam(network.weights, {
        rate: (step) => 2e-3 * Math.max(0.02, Math.min(1, 2.5 * (1 - step / steps))),
        warmup: 100,
        clip: 1,
        average: 0.995,
      }),
    train: (run) => trainClean({ ...run, degradation, loss, batchSize: 32 }),
  };
}
