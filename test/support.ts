import { afterEach, beforeEach, expect, vi } from 'vitest';
import { compile, key, normal, tf, type Images, type Model, type Network } from 'naive-diffusion';

/** Runs `act` and expects as many tensors after it as before, whatever it does. */
export async function expectNoLeak(act: () => unknown): Promise<void> {
  const before = tf.memory().numTensors;
  await act();
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
}

/** For a file whose tests are of what is compiled: what cannot be warns, and runs all the same, so no test may warn. */
export function refuseWarnings(): void {
  const warned = vi.spyOn(console, 'warn');
  beforeEach(() => {
    warned.mockClear();
  });
  afterEach(() => {
    expect(warned).not.toHaveBeenCalled();
  });
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

/** Moves every weight a little, those that start at zero included. */
export function stirred<N extends Pick<Network, 'weights'>>(network: N): N {
  network.weights.forEach((weight, i) =>
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(normal(key(99, i), weight.shape), 0.1)));
    }),
  );
  return network;
}

/** Expects that the squared error of a network for two images reaches each of its weights. */
export function expectGradients(network: Network, z: Images): void {
  const { grads } = tf.variableGrads(
    () =>
      network(z, tf.tensor1d([0.3, 0.6]))
        .sub(z)
        .square()
        .mean() as tf.Scalar,
    network.weights,
  );
  for (const [name, weight] of Object.entries(network.parameters))
    expect(grads[weight.name].abs().max().dataSync()[0], name).toBeGreaterThan(1e-7);
}

/** Expects the same of a network when it is compiled, to 1e-5, for numbers that it was not recorded with. */
export function expectCompiledAlike(network: Network, images: (seed: number) => Images, calls = 4): void {
  const compiled = compile((z: Images, t: tf.Tensor1D) => network(z, t), { state: network.weights });
  for (let i = 0; i < calls; i++) {
    const [z, t] = [images(i), tf.tensor1d([i / 4, 1 - i / 5])];
    expect(difference(compiled(z, t), network(z, t))).toBeLessThan(1e-5);
  }
  compiled.dispose();
}
