import type { ImageSet } from '../data/image-set.js';
import type { Network } from '../networks/network.js';
import type { Adam } from './adam.js';

/** A training run longer than a chapter, as the library calls that a chapter would make. */
export interface Recipe {
  /** What it trains, in a sentence. */
  about: string;
  /** Training steps in all. */
  steps: number;
  seed: number;
  data(): Promise<ImageSet>;
  network(): Network;
  optimizer(network: Network): Adam;
  /** The trainer, going on from step `from` with the given network and optimiser. */
  train(run: { network: Network; optimizer: Adam; data: ImageSet; steps: number; from: number; seed: number }): AsyncIterable<{ step: number; loss: number }>;
}
