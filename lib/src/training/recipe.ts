import type { ImageSet } from '../data/image-set.js';
import type { Model, Network } from '../networks/network.js';
import type { Adam } from './adam.js';

/** How a trained model makes images, as plain data that a checkpoint can carry: `npm run evaluate` reads it. */
export interface Sampling {
  /** Which sampler. */
  method: 'naive' | 'denoise-renoise' | 'cold' | 'palette';
  /** Which degradation it was trained to undo, by the name of the function that makes it. */
  degradation: string;
  /** What that function is called with, where its defaults are not meant. */
  degradationOptions?: Record<string, unknown>;
  /** That sampler's further options, such as S. */
  options: Record<string, unknown>;
}

/**
 * A training run longer than a chapter, as the library calls that a chapter would make: of a denoiser, or of a model of
 * another kind.
 */
export interface Recipe<M extends Model = Network, D extends ImageSet = ImageSet> {
  /** What it trains, in a sentence. */
  about: string;
  /** What the model learns from. */
  dataset: 'digits' | 'faces';
  /** How to make images with it; left out where the model is not made for that. */
  sampling?: Sampling;
  /** Training steps in all. */
  steps: number;
  seed: number;
  data(): Promise<D>;
  network(): M;
  /** Its schedule, if it has one, fits into the `steps` of this run. */
  optimizer(network: M, steps: number): Adam;
  /** The trainer, going on from step `from` with the given network and optimiser. */
  train(run: {
    network: M;
    optimizer: Adam;
    data: D;
    steps: number;
    from: number;
    seed: number;
  }): AsyncIterable<{ step: number; loss: number }>;
}
