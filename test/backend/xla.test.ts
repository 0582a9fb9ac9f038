import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  Adam,
  compile,
  conv2d,
  describeBackend,
  type Images,
  key,
  normal,
  ready,
  squaredLoss,
  tf,
  uniform,
} from 'naive-diffusion';
import type { GraphNode } from '../../lib/src/backend/compile/graph.js';
import { usesXla, withXla } from '../../lib/src/backend/compile/xla.js';
import { findFused } from '../../lib/src/backend/fused.js';
import { difference, expectNoLeak, refuseWarnings } from '../support.js';

refuseWarnings();
let native = false;
beforeAll(async () => {
  native = (await ready()).name === 'native';
});

const node = (name: string, op: string, input: string[]): GraphNode => ({ name, op, input, attr: {} });
const marked = (nodes: readonly GraphNode[]) =>
  withXla(nodes)
    .filter(({ attr }) => attr._XlaCompile?.b)
    .map(({ name }) => name);

describe('withXla', () => {
  it('marks all that computes, with the reading and the writing of the state', () => {
    const graph = [
      node('x', 'Placeholder', []),
      node('variable0', 'VarHandleOp', []),
      node('state0', 'ReadVariableOp', ['variable0']),
      node('kept0', 'ReadVariableOp', ['variable0']),
      node('set0', 'AssignVariableOp', ['variable0', 'x']),
      node('y', 'Add', ['x:0', 'state0:0']),
      node('assign0', 'AssignVariableOp', ['variable0', 'y:0']),
      node('taken', 'Const', ['^set0']),
      node('done', 'Const', ['^assign0']),
    ];
    expect(marked(graph)).toEqual(['state0', 'y', 'assign0', 'done']);
  });

  it('leaves random numbers and what they need to TensorFlow, so that one program is left behind them', () => {
    const graph = [
      node('key', 'Placeholder', []),
      node('shape', 'Const', []),
      node('half', 'Sub', ['key:0', 'key:0']),
      node('noise', 'StatelessRandomNormal', ['shape:0', 'half:0']),
      node('most', 'TopKV2', ['noise:0', 'k:0']),
      node('y', 'Mul', ['noise:0', 'most:1']),
    ];
    expect(marked(graph)).toEqual(['y']);
  });
});

describe('NAIVE_DIFFUSION_XLA', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    findFused();
  });

  /** Losses and last weights of some compiled steps of a small convolution on noise. */
  async function learn(xla: '0' | '1'): Promise<number[]> {
    vi.stubEnv('NAIVE_DIFFUSION_FUSED', '0');
    vi.stubEnv('NAIVE_DIFFUSION_XLA', xla);
    findFused();
    const filter = tf.tidy(() => tf.variable(normal(key(1), [3, 3, 3, 3]))) as tf.Variable<tf.Rank.R4>;
    const adam = new Adam([filter], { rate: 1e-2, clip: 1 });
    const step = compile(
      (k: tf.Tensor1D) => {
        const clean = normal(k, [2, 6, 6, 3]) as Images;
        const noisy = tf.add(clean, uniform(k, [2, 6, 6, 3])) as Images;
        return adam.minimize(() => squaredLoss(conv2d(noisy, filter), clean) as tf.Scalar);
      },
      { state: [filter, ...adam.state], name: 'step' },
    );
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) {
      const k = key(7, i);
      const loss = step(k);
      seen.push(...(await loss.data()));
      tf.dispose([k, loss]);
    }
    seen.push(...filter.dataSync());
    step.dispose();
    adam.dispose();
    filter.dispose();
    return seen;
  }

  it('draws the same numbers and learns the same, up to rounding', async () => {
    if (!native) return;
    await expectNoLeak(async () => {
      const [plain, compiled] = [await learn('0'), await learn('1')];
      expect(usesXla()).toBe(true);
      for (const [i, value] of compiled.entries()) expect(value).toBeCloseTo(plain[i], 4);
    });
  });

  it('computes the same beside the operations in C++, whatever the size', () => {
    if (!native) return;
    vi.stubEnv('NAIVE_DIFFUSION_XLA', '1');
    for (const size of [8, 64]) {
      tf.tidy(() => {
        const w = tf.variable(normal(key(2), [size, 4 * size])) as tf.Variable<tf.Rank.R2>;
        const f = (x: tf.Tensor2D) => tf.relu(tf.sub(tf.mul(tf.matMul(x, w), 3), 1));
        const compiled = compile(f, { state: [w] });
        for (let i = 0; i < 4; i++) {
          const x = normal(key(3, i), [16, size]) as tf.Tensor2D;
          expect(difference(compiled(x), f(x))).toBeLessThan(1e-3);
        }
        compiled.dispose();
        w.dispose();
      });
    }
  });

  it('is left aside on a processor, if it is not asked for', () => {
    vi.stubEnv('NAIVE_DIFFUSION_XLA', undefined);
    if (describeBackend().includes('on the CPU')) expect(usesXla()).toBe(false);
  });
});
