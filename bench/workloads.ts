import {
  autoencoderConfig,
  type AutoencoderConfig,
  type DiffusionTransformerConfig,
  naiveUnetConfig,
  residualConfig,
  type ResidualUNetConfig,
  type UNetConfig,
} from 'naive-diffusion';

/** Something to time, as plain data that both sides understand. */
export interface Workload {
  /** What it is, in a few words. */
  about: string;
  /** One turn is a training step (`naive`, `clean`, `autoencoder`), or one run of a sampler (`sample`, `guided`). */
  kind: 'naive' | 'clean' | 'autoencoder' | 'sample' | 'guided';
  config: (UNetConfig | ResidualUNetConfig | DiffusionTransformerConfig | AutoencoderConfig) & { size: number };
  batch: number;
  /** Guided: how far, where 1 is what was learnt. */
  weight?: number;
  /** The naive walk: its steps, and the pixels of each. */
  T?: number;
  pixels?: number;
  /** Predictions of a run of the sampler. */
  S?: number;
  /** Turns in a round, and before the first. */
  turns: number;
  warmUp: number;
}

const ofFaces = { ...naiveUnetConfig, size: 32 };
const residual = { ...residualConfig, size: 32, outputs: residualConfig.channels };
const told = { ...residual, conditions: { digit: 10 } };
const attentive = { ...residual, attention: [8, 16], heads: 4 };
const transformer = {
  kind: 'diffusion-transformer' as const,
  size: 32,
  channels: 3,
  outputs: 3,
  patch: 4,
  width: 96,
  depth: 8,
  heads: 4,
  ratio: 4,
  embedding: 64,
  level: 'sinusoidal' as const,
  output: 'sigmoid' as const,
  conditions: {},
  seed: 1,
};
const tiny = { ...naiveUnetConfig, size: 8, widths: [8, 8], dense: 0 };

export const workloads = {
  a: {
    about: "a training step of chapter 4's network",
    kind: 'naive',
    config: ofFaces,
    batch: 64,
    T: 16,
    pixels: 176,
    turns: 32,
    warmUp: 16,
  },
  b: { about: 'a training step of a residual UNet', kind: 'clean', config: residual, batch: 64, turns: 8, warmUp: 4 },
  c: {
    about: 'a training step of a tiny network on one image',
    kind: 'naive',
    config: tiny,
    batch: 1,
    T: 16,
    pixels: 11,
    turns: 2000,
    warmUp: 200,
  },
  d: {
    about: "64 samples of chapter 4's network in 64 steps",
    kind: 'sample',
    config: ofFaces,
    batch: 64,
    S: 64,
    turns: 1,
    warmUp: 1,
  },
  e: {
    about: 'a training step of a residual UNet with attention',
    kind: 'clean',
    config: attentive,
    batch: 64,
    turns: 6,
    warmUp: 4,
  },
  f: {
    about: 'a training step of a diffusion transformer',
    kind: 'clean',
    config: transformer,
    batch: 64,
    turns: 6,
    warmUp: 4,
  },
  g: {
    about: '64 samples of the UNet with attention in 8 steps',
    kind: 'sample',
    config: attentive,
    batch: 64,
    S: 8,
    turns: 1,
    warmUp: 2,
  },
  h: {
    about: '64 samples of the transformer in 8 steps',
    kind: 'sample',
    config: transformer,
    batch: 64,
    S: 8,
    turns: 1,
    warmUp: 2,
  },
  i: {
    about: "one sample of chapter 4's network in 16 steps",
    kind: 'sample',
    config: ofFaces,
    batch: 1,
    S: 16,
    turns: 16,
    warmUp: 8,
  },
  j: {
    about: '64 samples of a residual UNet in 8 steps, guided',
    kind: 'guided',
    config: told,
    batch: 64,
    S: 8,
    weight: 2,
    turns: 1,
    warmUp: 2,
  },
  k: {
    about: 'a training step of an autoencoder of 64×64 pixels',
    kind: 'autoencoder',
    config: { ...autoencoderConfig, mean: [0, 0, 0, 0], deviation: [1, 1, 1, 1] },
    batch: 32,
    turns: 6,
    warmUp: 4,
  },
} satisfies Record<string, Workload>;

/** What grows: one image is sampled with chapter 4's network, and one of these numbers varies. */
export const growth = {
  usual: { batch: 16, size: 32, S: 16 },
  varied: { batch: [1, 4, 16, 64, 256], size: [16, 32, 64, 128], S: [16, 64, 256, 1024] },
};
