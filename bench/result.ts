/** What `npm run bench -- --json` prints, and `bench/report.ts` reads. */
import * as v from 'valibot';
import type { Beside, Combinations, FrechetInterval, UNetConfig } from 'naive-diffusion';

/** Times of one side, in seconds for a turn. */
export interface Times {
  median: number;
  low: number;
  high: number;
}
/** How far the two sides are apart, where they should not be: relative to the largest value. */
export interface Agreement {
  output: number;
  loss: number;
}
export type Side = 'ours' | 'pytorch' | 'pytorchCompiled';

export interface Result {
  date: string;
  machine: string;
  versions: Record<string, string>;
  /** PyTorch's median time over ours: above 1 is ours faster. */
  ratios: Record<string, number>;
  /** The same against `torch.compile`, where it works. */
  ratiosCompiled: Record<string, number>;
  workloads: Record<
    string,
    {
      about: string;
      times: Partial<Record<Side, Times>>;
      megabytes: Partial<Record<Side, number>>;
      agreement?: Agreement;
      failed?: Partial<Record<Side, string>>;
    }
  >;
  growth: Growth[];
}

/**
 * Seconds for an image as one number varies, and the exponent p of the power law, seconds ~ number^p, that fits best.
 */
export interface Growth {
  side: Side;
  what: string;
  numbers: number[];
  seconds: number[];
  exponent: number;
}

/**
 * What `npm run bench:pictures` writes, and `bench/report.ts` reads: how good pictures are after some minutes of
 * training.
 */
export interface Pictures {
  machine: string;
  /** How each side trains and samples with each algorithm. */
  settings: Record<PictureSide, Record<Algorithm, PictureSettings>>;
  versions: Partial<Record<PictureSide, string>>;
  /** What coin flips get that no network has touched. */
  noise: Judgement;
  /** One for each side, algorithm, seed and number of minutes. */
  rows: PictureRow[];
}

/** `pytorch` is the article's own program; `pytorch-tuned` is PyTorch with the library's settings. */
export type PictureSide = 'ours' | 'pytorch' | 'pytorch-tuned';
export type Algorithm = 'naive' | 'denoise-renoise';

export interface PictureSettings {
  config: UNetConfig;
  batch: number;
  /** Adam's, and the steps over which it rises to that. */
  rate: number;
  warmup: number;
  epsilon: number;
  /** The share that averages of the weights keep at a step; without averages when left out. */
  average?: number;
  /**
   * Naive: the steps of the walk, its pixels, and whether one step may pick a pixel twice, the same pixels for all
   * images.
   */
  T?: number;
  pixels?: number;
  repeats?: boolean;
  /** Denoise/renoise: sampling steps. */
  S?: number;
}

/** What the metrics of chapter 7 say of some samples. */
export interface Judgement {
  samples: number;
  frechet: FrechetInterval;
  /** The distance of as many real images. */
  floor: number;
  /**
   * The share of samples within the real images' neighbourhoods, and of real images within the samples', by the
   * classifier's features.
   */
  precision: number;
  recall: number;
  /**
   * Median distance to the nearest training image, as a root mean squared difference of pixels: of samples and of
   * unseen images.
   */
  nearest: Beside;
  combinations: Pick<Combinations, 'distinct' | 'expected'>;
  imbalance: { attribute: string; share: number };
}

export interface PictureRow extends Judgement {
  side: PictureSide;
  algorithm: Algorithm;
  seed: number;
  minutes: number;
  /** The cores that the side had while it trained. */
  cores: number;
  steps: number;
  /** Work of all cores together: less than minutes times cores where the machine did other things, or a core waited. */
  processorMinutes: number;
  /** Its folder in `.cache/pictures`. */
  run: string;
}

const numbers = v.record(v.string(), v.number());
const texts = v.record(v.string(), v.string());
const times = v.object({ median: v.number(), low: v.number(), high: v.number() });

/** What a file of {@link Result} must hold. */
export const BenchResult = v.object({
  date: v.string(),
  machine: v.string(),
  versions: texts,
  ratios: numbers,
  ratiosCompiled: numbers,
  workloads: v.record(
    v.string(),
    v.object({
      about: v.string(),
      times: v.record(v.string(), times),
      megabytes: numbers,
      agreement: v.optional(v.object({ output: v.number(), loss: v.number() })),
      failed: v.optional(texts),
    }),
  ),
  growth: v.array(
    v.object({
      side: v.picklist(['ours', 'pytorch', 'pytorchCompiled']),
      what: v.string(),
      numbers: v.array(v.number()),
      seconds: v.array(v.number()),
      exponent: v.number(),
    }),
  ),
});

const judgement = {
  samples: v.number(),
  frechet: v.custom<FrechetInterval>((value) => v.is(v.looseObject({ distance: v.number() }), value)),
  floor: v.number(),
  precision: v.number(),
  recall: v.number(),
  nearest: v.object({ samples: v.number(), real: v.number() }),
  combinations: v.object({ distinct: v.number(), expected: v.number() }),
  imbalance: v.object({ attribute: v.string(), share: v.number() }),
};

/** What a file of {@link Pictures} must hold. */
export const PicturesFile = v.object({
  machine: v.string(),
  settings: v.custom<Pictures['settings']>((value) => typeof value === 'object' && value !== null),
  versions: texts,
  noise: v.object(judgement),
  rows: v.array(
    v.object({
      ...judgement,
      side: v.picklist(['ours', 'pytorch', 'pytorch-tuned']),
      algorithm: v.picklist(['naive', 'denoise-renoise']),
      seed: v.number(),
      minutes: v.number(),
      cores: v.number(),
      steps: v.number(),
      processorMinutes: v.number(),
      run: v.string(),
    }),
  ),
});

/** What the notes of a snapshot of a training run say. */
export const SnapshotNotes = v.object({ steps: v.number(), processorMinutes: v.number() });
