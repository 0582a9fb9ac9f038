import { Random, tf, type Rows } from 'naive-diffusion';

/** `count` points of `size` independent standard normal numbers, each transformed by `change`. */
export function gaussian(
  seed: number,
  count: number,
  size: number,
  change: (x: number, column: number, row: number) => number = (x) => x,
): Rows {
  const random = new Random(seed);
  const data = Float32Array.from({ length: count * size }, (_, i) =>
    change(random.normal(), i % size, Math.floor(i / size)),
  );
  return { data, shape: [count, size] };
}

/** Row `i` as plain numbers. */
export function row({ data, shape }: Rows, i: number): number[] {
  return Array.from(data.subarray(i * shape[1], (i + 1) * shape[1]));
}

/** The rows at `positions`, in their order. */
export function rows(points: Rows, positions: ArrayLike<number>): Rows {
  return {
    data: Float32Array.from(Array.from(positions).flatMap((i) => row(points, i))),
    shape: [positions.length, points.shape[1]],
  };
}

/** A 2-D tensor of the points; the caller owns it. */
export function tensor({ data, shape }: Rows): tf.Tensor2D {
  return tf.tensor2d(data, [shape[0], shape[1]]);
}

/** How many tensors `work` leaves behind. */
export async function leaks(work: () => unknown): Promise<number> {
  const before = tf.memory().numTensors;
  await work();
  return tf.memory().numTensors - before;
}

/** Points from nested arrays. */
export function points(table: readonly (readonly number[])[]): Rows {
  return { data: Float32Array.from(table.flat()), shape: [table.length, table[0].length] };
}
