import { Interrupted } from '../backend/interrupt.js';
import type { Images } from '../types.js';
import { live, type LiveOptions } from './live.js';

/** Options of {@link watch}. */
export interface WatchOptions extends LiveOptions {
  /**
   * Makes images to show beside the loss curve, every `samplesEvery` steps and at the end; `watch` disposes of them.
   */
  samples?: () => Images | Promise<Images>;
}

/**
 * Runs a trainer to its end while its progress is drawn below the cell, and returns the losses.
 *
 * ```ts
 * const trainer = trainNaive({ network, data, walk, walkSteps: 60, steps: 3000 });
 * const losses = await watch(trainer, { steps: 3000, title: 'digits' });
 * ```
 * The state that it ends in stays, also when the training was stopped or failed; the error is then passed on.
 * @param trainer whatever yields `{ step, loss }` after each step, `step` being the steps taken so far
 * @throws {RangeError} when `steps` or `samplesEvery` is out of range
 */
export async function watch(
  trainer: AsyncIterable<{ step: number; loss: number }>,
  { samples, ...options }: WatchOptions,
): Promise<number[]> {
  const report = live(options);
  try {
    for await (const { step, loss } of trainer) {
      const images = samples && report.wantsSamples(step) ? await samples() : undefined;
      try {
        report.update({ step, loss, samples: images });
      } finally {
        images?.dispose();
      }
    }
  } catch (error) {
    report.done(error instanceof Interrupted ? 'stopped' : 'failed');
    throw error;
  }
  report.done();
  return report.losses;
}
