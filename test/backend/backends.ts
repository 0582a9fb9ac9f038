import { expect } from 'vitest';
import { tf } from 'naive-diffusion';
import { findFused } from '../../lib/src/backend/fused.js';
import { completeWasm } from '../../lib/src/backend/wasm.js';

/** A tensor as plain data, so that it can be carried from one backend to another. */
export interface Plain {
  shape: number[];
  values: number[];
}

/** Runs `act` in a scope on another backend, then goes back to the current one. */
export async function on<T>(backend: 'tensorflow' | 'wasm' | 'cpu', act: () => T): Promise<T> {
  const current = tf.getBackend();
  if (backend === 'wasm') completeWasm();
  await tf.setBackend(backend);
  try {
    return scoped(act);
  } finally {
    await tf.setBackend(current);
  }
}

/** Runs `act` without the operations in C++, then goes back to what there was. `act` is done when it returns. */
export function withoutFused<T>(act: () => T): T {
  const before = findFused();
  const variable = process.env.NAIVE_DIFFUSION_FUSED;
  process.env.NAIVE_DIFFUSION_FUSED = '0';
  try {
    expect(findFused()).toBe(false);
    return act();
  } finally {
    if (variable === undefined) delete process.env.NAIVE_DIFFUSION_FUSED;
    else process.env.NAIVE_DIFFUSION_FUSED = variable;
    expect(findFused()).toBe(before);
  }
}

/** As `tf.tidy`, for a function that returns no tensors. */
export function scoped<T>(act: () => T): T {
  let result!: T;
  tf.tidy(() => {
    result = act();
  });
  return result;
}

export function plain(tensor: tf.Tensor): Plain {
  return { shape: tensor.shape, values: [...tensor.dataSync()] };
}

/** The largest difference between two plain tensors, relative to the largest value of the second (at least 1e-3). */
export function apart(a: Plain, b: Plain): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`shapes differ: [${a.shape}] and [${b.shape}]`);
  const largest = (values: number[]) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(a.values.map((value, i) => value - b.values[i])) / Math.max(1e-3, largest(b.values));
}
