import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isNative, key, normal, Random, ready, tf } from 'naive-diffusion';
import { convolution, transposedConvolution } from '../../lib/src/backend/convolution.js';
import { findFused } from '../../lib/src/backend/fused.js';
import { nativeOps } from '../../lib/src/backend/native-op.js';
import { expectNoLeak } from '../support.js';
import { apart, plain, type Plain, scoped, withoutFused } from './backends.js';

await ready();

interface Case {
  images: number;
  height: number;
  width: number;
  inputs: number;
  outputs: number;
  side: number;
  stride: 1 | 2;
  transposed: boolean;
  added: 'nothing' | 'bias' | 'one part' | 'two parts';
  relu: boolean;
}

const random = new Random(4);
const among = <T>(...values: T[]): T => values[Math.floor(random.uniform() * values.length)];
const whole = (low: number, high: number) => low + Math.floor(random.uniform() * (high - low + 1));

/** Sizes of all kinds: odd ones, channels that fill no vector, work for one thread and for several. */
const cases = Array.from({ length: 60 }, (_, i): Case => {
  const large = i % 3 === 0;
  return {
    images: large ? whole(3, 9) : whole(1, 3),
    height: large ? whole(8, 33) : whole(1, 9),
    width: large ? whole(8, 33) : whole(1, 9),
    inputs: large ? among(16, 20, 32, 48) : whole(1, 19),
    outputs: large ? among(16, 24, 32, 40) : whole(1, 19),
    side: among(3, 3, 3, 1, 2, 4, 5),
    stride: among(1, 1, 2),
    transposed: random.uniform() < 0.3,
    added: among('nothing', 'bias', 'one part', 'two parts'),
    relu: random.uniform() < 0.5,
  };
});

/** In steps of two, as the networks have them: from large images to small ones with 3×3, and back with 4×4. */
const halvings = Array.from({ length: 12 }, (_, i): Case => {
  const transposed = i % 2 === 1;
  const scale = transposed ? 1 : 2;
  return {
    images: whole(2, 6),
    height: scale * whole(3, 9),
    width: scale * whole(3, 9),
    inputs: among(16, 20, 32, 48),
    outputs: among(16, 24, 32, 40),
    side: i % 3 === 0 ? 7 - (transposed ? 4 : 3) : transposed ? 4 : 3,
    stride: 2,
    transposed,
    added: among('nothing', 'bias', 'one part', 'two parts'),
    relu: random.uniform() < 0.5,
  };
});
const named = [...cases, ...halvings].map(
  (c) =>
    [
      `${c.transposed ? 'transposed ' : ''}${c.side}×${c.side} of [${c.images},${c.height},${c.width}] ${c.inputs} → ${c.outputs}, stride ${c.stride}, ${c.added}${c.relu ? ', relu' : ''}`,
      c,
    ] as const,
);

/** The result, and the gradients of x, filter, what is added, and level. */
function resultAndGradients({
  images,
  height,
  width,
  inputs,
  outputs,
  side,
  stride,
  transposed,
  added,
  relu,
}: Case): Plain[] {
  return scoped(() => {
    const size = (n: number) => (transposed ? n * stride : Math.ceil(n / stride));
    const image = [size(height), size(width), outputs];
    const x = normal<tf.Rank.R4>(key(1), [images, height, width, inputs]);
    const filter = normal<tf.Rank.R4>(
      key(2),
      transposed ? [side, side, outputs, inputs] : [side, side, inputs, outputs],
    );
    const addend = normal(
      key(3),
      { nothing: [0], bias: [outputs], 'one part': [1, ...image], 'two parts': [2, ...image] }[added],
    );
    const level = normal<tf.Rank.R1>(key(4), [images]);
    const run = (relu: boolean, ...[x, filter, addend, level]: tf.Tensor[]) =>
      (transposed ? transposedConvolution : convolution)(
        x as tf.Tensor4D,
        filter as tf.Tensor4D,
        added === 'nothing'
          ? undefined
          : added === 'bias'
            ? (addend as tf.Tensor1D)
            : { parts: addend as tf.Tensor4D, level: level as tf.Tensor1D },
        { stride, relu },
      );
    // Near 0 a relu may let through in one form what it stops in the other, by rounding: such values weigh little.
    const weight = tf.mul(
      normal(key(5), [images, ...image]),
      tf.minimum(tf.abs(run(false, x, filter, addend, level)), 1),
    );
    const wanted = [x, filter, ...(added === 'nothing' ? [] : [addend]), ...(added === 'two parts' ? [level] : [])];
    const gradients = tf.grads((...given: tf.Tensor[]) =>
      tf.sum(tf.mul(run(relu, given[0], given[1], given[2] ?? addend, given[3] ?? level), weight)),
    )(wanted);
    return [run(relu, x, filter, addend, level), ...gradients].map(plain);
  });
}

