import { describe, expect, it } from 'vitest';
import { compile, key, normal, ready, tf } from 'naive-diffusion';
import { withInvariants } from '../../lib/src/backend/compile/invariant.js';
import type { GraphNode } from '../../lib/src/backend/compile/graph.js';
import { convolution, transposedConvolution } from '../../lib/src/backend/convolution.js';
import { expectNoLeak, refuseWarnings } from '../support.js';

await ready();
refuseWarnings();

const variable = (make: () => tf.Tensor) => tf.tidy(() => tf.variable(make()));
const random = (...shape: number[]) => tf.tidy(() => normal(key(1, shape.length), shape));

/** Calls `f` four times, so that it is recorded, loaded and replayed; the numbers of the last result. */
function replayed(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): number[] {
  let last: number[] = [];
  for (let i = 0; i < 4; i++) {
    tf.tidy(() => {
      last = Array.from(f(x).dataSync());
    });
  }
  return last;
}

describe('what does not change from call to call', () => {
  it('gives the same, bit for bit, after a variable has changed outside, again and again', async () => {
    await expectNoLeak(() => {
      const [matrix, x, table] = [variable(() => random(5, 5)), random(3, 5), random(5, 5)];
      const plain = (z: tf.Tensor) => tf.matMul(z, tf.exp(tf.matMul(tf.tanh(matrix), tf.square(table)))) as tf.Tensor;
      const f = compile(plain, { state: [matrix], constants: [table] });
      for (let change = 0; change < 3; change++) {
        tf.tidy(() => {
          matrix.assign(tf.add(matrix, 0.1));
        });
        const expected = tf.tidy(() => Array.from(plain(x).dataSync()));
        expect(replayed(f, x)).toEqual(expected);
      }
      f.dispose();
      tf.dispose([matrix, x, table]);
    });
  });

  it('follows a variable that is listed with the constants', async () => {
    await expectNoLeak(() => {
      const [table, x] = [variable(() => random(4)), random(4)];
      const plain = (z: tf.Tensor) => tf.mul(z, tf.exp(table)) as tf.Tensor;
      const f = compile(plain, { constants: [table] });
      for (let change = 0; change < 3; change++) {
        tf.tidy(() => {
          table.assign(tf.add(table, 0.1));
        });
        const expected = tf.tidy(() => Array.from(plain(x).dataSync()));
        expect(replayed(f, x)).toEqual(expected);
      }
      f.dispose();
      tf.dispose([table, x]);
    });
  });

  it('tells variables of the constants apart that held the same data when they were recorded', async () => {
    await expectNoLeak(() => {
      const [same, one] = [tf.scalar(1), tf.scalar(1)];
      const [a, b] = [tf.variable(same), tf.variable(same)];
      const plain = (z: tf.Tensor) => tf.add(tf.mul(z, a), tf.mul(10, tf.mul(z, b))) as tf.Tensor;
      const f = compile(plain, { constants: [a, b] });
      expect(replayed(f, one)).toEqual([11]);
      tf.tidy(() => {
        a.assign(tf.scalar(5));
      });
      expect(replayed(f, one)).toEqual([15]);
      tf.tidy(() => {
        b.assign(tf.scalar(2));
      });
      expect(replayed(f, one)).toEqual([25]);
      f.dispose();
      tf.dispose([a, b, same, one]);
    });
  });

  it('may not be assigned to, where it is listed with the constants', () => {
    const v = variable(() => tf.scalar(1));
    const f = compile(
      (z: tf.Tensor) => {
        v.assign(z);
        return tf.add(v, 1);
      },
      { constants: [v] },
    );
    tf.tidy(() => {
      expect(() => f(tf.scalar(2))).toThrow(/assigns to the variable .*: list it in state/);
    });
    expect(v.dataSync()[0]).toBe(1);
    f.dispose();
    v.dispose();
  });

  it('includes a filter that is made in JavaScript', async () => {
    await expectNoLeak(() => {
      const numbers = Float32Array.from({ length: 9 * 20 * 20 }, (_, i) => Math.sin(i));
      const x = random(6, 16, 16, 20) as tf.Tensor4D;
      const plain = (z: tf.Tensor) =>
        convolution(z as tf.Tensor4D, tf.tensor4d(numbers, [3, 3, 20, 20]), undefined, { stride: 1, relu: false });
      const f = compile(plain);
      const expected = tf.tidy(() => Array.from(plain(x).dataSync()));
      expect(replayed(f, x)).toEqual(expected);
      f.dispose();
      x.dispose();
    });
  });

  it('is told from what depends on variables that the function assigns to', async () => {
    await expectNoLeak(() => {
      const [still, moving, one] = [variable(() => random(2, 2)), variable(() => tf.zeros([2, 2])), tf.scalar(1)];
      const f = compile(
        (x: tf.Tensor) => {
          moving.assign(tf.add(moving, x));
          return tf.add(tf.exp(still), tf.square(moving));
        },
        { state: [still, moving] },
      );
      const all = Array.from({ length: 6 }, () => tf.tidy(() => Array.from(f(one).dataSync())));
      const base = tf.tidy(() => Array.from(tf.exp(still).dataSync()));
      for (const [i, values] of all.entries())
        for (const [k, value] of values.entries()) expect(value).toBeCloseTo(base[k] + (i + 1) ** 2, 4);
      f.dispose();
      tf.dispose([still, moving, one]);
    });
  });

  it.each([
    ['3×3', 3, 1, convolution],
    ['3×3 in steps of two', 3, 2, convolution],
    ['4×4 in steps of two, transposed', 4, 2, transposedConvolution],
  ] as const)('includes what convolutions make of their filters: %s', async (_, side, stride, act) => {
    await expectNoLeak(() => {
      const filter = variable(() => random(side, side, 20, 20));
      const x = random(6, 16, 16, 20) as tf.Tensor4D;
      const plain = (z: tf.Tensor) =>
        act(z as tf.Tensor4D, tf.mul<tf.Tensor4D>(filter, 2), undefined, { stride, relu: true });
      const f = compile(plain, { state: [filter] });
      const expected = tf.tidy(() => Array.from(plain(x).dataSync()));
      expect(replayed(f, x)).toEqual(expected);
      f.dispose();
      tf.dispose([filter, x]);
    });
  });

  it('may be the result itself', async () => {
    await expectNoLeak(() => {
      const [v, x] = [variable(() => random(2, 2)), tf.scalar(0)];
      const f = compile(() => tf.exp(v) as tf.Tensor, { state: [v] });
      const expected = tf.tidy(() => Array.from(tf.exp(v).dataSync()));
      expect(replayed(f, x)).toEqual(expected);
      f.dispose();
      tf.dispose([v, x]);
    });
  });
});

