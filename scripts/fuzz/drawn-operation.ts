import { tf } from 'naive-diffusion';
import {
  absoluteLoss,
  conv2d,
  conv2dTranspose,
  downsample2x,
  groupNorm,
  squaredLoss,
  upsample2x,
} from '../../lib/src/backend/ops.ts';
import { convolution, type Planes } from '../../lib/src/backend/convolution.ts';
import { crossEntropy } from '../../lib/src/backend/cross-entropy.ts';
import { key, normal } from '../../lib/src/backend/random.ts';
import { silu } from '../../lib/src/backend/silu.ts';
import type { Random } from '../../lib/src/random.ts';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;
type Images = tf.Tensor4D;

/** An operation of the library with random arguments, and the same composed from TensorFlow's own. */
export interface DrawnOperation {
  /** The operation and its arguments, in words. */
  name: string;
  /** The shapes of the tensors that it takes. */
  shapes: number[][];
  own: Operation;
  stock: Operation;
  /** Whether the arguments are such as may be refused: no channels or filter, or a size that cannot be halved. */
  refusable: boolean;
  /** The result's shape, for images without a number: it is then 0, as are the gradients. */
  result?: number[];
  /** How large the terms are of which the results are made, where that is more than the results: what is left of a
   * difference has the rounding of its terms. */
  terms?: number;
}

/** Sizes of all kinds: none, one, odd, whole vectors and tiles, and a little more or less than those. */
const sizes = [0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 13, 16, 17, 33];
const fewSizes = [0, 1, 1, 1, 2, 2, 3, 3, 4, 5];

function from<T>(random: Random, list: readonly T[]): T {
  return list[random.int(list.length)];
}

/** `[batch, height, width, channels]`, of at most some ten thousand numbers. */
function drawShape(random: Random): [number, number, number, number] {
  const [batch, height, width] = [from(random, fewSizes), from(random, sizes), from(random, sizes)];
  return [batch, Math.min(height, 17), Math.min(width, 17), from(random, sizes)];
}

/** One operation with arguments of random shapes, among them empty ones. */
export function drawOperation(random: Random): DrawnOperation {
  const kinds = [convolved, convolved, convolved, enlarged, enlarged, withPlanes, normalized, normalized, small];
  return from(random, kinds)(random);
}

const activations = {
  linear: (x: tf.Tensor) => x,
  relu: (x: tf.Tensor) => tf.relu(x),
  silu: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
} as const;
const activationNames = ['linear', 'relu', 'silu'] as const;

function convolved(random: Random): DrawnOperation {
  const x = drawShape(random);
  const side = from(random, [3, 3, 3, 1, 2, 4, 5]);
  const filter = [side, from(random, [side, side, side, 1, 2]), x[3], from(random, sizes)];
  const stride = from(random, [1, 1, 2] as const);
  const activation = from(random, activationNames);
  const biased = random.int(2) === 1;
  return {
    name: `conv2d [${x}] * [${filter}], stride ${stride}, ${activation}${biased ? ', bias' : ''}`,
    shapes: biased ? [x, filter, [filter[3]]] : [x, filter],
    refusable: filter.includes(0),
    result: [x[0], Math.ceil(x[1] / stride), Math.ceil(x[2] / stride), filter[3]],
    own: (a, f, b) => conv2d(a as Images, f as Images, b as tf.Tensor1D | undefined, { stride, activation }),
    stock: (a, f, b) => {
      const y = tf.conv2d(a as Images, atLeast(stride, f), stride, 'same');
      return activations[activation](b ? tf.add(y, b) : y);
    },
  };
}

/** A filter with zeros beside it, for TensorFlow's own fails where a filter is smaller than its stride. */
function atLeast(stride: number, filter: tf.Tensor): Images {
  const beside = (axis: number): [number, number] => [0, Math.max(0, stride - filter.shape[axis]!)];
  return tf.pad(filter as Images, [beside(0), beside(1), [0, 0], [0, 0]]);
}

function enlarged(random: Random): DrawnOperation {
  const x = drawShape(random);
  const side = from(random, [2, 3, 3, 4, 1, 5]);
  const filter = [side, side, from(random, sizes), x[3]];
  const stride = from(random, [1, 2] as const);
  const activation = from(random, activationNames);
  const shape = [x[0], x[1] * stride, x[2] * stride, filter[2]] as [number, number, number, number];
  return {
    name: `conv2dTranspose [${x}] * [${filter}], stride ${stride}, ${activation}`,
    shapes: [x, filter, [filter[2]]],
    refusable: filter.includes(0),
    result: shape,
    own: (a, f, b) => conv2dTranspose(a as Images, f as Images, b as tf.Tensor1D, { stride, activation }),
    stock: (a, f, b) =>
      activations[activation](tf.add(tf.conv2dTranspose(a as Images, atLeast(stride, f), shape, stride, 'same'), b)),
  };
}

