import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compile, conv2d, conv2dTranspose, describeBackend, ready, squaredLoss, tf } from 'naive-diffusion';
import { usesBf16 } from '../../lib/src/backend/bf16.js';
import { withBf16 } from '../../lib/src/backend/compile/rounding.js';
import type { GraphNode } from '../../lib/src/backend/compile/graph.js';
import { apart, plain, type Plain } from './backends.js';
import { expectNoLeak } from '../support.js';

const [FLOAT, INT32, BFLOAT16] = [1, 3, 14];
const node = (name: string, op: string, input: string[], T = FLOAT): GraphNode => ({
  name,
  op,
  input,
  attr: { T: { type: T } },
});

describe('withBf16', () => {
  it('leaves a graph without convolutions as it is', () => {
    const graph = [
      node('x', 'Placeholder', []),
      node('y', 'MatMul', ['x:0', 'x:0']),
      node('output0', 'Identity', ['y:0']),
      node('done', 'Const', ['^output0']),
    ];
    expect(withBf16(graph)).toEqual(graph);
  });

  it('rounds what convolutions multiply, once each, and keeps the names of their results', () => {
    const graph = [
      node('x', 'Placeholder', []),
      node('filter', 'Placeholder', []),
      node('dy', 'Placeholder', []),
      node('shape', 'Const', [], INT32),
      node('y', 'Conv2D', ['x:0', 'filter:0']),
      node('dx', 'Conv2DBackpropInput', ['shape:0', 'filter:0', 'dy:0']),
      node('dfilter', 'Conv2DBackpropFilter', ['x:0', 'shape:0', 'dy:0']),
    ];
    const rewritten = withBf16(graph);
    const byName = new Map(rewritten.map((n) => [n.name, n]));
    expect(byName.size).toBe(rewritten.length);
    const casts = rewritten.filter(({ op, attr }) => op === 'Cast' && attr.DstT.type === BFLOAT16);
    expect(casts.map(({ input }) => input[0]).sort()).toEqual(['dy:0', 'filter:0', 'x:0']);
    const seen = new Set<string>();
    for (const { name, input, op, attr } of rewritten) {
      for (const source of input)
        expect(seen, `${name} comes after its input ${source}`).toContain(source.split(':')[0]);
      seen.add(name);
      if (op.startsWith('Conv2D')) expect(attr.T.type).toBe(BFLOAT16);
    }
    for (const name of ['y', 'dx', 'dfilter']) {
      const back = byName.get(name)!;
      expect(back).toMatchObject({ op: 'Cast', attr: { SrcT: { type: BFLOAT16 }, DstT: { type: FLOAT } } });
      const convolution = byName.get(back.input[0].split(':')[0])!;
      const original = graph.find((n) => n.name === name)!;
      expect(convolution.op).toBe(original.op);
      const sources = convolution.input
        .map((source) => byName.get(source.split(':')[0])!)
        .map((n) => (n.op === 'Cast' ? n.input[0] : `${n.name}:0`));
      expect(sources).toEqual(original.input);
    }
  });

  it('leaves convolutions of other types as they are', () => {
    const graph = [node('x', 'Placeholder', [], 2), node('y', 'Conv2D', ['x:0', 'x:0'], 2)];
    expect(withBf16(graph)).toEqual(graph);
  });
});

describe('NAIVE_DIFFUSION_BF16', () => {
  let processor = false;
  beforeAll(async () => {
    processor = (await ready()).name === 'native' && describeBackend().includes('on the CPU');
  });
  afterEach(() => vi.unstubAllEnvs());

  /** The loss of a small network of convolutions and the gradients of all its weights, eagerly and compiled. */
  function bothWays(): { eager: Plain[]; compiled: Plain[] } {
    const random = (shape: [number, number, number, number], seed: number) =>
      tf.randomNormal<tf.Rank.R4>(shape, 0, 0.3, 'float32', seed);
    return tf.tidy(() => {
      const [x, y] = [random([4, 8, 8, 3], 1), random([4, 8, 8, 3], 2)];
      const weights = [
        random([3, 3, 3, 8], 3),
        random([2, 2, 8, 16], 4),
        random([2, 2, 8, 16], 5),
        random([1, 1, 8, 3], 6),
      ];
      const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor) => {
        const wide = conv2d(x, a as tf.Tensor4D, undefined, { activation: 'silu' });
        const small = conv2d(wide, b as tf.Tensor4D, undefined, { stride: 2, activation: 'silu' });
        return squaredLoss(
          conv2d(conv2dTranspose(small, c as tf.Tensor4D, undefined, { stride: 2 }), d as tf.Tensor4D),
          y,
        );
      };
      const learn = () => {
        const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Tensor)(weights);
        return [value, ...grads];
      };
      const eager = learn().map(plain);
      const compiled = compile(learn, { constants: [x, y, ...weights] });
      for (let i = 0; i < 2; i++) compiled();
      const replayed = compiled().map(plain);
      compiled.dispose();
      return { eager, compiled: replayed } as never;
    });
  }

  it('is off by default', () => {
    vi.stubEnv('NAIVE_DIFFUSION_BF16', undefined);
    expect(usesBf16()).toBe(false);
    const { eager, compiled } = bothWays();
    for (const [i, value] of compiled.entries()) expect(apart(value, eager[i])).toBeLessThan(1e-5);
  });

  it('changes a loss by less than 1 %, and gradients by less than 3 % of their largest value', async () => {
    if (!processor) return;
    vi.stubEnv('NAIVE_DIFFUSION_BF16', '1');
    expect(usesBf16()).toBe(true);
    await expectNoLeak(() => {
      const { eager, compiled } = bothWays();
      for (const [i, value] of compiled.entries()) expect(apart(value, eager[i])).toBeLessThan(i === 0 ? 0.01 : 0.03);
      expect(Math.max(...compiled.map((value, i) => apart(value, eager[i]))), 'it is used').toBeGreaterThan(1e-4);
    });
  });
});
