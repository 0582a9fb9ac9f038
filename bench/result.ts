/** What `npm run bench -- --json` prints, and `bench/report.ts` reads. */
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
