/** A network that learns one batch by heart, with nothing but compiled steps. */
import { Adam, compile, type Images, type Network, squaredLoss, tf } from 'naive-diffusion';

/** Noisy images, their levels, and what they were. */
export interface Batch {
  z: Images;
  t: tf.Tensor1D;
  x0: Images;
}

export interface OutputAndLosses {
  /** For the batch, before any step. */
  output: Float32Array;
  /** Before each step, and after the last one. */
  losses: number[];
}

/**
 * What a network returns for a batch, and its losses while it learns that batch, all of it from compiled functions: the
 * first two calls of one are not compiled yet, and what these learn is taken back.
 */
export function learnByHeart(network: Network, { z, t, x0 }: Batch, steps: number): OutputAndLosses {
  const adam = new Adam(network.weights, { clip: 1 });
  const learned = [...network.weights, ...adam.state];
  const before = learned.map((variable) => tf.clone<tf.Tensor>(variable));
  const predict = compile((z: Images, t: tf.Tensor1D) => network(z, t), { state: network.weights });
  const learn = compile(
    (z: Images, t: tf.Tensor1D, x0: Images) => adam.minimize(() => squaredLoss(network(z, t), x0)),
    { state: learned },
  );
  const numbers = (result: () => tf.Tensor) => tf.tidy(() => result().dataSync().slice() as Float32Array);
  const ask = () => numbers(() => predict(z, t) as tf.Tensor);
  const step = () => numbers(() => learn(z, t, x0) as tf.Tensor)[0];
  for (let i = 0; i < 2; i++) {
    ask();
    step();
    for (const [i, variable] of learned.entries()) variable.assign(before[i]);
  }
  const output = ask();
  const losses = Array.from({ length: steps + 1 }, step);
  tf.dispose(before);
  predict.dispose();
  learn.dispose();
  adam.dispose();
  return { output, losses };
}
