import {
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
  /** One turn is a training step (`naive`, `clean`), or one run of a sampler. */
  kind: 'naive' | 'clean' | 'sample';
  config: (UNetConfig | ResidualUNetConfig | DiffusionTransformerConfig) & { size: number };
  batch: number;
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
} satisfies Record<string, Workload>;

/** What grows in (i): one image is sampled with chapter 4's network, and one of these numbers varies. */
export const growth = {
  usual: { batch: 16, size: 32, S: 16 },
  varied: { batch: [1, 4, 16, 64, 256], size: [16, 32, 64, 128], S: [16, 64, 256, 1024] },
};
