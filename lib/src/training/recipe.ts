import type { ImageSet } from '../data/image-set.js';
import type { Network } from '../networks/network.js';
import type { Adam } from './adam.js';

/** How a trained model makes images, as plain data that a checkpoint can carry: `npm run evaluate` reads it. */
export interface Sampling {
  /** Which sampler. */
  method: 'naive' | 'denoise-renoise' | 'cold' | 'palette';
  /** Which degradation it was trained to undo, by the name of the function that makes it. */
  degradation: string;
  /** That sampler's further options, such as S. */
  options: Record<string, unknown>;
}

/** A training run longer than a chapter, as the library calls that a chapter would make. */
export interface Recipe {
  /** What it trains, in a sentence. */
  about: string;
  /** What the model learns from. */
  dataset: 'digits' | 'faces';
  /** How to make images with it; left out where the model is not made for that. */
  sampling?: Sampling;
  /** Training steps in all. */
  steps: number;
  seed: number;
  data(): Promise<ImageSet>;
  network(): Network;
  optimizer(network: Network): Adam;
  /** The trainer, going on from step `from` with the given network and optimiser. */
  train(run: { network: Network; optimizer: Adam; data: ImageSet; steps: number; from: number; seed: number }): AsyncIterable<{ step: number; loss: number }>;
}
