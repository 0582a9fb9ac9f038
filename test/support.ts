import { expect } from 'vitest';
import { tf, type Model } from 'naive-diffusion';

/** Runs `act` and expects as many tensors after it as before, whatever it does. */
export async function expectNoLeak(act: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  await act();
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
}

/** The largest absolute difference between two tensors of the same shape. */
export function difference(a: tf.Tensor, b: tf.Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

/** Copies of a network's weights as plain arrays. */
export function weightsOf(network: Model): number[][] {
  return network.weights.map((w) => [...w.dataSync()]);
}

/** The losses of a training, step by step, to its end. */
export async function lossesOf(turns: AsyncIterable<{ loss: number }>): Promise<number[]> {
  const losses: number[] = [];
  for await (const { loss } of turns) losses.push(loss);
  return losses;
}