function inTensorFlow<T>(act: () => T): T {
  const result = withoutFused(act);
  expect(findFused(), 'the operations are part of the binding').toBe(true);
  return result;
}

describe.runIf(isNative())('convolutions in C++', () => {
  it.each(named)('%s: values and gradients are those of TensorFlow, to 3e-5', (_, c) => {
    const composed = inTensorFlow(() => resultAndGradients(c));
    const fused = resultAndGradients(c);
    expect(fused).toHaveLength(composed.length);
    fused.forEach((tensor, i) =>
      expect(apart(tensor, composed[i]), ['result', 'x', 'filter', 'added', 'level'][i]).toBeLessThan(3e-5),
    );
  });

  it('give the same result every time, bit for bit', () => {
    const c: Case = {
      images: 16,
      height: 32,
      width: 32,
      inputs: 32,
      outputs: 32,
      side: 3,
      stride: 1,
      transposed: false,
      added: 'two parts',
      relu: true,
    };
    const first = resultAndGradients(c);
    for (let i = 0; i < 5; i++) expect(resultAndGradients(c)).toEqual(first);
  });

  it.each([8, 4])('compute the same with vectors of %i numbers, as on other processors', (vectors) => {
    const program = `
      import { key, normal, ready } from 'naive-diffusion';
      import { nativeOp } from './lib/dist/backend/native-op.js';
      import { tf } from './lib/dist/backend/tf.js';
      await ready();
      const [x, g, dy] = [[2, 9, 14, 20], [3, 3, 20, 37], [2, 9, 14, 37]].map((shape, i) => normal(key(i), shape));
      const none = tf.zeros([0]);
      const results = [nativeOp('NaiveDiffusionConv3x3', [x, g, none, none], { relu: true, turned: false }),
        nativeOp('NaiveDiffusionConv3x3', [dy, g, none, none], { relu: false, turned: true }), nativeOp('NaiveDiffusionConv3x3FilterGrad', [x, dy], {})];
      const [large, taps, small] = [[2, 10, 14, 20], [4, 4, 20, 37], [2, 5, 7, 37]].map((shape, i) => normal(key(i), shape));
      results.push(nativeOp('NaiveDiffusionConvStride2', [large, taps, none, none], { relu: true, transposed: false }),
        nativeOp('NaiveDiffusionConvStride2', [small, taps, none, none], { relu: false, transposed: true }),
        nativeOp('NaiveDiffusionConvStride2FilterGrad', [large, small], { side: 4 }));
      console.log(JSON.stringify(results.map((t) => ({ shape: t.shape, values: [...t.dataSync()] }))));`;
    const run = (env: object) =>
      JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', program], {
          env: { ...process.env, ...env },
          encoding: 'utf8',
          maxBuffer: 2 ** 26,
        }),
      ) as Plain[];
    const [usual, shorter] = [run({}), run({ NAIVE_DIFFUSION_VECTORS: String(vectors) })];
    // Sums run in the same order whatever the vectors are; the oldest processors round products and sums apart.
    if (vectors === 8) expect(shorter).toEqual(usual);
    else shorter.forEach((tensor, i) => expect(apart(tensor, usual[i])).toBeLessThan(1e-5));
  });

  it('let NaN through', () => {
    scoped(() => {
      const x = tf.fill<tf.Rank.R4>([1, 4, 4, 1], NaN);
      const y = convolution(x, tf.ones([3, 3, 1, 1]), undefined, { stride: 1, relu: true });
      expect([...y.dataSync()].every(Number.isNaN)).toBe(true);
    });
  });

  it('take a batch of no images', () => {
    scoped(() => {
      const empty = tf.zeros<tf.Rank.R4>([0, 8, 8, 3]);
      const filter = normal<tf.Rank.R4>(key(1), [3, 3, 3, 5]);
      const [dx, df] = tf.grads((x, f) =>
        tf.sum(convolution(x as tf.Tensor4D, f as tf.Tensor4D, undefined, { stride: 1, relu: true })),
      )([empty, filter]);
      expect(dx.shape).toEqual([0, 8, 8, 3]);
      expect(Math.max(...df.abs().dataSync())).toBe(0);
    });
  });

  it.each([
    [
      'NaiveDiffusionConv3x3',
      [[1, 4, 4, 2], [3, 3, 3, 2], [0], [0]],
      { relu: false, turned: false },
      'as many inputs as the images have channels',
    ],
    ['NaiveDiffusionConv3x3', [[1, 4, 4, 2], [5, 5, 2, 2], [0], [0]], { relu: false, turned: false }, 'must be 3×3'],
    [
      'NaiveDiffusionConv3x3',
      [[4, 4, 2], [3, 3, 2, 2], [0], [0]],
      { relu: false, turned: false },
      'must have four axes',
    ],
    [
      'NaiveDiffusionConv3x3',
      [[1, 4, 4, 2], [3, 3, 2, 2], [3], [0]],
      { relu: false, turned: false },
      'must be [channels], or one or two images',
    ],
    [
      'NaiveDiffusionConv3x3',
      [[3, 4, 4, 2], [3, 3, 2, 2], [2, 4, 4, 2], [1]],
      { relu: false, turned: false },
      'a level for each image',
    ],
    [
      'NaiveDiffusionConv3x3FilterGrad',
      [
        [1, 4, 4, 2],
        [1, 4, 5, 2],
      ],
      {},
      'as many pixels as the images',
    ],
    ['NaiveDiffusionAdd', [[2, 4, 4, 2], [1, 4, 4, 3], [0]], { relu: false }, 'the size of the images'],
    ['NaiveDiffusionAddReluGrad', [[2, 4, 4, 2], [2, 4, 4, 3], [0]], { parts: 1 }, 'the shape of its gradient'],
    [
      'NaiveDiffusionSmallConv',
      [
        [1, 4, 4, 2],
        [3, 3, 3, 2],
      ],
      { stride: 1, height: 0, width: 0 },
      'must fit together',
    ],
    [
      'NaiveDiffusionSmallConvInputGrad',
      [
        [3, 3, 2, 2],
        [1, 4, 4, 2],
      ],
      { stride: 1, height: 5, width: 4 },
      'the size of the convolution',
    ],
    [
      'NaiveDiffusionSmallConvFilterGrad',
      [
        [1, 4, 4, 2],
        [1, 2, 3, 2],
      ],
      { stride: 2, height: 3, width: 3 },
      'the size of the convolution',
    ],
  ] as const)('%s refuses shapes %j %j: %s', (op, shapes, attributes, message) => {
    scoped(() => {
      expect(() =>
        nativeOps(
          op,
          shapes.map((shape) => tf.zeros([...shape])),
          attributes,
          op === 'NaiveDiffusionAddReluGrad' ? 2 : 1,
        )[0].dataSync(),
      ).toThrow(message);
    });
  });

  it('leave no tensors behind', () => expectNoLeak(() => resultAndGradients(cases[0])));
});
