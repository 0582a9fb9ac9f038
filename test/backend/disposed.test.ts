import { describe, expect, it } from 'vitest';
import { compile, conv2d, groupNorm, ready, squaredLoss, tf, unet } from 'naive-diffusion';
import { on } from './backends.js';

await ready();

type Use = (gone: tf.Tensor, whole: tf.Tensor) => unknown;

const uses: Record<string, Use> = {
  add: (gone, whole) => tf.add(whole, gone),
  matMul: (gone, whole) => tf.matMul(tf.ones([2, 4]), tf.stack([gone, whole]) as tf.Tensor2D),
  'a gradient': (gone) => tf.grad((x) => tf.sum(tf.mul(x, gone)))(tf.ones([4])),
  concat: (gone, whole) => tf.concat([whole, gone]),
  squaredLoss: (gone, whole) => squaredLoss(gone, whole),
  groupNorm: (gone, whole) => groupNorm(tf.ones([1, 2, 2, 4]), whole, gone, { groups: 2 }),
  'conv2d with bias': (gone) => conv2d(tf.ones([1, 3, 3, 1]), tf.ones([3, 3, 1, 4]), gone as tf.Tensor1D),
};

function expectClearErrors(): void {
  for (const [name, use] of Object.entries(uses)) {
    const whole = tf.ones([4]);
    const tensor = tf.add(tf.ones([4]), 1);
    const variable = tf.tidy(() => tf.variable(tf.ones([4]))); // nobody shares its data
    tf.dispose([tensor, variable]);
    for (const gone of [tensor, variable]) expect(() => use(gone, whole), name).toThrow(/has been disposed of/);
  }
}

describe('what has been disposed of, and is used again, is named as such', () => {
  it('where TensorFlow is native', () => {
    tf.tidy(expectClearErrors);
    tf.tidy(() => {
      const variable = tf.tidy(() => tf.variable(tf.ones([4]), true, 'gone'));
      variable.dispose();
      expect(() => tf.add(variable, 1)).toThrow(
        "Add: the variable 'gone' [4], perhaps a weight of a network, has been disposed of",
      );
    });
  });

  it.each(['wasm', 'cpu'] as const)('on the backend %s', async (backend) => {
    await on(backend, expectClearErrors);
  });

  it('also when it is a network', () => {
    const network = unet({ channels: 1, size: 8, widths: [2], dense: 0 });
    network.dispose();
    expect(() => tf.tidy(() => network(tf.zeros([1, 8, 8, 1]), 0.5))).toThrow(/has been disposed of/);
  });

  it.each([true, false])('also by a compiled function (%s), whose argument or state it is', (enabled) => {
    tf.tidy(() => {
      const variable = tf.variable(tf.ones([4]), true, `state of ${enabled}`);
      const f = compile((x: tf.Tensor) => tf.add(x, variable), { state: [variable], enabled, name: 'sum' });
      const gone = tf.zeros([4]);
      gone.dispose();
      expect(() => f(gone)).toThrow('compile(sum): inputs[0] must be a tensor that is still there');
      variable.dispose();
      expect(() => f(tf.zeros([4]))).toThrow(
        `compile(sum): the variable 'state of ${enabled}' [4] of its state has been`,
      );
    });
  });
});
