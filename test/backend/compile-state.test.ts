import { beforeAll, describe, expect, it } from 'vitest';
import { compile, Random, ready, tf } from 'naive-diffusion';
import { expectNoLeak, refuseWarnings } from '../support.js';
import { on } from './backends.js';

let native = false;
beforeAll(async () => {
  native = (await ready()).name === 'native';
});

refuseWarnings();

function variable(value: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value)));
}

/** A compiled function that is replayed at its next call: v ← scale·v + x, returning the old v. */
function replayed(v: tf.Variable, scale: number) {
  const f = compile(
    (x: tf.Tensor) => {
      const old = tf.clone(v);
      v.assign(tf.add(tf.mul(v, scale), x));
      return old;
    },
    { state: [v] },
  );
  const before = v.clone();
  tf.tidy(() => {
    for (let i = 0; i < 2; i++) f(tf.scalar(0));
  });
  v.assign(before);
  before.dispose();
  return f;
}

describe('the variables of a compiled function', () => {
  it('have their new values for whoever reads them, through the function or around it', async () => {
    await expectNoLeak(() => {
      const v = variable(1);
      const f = replayed(v, 2);
      tf.tidy(() => {
        const one = tf.scalar(1);
        expect(f(one).dataSync()[0]).toBe(1);
        expect(v.dataSync()[0]).toBe(3);
        f(one);
        f(one);
        expect(tf.add(v, v).dataSync()[0]).toBe(30);
        expect(f(one).dataSync()[0]).toBe(15);
      });
      f.dispose();
      v.dispose();
    });
  });

  it('go on from what they hold after they have been used on another backend', async () => {
    if (!native) return;
    const v = variable(1);
    const f = replayed(v, 2);
    const step = () => tf.tidy(() => f(tf.scalar(1)).dataSync()[0]);
    expect([step(), step()]).toEqual([1, 3]);
    for (const backend of ['cpu', 'wasm'] as const) {
      const old = v.dataSync()[0];
      expect(await on(backend, () => tf.add(v, 1).dataSync()[0])).toBe(old + 1);
      expect([step(), step()]).toEqual([old, 2 * old + 1]);
    }
    f.dispose();
    v.dispose();
  });

  it('keep their values when it is disposed of, and may be disposed of first', async () => {
    await expectNoLeak(() => {
      const [v, w] = [variable(1), variable(1)];
      const [f, g] = [replayed(v, 2), replayed(w, 2)];
      tf.tidy(() => {
        f(tf.scalar(1));
        g(tf.scalar(1));
      });
      f.dispose();
      expect(v.dataSync()[0]).toBe(3);
      w.dispose();
      g.dispose();
      v.dispose();
    });
  });

  it('stay as they were where a replay fails', () => {
    if (!native) return;
    const [v, w] = [variable(1), variable(1)];
    const table = tf.tensor1d([10, 20, 30]);
    const f = compile(
      (i: tf.Tensor1D) => {
        v.assign(tf.add(v, 1));
        const found = tf.gather(table, i);
        w.assign(tf.add(w, tf.sum(found)));
        return found;
      },
      { state: [v, w], constants: [table] },
    );
    const i = tf.tensor1d([2], 'int32');
    for (let n = 0; n < 3; n++) f(i).dispose();
    expect(() => f(tf.tensor1d([3], 'int32'))).toThrow(/indices\[0\] = 3 is not in \[0, 3\)/);
    expect([v.dataSync()[0], w.dataSync()[0]]).toEqual([4, 91]);
    f(i).dispose();
    expect([v.dataSync()[0], w.dataSync()[0]]).toEqual([5, 121]);
    f.dispose();
  });

  it('of every type keep their type', () => {
    const i = tf.variable(tf.tensor1d([1, 2], 'int32'));
    const b = tf.variable(tf.tensor1d([1, 0], 'bool'));
    const f = compile(
      () => {
        i.assign(tf.add(i, tf.scalar(1, 'int32')));
        b.assign(tf.logicalNot(b));
      },
      { state: [i, b] },
    );
    for (let n = 0; n < 5; n++) f();
    expect([i.dtype, ...i.dataSync(), b.dtype, ...b.dataSync()]).toEqual(['int32', 6, 7, 'bool', 0, 1]);
    f.dispose();
  });

  it.each([1, 2, 3, 4, 5])(
    'behave like plain variables in any order of calls, reads, clones and assignments (%i)',
    async (seed) => {
      await expectNoLeak(() => {
        const random = new Random(seed);
        const v = variable(1);
        const functions = [replayed(v, 2), replayed(v, 0.5)];
        let expected = 1;
        const clones: { tensor: tf.Tensor; expected: number }[] = [];
        const expectClone = (clone?: (typeof clones)[number]) => {
          if (clone) expect(clone.tensor.dataSync()[0]).toBeCloseTo(clone.expected, 3);
          clone?.tensor.dispose();
        };
        for (let n = 0; n < 200; n++) {
          const choice = random.int(7);
          const x = random.int(5) - 2;
          if (choice < 3) {
            const which = choice % 2;
            const old = tf.tidy(() => functions[which](tf.scalar(x)));
            expectClone({ tensor: old, expected });
            expected = expected * [2, 0.5][which] + x;
            if (Math.abs(expected) > 50) {
              expected = 1;
              tf.tidy(() => {
                v.assign(tf.scalar(1));
              });
            }
          } else if (choice === 3) clones.push({ tensor: v.clone(), expected });
          else if (choice === 4) expectClone(clones.splice(random.int(Math.max(clones.length, 1)), 1)[0]);
          else if (choice === 5) expect(v.dataSync()[0]).toBeCloseTo(expected, 3);
          else {
            expected = x;
            tf.tidy(() => {
              v.assign(tf.scalar(x));
            });
          }
        }
        for (const f of functions) f.dispose();
        clones.forEach(expectClone);
        expect(v.dataSync()[0]).toBeCloseTo(expected, 3);
        v.dispose();
      });
    },
  );
});
