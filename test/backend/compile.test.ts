import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CannotCompile, compile, tf, ready } from 'naive-diffusion';
import { Interrupted } from '../../lib/src/backend/interrupt.js';
import { difference, expectNoLeak } from '../support.js';

let native = false;
beforeAll(async () => {
  native = (await ready()).name === 'native';
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function variable(value: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value)));
}

/** Calls `f` until its graph is replayed. */
function warm(f: () => tf.Tensor): void {
  for (let i = 0; i < 3; i++) f().dispose();
}

describe('a compiled function', () => {
  it('returns in each call what the plain function returns', async () => {
    await expectNoLeak(() => {
      const f = compile((x: tf.Tensor2D, y: tf.Tensor1D) => tf.softmax(tf.add(tf.matMul(x, x), y)));
      for (let i = 0; i < 5; i++) {
        const x = tf.randomNormal([4, 4], 0, 1, 'float32', i) as tf.Tensor2D;
        const y = tf.randomNormal([4], 0, 1, 'float32', 10 + i) as tf.Tensor1D;
        const got = f(x, y);
        const expected = tf.tidy(() => tf.softmax(tf.add(tf.matMul(x, x), y)));
        expect(difference(got, expected)).toBeLessThan(1e-6);
        tf.dispose([x, y, got, expected]);
      }
      if (native) expect(f.recordings).toBe(1);
      f.dispose();
    });
  });

  it('takes and returns arrays and maps of tensors, and nothing', async () => {
    await expectNoLeak(() => {
      const v = variable(0);
      const f = compile((a: { x: tf.Tensor; list: tf.Tensor[] }, b?: tf.Tensor) => ({
        sum: tf.add(a.x, a.list[0]),
        rest: [a.list[1], b],
      }));
      const g = compile(
        (x: tf.Tensor) => {
          v.assign(x.asScalar());
        },
        { state: [v] },
      );
      const [x, y, z] = [tf.scalar(1), tf.scalar(2), tf.scalar(3)];
      for (let i = 0; i < 4; i++) {
        const { sum, rest } = f({ x, list: [y, z] });
        expect([sum.dataSync()[0], (rest[0] as tf.Tensor).dataSync()[0], rest[1]]).toEqual([3, 3, undefined]);
        tf.dispose([sum, rest[0] as tf.Tensor]);
        expect(g(y)).toBeUndefined();
      }
      expect(v.dataSync()[0]).toBe(2);
      f.dispose();
      g.dispose();
      tf.dispose([x, y, z, v]);
    });
  });

  it('may return an input, a constant or a variable: the caller owns a copy', async () => {
    await expectNoLeak(() => {
      const v = variable(5);
      const c = tf.scalar(7);
      const x = tf.scalar(3);
      const f = compile((a: tf.Tensor) => [a, v, c, a], { state: [v], constants: [c] });
      for (let i = 0; i < 4; i++) {
        const results = f(x);
        expect(results.map((t) => t.dataSync()[0])).toEqual([3, 5, 7, 3]);
        tf.dispose(results);
        expect([x, v, c].map((t) => t.isDisposed)).toEqual([false, false, false]);
      }
      f.dispose();
      tf.dispose([v, c, x]);
    });
  });

  it('tells inputs apart that shared their data when it was recorded', () => {
    const f = compile((a: tf.Tensor, b: tf.Tensor) => tf.sub(a, b));
    const [x, y] = [tf.scalar(5), tf.scalar(2)];
    const got = [f(x, x), f(x, x), f(x, y), f(y, x)].map((t) => t.dataSync()[0]);
    expect(got).toEqual([0, 0, 3, -3]);
    f.dispose();
  });

  it('works inside tidy, around gradients, and inside another compiled function', async () => {
    await expectNoLeak(() => {
      const square = compile((x: tf.Tensor) => tf.square(x));
      const outer = compile((x: tf.Tensor) => tf.tidy(() => tf.add(square(x), tf.grad((z) => square(z).sum())(x))));
      const x = tf.tensor1d([1, 2, 3]);
      for (let i = 0; i < 4; i++) {
        tf.tidy(() => {
          expect([...outer(x).dataSync()]).toEqual([3, 8, 15]);
          expect([...square(x).dataSync()]).toEqual([1, 4, 9]);
          expect([
            ...tf
              .grad((z) => square(z).sum())(x)
              .dataSync(),
          ]).toEqual([2, 4, 6]);
        });
      }
      square.dispose();
      outer.dispose();
      x.dispose();
    });
  });

  it.each(['float32', 'int32', 'bool'] as const)(
    'works with expandDims of %s, whose type the binding leaves to be inferred',
    (dtype) => {
      const warn = vi.spyOn(console, 'warn');
      const f = compile((x: tf.Tensor) => tf.expandDims(x, 1));
      for (let i = 0; i < 4; i++) expect(f(tf.tensor1d([0, 1], dtype)).shape).toEqual([2, 1]);
      expect(warn).not.toHaveBeenCalled();
      f.dispose();
    },
  );

  it('works with custom gradients, gather and integers', () => {
    const clip = tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return {
        value: tf.relu(x as tf.Tensor),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.step(saved[0], 0.5)),
      };
    });
    const plain = (x: tf.Tensor2D, i: tf.Tensor1D) => tf.gather(tf.grad((z: tf.Tensor) => clip(z).sum())(x), i);
    const f = compile(plain);
    const x = tf.tensor2d([
      [1, -1],
      [2, -2],
      [3, -3],
    ]);
    for (const list of [
      [0, 1],
      [1, 1],
      [2, 0],
      [0, 0],
    ]) {
      const i = tf.tensor1d(list, 'int32');
      expect([...f(x, i).dataSync()]).toEqual([...plain(x, i).dataSync()]);
    }
    f.dispose();
  });
});