/** A convolution to which images are added: one for all, and one that is multiplied by each image's level. */
function withPlanes(random: Random): DrawnOperation {
  const [batch, height, width, channels] = drawShape(random).map((size) => Math.max(size, 1));
  const x = [random.int(4) === 0 ? 0 : batch, height, width, channels];
  const [side, count] = [from(random, [1, 3]), from(random, [1, 2])];
  const outputs = Math.max(1, from(random, sizes));
  const relu = random.int(2) === 1;
  return {
    name: `convolution [${x}], ${side}×${side} to ${outputs}, plus ${count} planes${relu ? ', relu' : ''}`,
    shapes: [x, [side, side, channels, outputs], [count, height, width, outputs], [x[0]]],
    refusable: false,
    result: [x[0], height, width, outputs],
    own: (a, f, parts, level) => convolution(a as Images, f as Images, { parts, level } as Planes, { stride: 1, relu }),
    stock: (a, f, parts, level) => {
      const still = tf.slice(parts, [0, 0, 0, 0], [1, -1, -1, -1]);
      const second = count === 2 ? tf.slice(parts, [1, 0, 0, 0]) : tf.zeros([1, 1, 1, 1]);
      const moving = tf.mul(second, tf.reshape(level, [x[0], 1, 1, 1]));
      const y = tf.add(tf.add(tf.conv2d(a as Images, f as Images, 1, 'same'), still), moving);
      return relu ? tf.relu(y) : y;
    },
  };
}

function normalized(random: Random): DrawnOperation {
  const x = drawShape(random);
  const [batch, height, width, channels] = x;
  const groups = from(
    random,
    [1, 2, 3, 4, 8].filter((n) => channels % n === 0),
  );
  const activation = from(random, ['linear', 'silu'] as const);
  const vector = random.int(2) === 0 ? [channels] : [batch, channels];
  return {
    name: `groupNorm [${x}], ${groups} groups, ${activation}, scale [${vector}]`,
    shapes: [x, vector, vector],
    refusable: channels === 0,
    result: x,
    // Of few numbers, or of equal ones, a group's gradient is a difference of terms of up to 1/√ε each.
    terms: (height * width * channels) / groups < 16 ? 300 : 0,
    own: (a, scale, offset) => groupNorm(a as Images, scale, offset, { groups, activation }),
    stock: (a, ...vectors) => {
      const [scale, offset] = vectors.map((v) => tf.reshape(v, [vector.length === 1 ? 1 : batch, 1, 1, channels]));
      const grouped = tf.reshape(a, [batch, height * width, groups, channels / groups]);
      const { mean, variance } = tf.moments(grouped, [1, 3], true);
      const hat = tf.reshape(tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, 1e-5))), x);
      return activations[activation](tf.add(tf.mul(hat, scale), offset));
    },
  };
}

function small(random: Random): DrawnOperation {
  const x = drawShape(random);
  const name = (operation: string) => `${operation} [${x}]`;
  const [batch, height, width] = x;
  const numbers = x.reduce((a, b) => a * b);
  const pixels = x.slice(0, 3);
  const labels = tf.tensor(
    Int32Array.from({ length: batch * height * width }, () => random.int(Math.max(1, x[3]))),
    pixels,
    'int32',
  );
  const weights = normal(key(random.int(1000)), pixels);
  const choices: DrawnOperation[] = [
    {
      name: name('silu'),
      shapes: [x],
      refusable: false,
      own: silu,
      stock: (a) => tf.mul(a, tf.sigmoid(a)),
    },
    {
      name: name('squaredLoss'),
      shapes: [x, x],
      refusable: false,
      own: squaredLoss,
      stock: (a, b) => tf.div(tf.sum(tf.square(tf.sub(a, b))), numbers),
    },
    {
      name: name('absoluteLoss'),
      shapes: [x, x],
      refusable: false,
      own: absoluteLoss,
      stock: (a, b) => tf.div(tf.sum(tf.abs(tf.sub(a, b))), numbers),
    },
    {
      name: name('crossEntropy'),
      shapes: [x],
      refusable: x[3] === 0,
      own: (a) => crossEntropy(a, labels, weights),
      stock: (a) => {
        const isLabel = tf.equal(tf.expandDims(labels, -1), tf.range(0, x[3], 1, 'int32'));
        const chosen = tf.sum(tf.mul(tf.logSoftmax(a), tf.cast(isLabel, 'float32')), -1);
        return tf.neg(tf.sum(tf.mul(chosen, weights)));
      },
    },
    {
      name: name('upsample2x'),
      shapes: [x],
      refusable: false,
      result: [batch, 2 * height, 2 * width, x[3]],
      own: (a) => upsample2x(a as Images),
      stock: (a) => tf.image.resizeNearestNeighbor(a as Images, [2 * height, 2 * width]),
    },
    {
      name: name('downsample2x'),
      shapes: [x],
      refusable: height % 2 === 1 || width % 2 === 1,
      result: [batch, height / 2, width / 2, x[3]],
      own: (a) => downsample2x(a as Images),
      stock: (a) => tf.avgPool(a as Images, 2, 2, 'valid'),
    },
  ];
  return from(random, choices);
}