describe('a graph', () => {
  const node = (name: string, op: string, ...input: string[]): GraphNode => ({ name, op, input, attr: {} });
  const small = { dtype: 1, shape: [] };
  const graph = [
    node('input0', 'Placeholder'),
    node('state0', 'ReadVariableOp', 'variable0'),
    node('state1', 'ReadVariableOp', 'variable1'),
    node('node0', 'Const'),
    node('node1', 'Exp', 'state0:0'),
    node('node2', 'Add', 'node1:0', 'node0:0'),
    node('node3', 'Exp', 'state1:0'),
    node('node4', 'Mul', 'node2:0', 'input0:0'),
    node('node5', 'Mul', 'node3:0', 'node2:0'),
  ];
  const kinds = (numbers: number) =>
    new Map([1, 2, 3, 4, 5].map((i) => [`node${i}:0`, i === 2 ? { dtype: 1, shape: [numbers] } : small]));

  it('keeps what is last of all that does not change, and nothing of what is assigned to', () => {
    const { nodes, count } = withInvariants(graph, [1], kinds(4));
    expect(count).toBe(1);
    const inputs = Object.fromEntries(nodes.map(({ name, input }) => [name, input]));
    expect(inputs.node4).toEqual(['fixed0:0', 'input0:0']);
    expect(inputs.node5).toEqual(['node3:0', 'fixed0:0']);
    expect(inputs.fix0).toEqual(['fixedVariable0', 'node2:0']);
  });

  it('keeps nothing that is large', () => {
    const { nodes, count } = withInvariants(graph, [1], kinds(2 ** 23));
    expect(count).toBe(1);
    expect(nodes.find(({ name }) => name === 'fix0')!.input).toEqual(['fixedVariable0', 'node1:0']);
  });
});