describe('variables', () => {
  it('are updated exactly once per call, and their clones keep the old values', async () => {
    await expectNoLeak(() => {
      const v = variable(0);
      const unchanged = variable(1);
      const f = compile(
        (x: tf.Tensor) => {
          v.assign(tf.add(v, tf.mul(x, unchanged)));
          return v.clone();
        },
        { state: [v, unchanged] },
      );
      const one = tf.scalar(1);
      const snapshots: tf.Tensor[] = [];
      for (let i = 1; i <= 5; i++) {
        snapshots.push(v.clone());
        const result = f(one);
        expect([v.dataSync()[0], result.dataSync()[0]]).toEqual([i, i]);
        result.dispose();
      }
      expect(snapshots.map((s) => s.dataSync()[0])).toEqual([0, 1, 2, 3, 4]);
      expect(unchanged.dataSync()[0]).toBe(1);
      f.dispose();
      tf.dispose([v, unchanged, one, ...snapshots]);
    });
  });

  it('that shared their data when it was recorded go separate ways', () => {
    const start = tf.scalar(1);
    const [a, b] = [tf.variable(start), tf.variable(start)];
    const f = compile(
      () => {
        a.assign(tf.mul(a, 2));
        b.assign(tf.mul(b, 3));
      },
      { state: [a, b] },
    );
    for (let i = 0; i < 4; i++) f();
    expect([a.dataSync()[0], b.dataSync()[0], start.dataSync()[0]]).toEqual([16, 81, 1]);
    f.dispose();
  });

  it('may be assigned to between calls', () => {
    const v = variable(1);
    const f = compile(() => tf.mul(v, 2), { state: [v] });
    warm(f);
    v.assign(tf.scalar(21));
    expect(f().dataSync()[0]).toBe(42);
    f.dispose();
  });
});

describe('shapes', () => {
  it('each get a graph of their own, up to a limit, with one warning', async () => {
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await expectNoLeak(() => {
      const f = compile((x: tf.Tensor) => tf.sum(x), { limit: 2, name: 'total' });
      for (const n of [1, 2, 3, 4, 3, 2, 1, 3, 2, 1]) {
        tf.tidy(() => {
          expect(f(tf.ones([n])).dataSync()[0]).toBe(n);
        });
      }
      if (native) {
        expect(f.recordings).toBe(2);
        expect(warning).toHaveBeenCalledTimes(1);
        expect(warning.mock.calls[0][0]).toMatch(/compile\(total\): .* 2 shapes/);
      }
      f.dispose();
    });
  });

  it('with the same sizes and another type are another graph', () => {
    const f = compile((x: tf.Tensor) => tf.add(x, x));
    for (const dtype of ['float32', 'int32', 'float32', 'int32', 'int32'] as const) {
      const y = f(tf.tensor1d([1, 2], dtype));
      expect([y.dtype, ...y.dataSync()]).toEqual([dtype, 2, 4]);
    }
    f.dispose();
  });
});

