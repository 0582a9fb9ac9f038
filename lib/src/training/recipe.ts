import type { Card } from '../networks/checkpoint.js';
import type { Model, Network } from '../networks/network.js';
import type { Source } from '../types.js';
import type { Workers } from '../workers/workers.js';
import type { Adam } from './adam.js';

/**
 * A training run longer than a chapter, as the library calls that a chapter would make: of a denoiser, or of a model of
 * another kind.
 */
export interface Recipe<M extends Model = Network, D extends Source = Source> {
  /** What it trains, in a sentence. */
  about: string;
  /** What the model learns from. */
  dataset: 'digits' | 'faces' | 'faces-64' | 'sounds';
  /** What the network undoes, what it is asked for, and how to make images with it. */
  card?: Omit<Card, 'network'>;
  /** Training steps in all. */
  steps: number;
  seed: number;
  /** Loads what it learns from. */
  data(): Promise<D>;
  /** Makes the model, with its initial weights. */
  network(): M;
  /** Its schedule, if it has one, fits into the `steps` of this run. */
  optimizer(network: M, steps: number): Adam;
  /** The trainer, going on from step `resumeAt` with the given network and optimiser. */
  train(run: {
    network: M;
    optimizer: Adam;
    data: D;
    steps: number;
    resumeAt: number;
    seed: number;
    /** Other processes that take the same steps, if there are any. */
    workers?: Workers;
  }): AsyncIterable<{ step: number; loss: number }>;
}