/** What one of the two makes of the arguments: the output, and the gradients of its product with random weights. */
function outputAndGradients({ shapes }: DrawnOperation, op: Operation, seed: number): tf.Tensor[] {
  const inputs = shapes.map((shape, i) => normal(key(seed, i), shape));
  const output = op(...inputs);
  const direction = normal(key(seed, shapes.length), output.shape);
  const gradients = tf.grads((...xs) => tf.sum(tf.mul(op(...xs), direction)))(inputs);
  return [output, ...gradients];
}

/** What became of a comparison. */
export type Verdict = 'equal' | 'refused';

/**
 * Compares an operation and its gradients with TensorFlow's own.
 * @returns `equal` up to rounding; or `refused`, with an error that begins with the operation's name, where the
 * arguments are such as may be
 * @throws {Error} that says what differs
 */
export function compare(operation: DrawnOperation, seed: number): Verdict {
  return tf.tidy(() => {
    const attempt = (op: Operation) => {
      try {
        return outputAndGradients(operation, op, seed);
      } catch (error) {
        return error as Error;
      }
    };
    const own = attempt(operation.own);
    if (own instanceof Error) {
      const caller = operation.name.split(' ')[0];
      const isClear = own instanceof RangeError && own.message.startsWith(`${caller}: `);
      if (isClear && operation.refusable) return 'refused';
      throw new Error(`${operation.name}: ${isClear ? 'refused' : 'an unclear error'}: ${own.message}`, { cause: own });
    }
    const { shapes, result } = operation;
    // TensorFlow's own operations do not agree on images without a number, and some are wrong.
    const isEmpty = result !== undefined && shapes[0].includes(0);
    const nothing: Operation = (...inputs) =>
      inputs.reduce((y, x) => tf.add(y, tf.mul(tf.sum(x), 0)), tf.zeros(result!));
    const stock = attempt(isEmpty ? nothing : operation.stock);
    if (stock instanceof Error)
      throw new Error(`${operation.name}: TensorFlow refuses what we take: ${stock.message}`, { cause: stock });
    for (const [i, tensor] of own.entries()) {
      const what = i === 0 ? 'the output' : `the gradient of argument ${i - 1}`;
      const difference = differenceOf(tensor, stock[i], i === 0 ? 1e-3 : Math.max(0.1, operation.terms ?? 0));
      if (difference) throw new Error(`${operation.name}: ${what} ${difference}`);
    }
    return 'equal';
  }) as unknown as Verdict;
}

/** Single precision, and sums of up to some thousand products in another order, some of which lose two digits. */
const rounding = 5e-5;

/** `terms`: how large the terms are at least of which the numbers are sums and differences. */
function differenceOf(own: tf.Tensor, stock: tf.Tensor, terms: number): string | undefined {
  if (!tf.util.arraysEqual(own.shape, stock.shape)) return `has shape [${own.shape}] and not [${stock.shape}]`;
  const [a, b] = [own.dataSync(), stock.dataSync()];
  let size = terms;
  for (const value of b) size = Math.max(size, Math.abs(value) || 0);
  for (const [i, value] of a.entries()) {
    if (Number.isNaN(value) && Number.isNaN(b[i])) continue;
    if (!(Math.abs(value - b[i]) <= rounding * size)) return `has ${value} at place ${i}, and not ${b[i]}`;
  }
  return undefined;
}