describe('what a replay could not repeat is refused, and the state is left as it was', () => {
  const outside = () => tf.scalar(2);
  const cases: [string, () => (x: tf.Tensor) => unknown, RegExp][] = [
    ['a stateful random operation', () => () => tf.multinomial(tf.tensor1d([0.5, 0.5]), 3), /Multinomial draws/],
    [
      'random numbers made in JavaScript',
      () => (x) => tf.add(x, tf.randomNormal([])),
      /an array \[\] made in JavaScript for Add changed/,
    ],
    [
      'a changing array',
      () => {
        let i = 0;
        return (x) => tf.mul(x, tf.scalar(i++));
      },
      /an array \[\] made in JavaScript for Mul changed/,
    ],
    ['reading data', () => (x) => tf.scalar(x.dataSync()[0]), /reads the data/],
    [
      'reading data, and catching the error',
      () => (x) => {
        try {
          x.dataSync();
        } catch {
          /* ignored */
        }
        return x;
      },
      /reads the data/,
    ],
    [
      'reading data asynchronously',
      () => (x) => {
        void x.data();
        return x;
      },
      /reads the data/,
    ],
    [
      'a tensor from outside',
      () => {
        const t = outside();
        t.dataSync();
        return (x) => tf.add(x, t);
      },
      /Add uses a tensor from outside/,
    ],
    [
      'a tensor from outside used before',
      () => {
        const t = outside();
        tf.add(t, t);
        return (x) => tf.add(x, t);
      },
      /Add uses a tensor from outside/,
    ],
    [
      'a variable that is not in state',
      () => {
        const v = tf.variable(outside());
        return (x) => tf.add(x, v);
      },
      /Add uses the variable '.*: list it in state/,
    ],
    [
      'assigning to a variable that is not in state',
      () => {
        const v = tf.variable(outside());
        return (x) => {
          v.assign(x as tf.Scalar);
          return x;
        };
      },
      /assigns to the variable '.*: list it in state/,
    ],
    [
      'making variables',
      () => (x) => {
        tf.variable(x).assign(tf.add(x, 1));
        return x;
      },
      /makes the variable/,
    ],
    [
      'text',
      () => (x) => {
        tf.tensor1d(['text']).reshape([1, 1]);
        return x;
      },
      /strings cannot be compiled/,
    ],
    [
      'another operation at the second call',
      () => {
        let i = 0;
        return (x) => (i++ ? tf.exp(x) : tf.log(x));
      },
      /ran Log in its first call and Exp/,
    ],
  ];
  it.each(cases)('%s', (_, make, message) => {
    if (!native) return;
    const v = variable(4);
    const body = make();
    const f = compile(
      ((x: tf.Tensor) => {
        v.assign(tf.add(v, 1));
        return body(x);
      }) as (x: tf.Tensor) => tf.Tensor,
      { state: [v] },
    );
    const x = tf.scalar(1);
    const { binding } = tf.backend() as unknown as { binding: unknown };
    let done = 0;
    let error: unknown;
    try {
      for (; done < 2; done++) f(x);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CannotCompile);
    expect((error as Error).message).toMatch(message);
    expect(v.dataSync()[0]).toBe(4 + done);
    expect((tf.backend() as unknown as { binding: unknown }).binding).toBe(binding);
    expect(tf.add(x, 1).dataSync()[0]).toBe(2);
    f.dispose();
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a promise', async () => undefined, /a promise \(fn must be synchronous\)/],
    ['a number', () => 3, /the number 3/],
  ])('%s for a result, whether it is compiled or not', (_, body, message) => {
    for (const enabled of [true, false]) {
      const f = compile(body as () => tf.Tensor, { enabled });
      expect(() => f()).toThrow(TypeError);
      expect(() => f()).toThrow(message);
    }
  });

  it('but what fn itself throws passes unchanged, also after calls that were recorded', () => {
    class Own extends Error {}
    for (const bad of [1, 2]) {
      const own = new Own('of fn');
      let calls = 0;
      const f = compile((x: tf.Tensor) => {
        if (++calls === bad) throw own;
        return tf.neg(x);
      });
      let thrown: unknown;
      try {
        for (let i = 0; i < 2; i++) f(tf.scalar(1));
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(own);
      f.dispose();
    }
  });

  it('inputs that are no tensors', () => {
    if (!native) return;
    const f = compile((x: tf.Tensor) => tf.neg(x));
    expect(() => f(3 as unknown as tf.Tensor)).toThrow(/inputs\[0\] must be a tensor.*got the number 3/);
    const gone = tf.scalar(1);
    gone.dispose();
    expect(() => f(gone)).toThrow(/disposed of/);
  });

  it('wrong options', () => {
    expect(() => compile(3 as never)).toThrow(/compile: fn must be a function, got number/);
    expect(() => compile(() => undefined, { state: [tf.scalar(1)] as never })).toThrow(
      /state must be a list of variables, got \[a tensor of shape \[\]\]/,
    );
    expect(() => compile(() => undefined, { limit: 0 })).toThrow(/limit must be/);
  });
});

describe('after a bad end', () => {
  it.each([1, 2])('of call %i the backend is as it was, nothing is left, and a later call works', async (bad) => {
    await expectNoLeak(() => {
      const v = variable(0);
      let calls = 0;
      const f = compile(
        (x: tf.Tensor) =>
          tf.tidy(() => {
            v.assign(tf.add(v, x));
            const { value } = tf.variableGrads(() => {
              if (++calls === bad) throw new Interrupted();
              return tf.square(v) as tf.Scalar;
            }, [v]);
            return value;
          }),
        { state: [v] },
      );
      const x = tf.scalar(1);
      let expected = 0;
      for (let i = 1; i <= 5; i++) {
        if (i === bad && native) expect(() => f(x)).toThrow(Interrupted);
        else if (i === bad) {
          expect(() => f(x)).toThrow(Interrupted);
          expected++;
        } else {
          const y = f(x);
          expected++;
          expect(y.dataSync()[0]).toBe(expected ** 2);
          y.dispose();
        }
        expect(v.dataSync()[0]).toBe(expected);
      }
      f.dispose();
      tf.dispose([v, x]);
    });
  });

  it('of its life, a compiled function says so', () => {
    const f = compile((x: tf.Tensor) => tf.neg(x), { name: 'minus' });
    f.dispose();
    f.dispose();
    expect(() => f(tf.scalar(1))).toThrow('compile(minus): this compiled function has been disposed of');
  });

  it('of its variables, too', () => {
    if (!native) return;
    const v = tf.variable(tf.scalar(1), true, 'weight');
    const f = compile(() => tf.neg(v), { state: [v] });
    warm(f);
    v.dispose();
    expect(() => f()).toThrow(/the variable 'weight' .* has been disposed of/);
    f.dispose();
  });
});

describe('where nothing is compiled', () => {
  it.each(['option', 'environment'])('by %s, the plain function runs at each call', (how) => {
    if (how === 'environment') vi.stubEnv('NAIVE_DIFFUSION_COMPILE', '0');
    let calls = 0;
    const f = compile(
      (x: tf.Tensor) => {
        calls++;
        return tf.neg(x);
      },
      how === 'option' ? { enabled: false } : {},
    );
    const x = tf.scalar(2);
    for (let i = 0; i < 4; i++) expect(f(x).dataSync()[0]).toBe(-2);
    expect([calls, f.recordings]).toEqual([4, 0]);
  });

  it('for want of a temporary folder, the plain function runs, with one warning', () => {
    if (!native) return;
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubEnv('TMPDIR', '/nowhere');
    const f = compile((x: tf.Tensor) => tf.neg(x), { name: 'minus' });
    for (let i = 0; i < 5; i++) expect(f(tf.scalar(i)).dataSync()[0]).toBe(-i);
    expect(warning).toHaveBeenCalledTimes(1);
    expect(warning.mock.calls[0][0]).toMatch(/compile\(minus\): cannot be compiled, and runs eagerly: ENOENT.*nowhere/);
  });

  it('no temporary files are left behind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compile-test-'));
    vi.stubEnv('TMPDIR', folder);
    const f = compile((x: tf.Tensor) => tf.neg(x));
    warm(() => f(tf.scalar(1)));
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    f.dispose();
  });
});

describe('nothing leaks', () => {
  interface Counts {
    getNumOfTensors(): number;
    getNumOfSavedModels(): number;
  }
  it('over 1,000 calls and 50 compilations', async () => {
    const { binding } = tf.backend() as unknown as { binding?: Counts };
    const counts = () => [
      tf.memory().numTensors,
      tf.memory().numDataBuffers,
      binding?.getNumOfTensors(),
      binding?.getNumOfSavedModels(),
    ];
    const v = tf.variable(tf.zeros([256, 256]));
    const x = tf.ones([256, 256]);
    x.dataSync();
    const one = tf.tidy(() => tf.add(x, 0));
    const round = (calls: number) => {
      const f = compile(
        (a: tf.Tensor) => {
          v.assign(tf.add(v, a));
          return tf.mean(v);
        },
        { state: [v] },
      );
      for (let i = 0; i < calls; i++) f(one).dispose();
      f.dispose();
    };
    round(20);
    const before = counts();
    const resident = process.memoryUsage.rss();
    for (let i = 0; i < 50; i++) round(3);
    round(1000);
    expect(counts()).toEqual(before);
    expect((process.memoryUsage.rss() - resident) / 2 ** 20, 'MB more').toBeLessThan(100);
  });
});
