import { describe, expect, it } from 'vitest';
import {
  attend,
  attention,
  convNextBlock,
  key,
  layerNormalization,
  normal,
  patches,
  ready,
  tf,
  transformerBlock,
  Weights,
} from 'naive-diffusion';
import fixture from '../fixtures/diffusion/networks.json';
import { tensorOf, type FixtureArray } from '../fixtures/exact.js';
import { difference, expectNoLeak } from '../support.js';

await ready();

/** Gives a layer the weights of PyTorch's, which are transposed. */
function assign(weights: Weights, name: string, [matrix, bias]: [FixtureArray, FixtureArray]): void {
  tf.tidy(() => {
    weights.parameters[`${name}.matrix`].assign(tf.transpose(tensorOf<tf.Tensor2D>(matrix)));
    weights.parameters[`${name}.bias`].assign(tensorOf<tf.Tensor1D>(bias));
  });
}

/** Moves every weight a little, those that start at zero included. */
function stir(weights: Weights): void {
  Object.values(weights.parameters).forEach((weight, i) => {
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(normal(key(7, i), weight.shape), 0.1)));
    });
  });
}

/** Expects that a squared output has a gradient with respect to each weight. */
function expectGradients(weights: Weights, output: () => tf.Tensor): void {
  tf.tidy(() => {
    const all = Object.values(weights.parameters);
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(output())), all);
    for (const [name, weight] of Object.entries(weights.parameters))
      expect(tf.max(tf.abs(grads[weight.name])).dataSync()[0], name).toBeGreaterThan(1e-9);
  });
}

describe('attention', () => {
  it.each(fixture.attention)("is PyTorch's MultiheadAttention, with $heads heads", async (wanted) => {
    const { heads, inWeight, inBias, outWeight, outBias, x } = wanted;
    await expectNoLeak(() => {
      const weights = new Weights(1);
      const layer = attention(weights, 'a', { width: 8, heads });
      assign(weights, 'a.in', [inWeight, inBias]);
      assign(weights, 'a.out', [outWeight, outBias]);
      tf.tidy(() => {
        const tokens = tensorOf<tf.Tensor3D>(x);
        expect(difference(layer(tokens), tensorOf<tf.Tensor3D>(wanted.output))).toBeLessThan(5e-6);
        expect(difference(layer.maps(tokens), tensorOf(wanted.attention))).toBeLessThan(2e-6);
      });
      weights.dispose();
    });
  });

  it('looks at other tokens than its own, too, and refuses heads that do not divide the width', () => {
    tf.tidy(() => {
      const queries = normal(key(1), [2, 3, 4]) as tf.Tensor3D;
      const keys = normal(key(2), [2, 5, 4]) as tf.Tensor3D;
      const { output, maps } = attend({ queries, keys, values: keys, heads: 2 });
      expect(output.shape).toEqual([2, 3, 4]);
      expect(maps.shape).toEqual([2, 2, 3, 5]);
      expect(difference(tf.sum(maps, 3), tf.ones([2, 2, 3]))).toBeLessThan(1e-6);
      expect(() => attend({ queries, keys, values: keys, heads: 3 })).toThrow(
        'attend: heads must divide the width, 4, got 3',
      );
      expect(() => attention(new Weights(1), 'a', { width: 8, heads: 0.5 })).toThrow(
        'attention: heads must be a whole number of at least 1, got 0.5',
      );
    });
  });
});

describe('layerNormalization', () => {
  it.each(fixture.normalised.cases)("is PyTorch's LayerNorm with ε $epsilon", ({ epsilon, gain, shift, output }) => {
    tf.tidy(() => {
      const x = tensorOf<tf.Tensor3D>(fixture.normalised.x);
      const made = tf.add(tf.mul(layerNormalization(x, { epsilon }), tf.tensor1d(gain)), tf.tensor1d(shift));
      expect(difference(made, tensorOf<tf.Tensor3D>(output))).toBeLessThan(5e-6);
    });
  });
});

describe('patches', () => {
  it("are timm's PatchEmbed, row by row", async () => {
    const { x, kernel, bias, tokens } = fixture.patches;
    await expectNoLeak(() => {
      const weights = new Weights(1);
      const cut = patches(weights, 'p', { patch: 2, channels: 3, width: 5 });
      tf.tidy(() => {
        weights.parameters['p.in.matrix'].assign(tf.reshape(tensorOf(kernel), [12, 5]));
        weights.parameters['p.in.bias'].assign(tf.tensor(bias.values));
        expect(difference(cut.tokens(tensorOf(x)), tensorOf<tf.Tensor3D>(tokens))).toBeLessThan(5e-6);
      });
      weights.dispose();
    });
  });

  it('become images again: with the inverse of the matrix, the same ones', () => {
    tf.tidy(() => {
      const weights = new Weights(1);
      const cut = patches(weights, 'p', { patch: 2, channels: 3, width: 12 });
      const one = tf.eye(12);
      weights.parameters['p.in.matrix'].assign(one);
      weights.parameters['p.out.matrix'].assign(one);
      const x = normal(key(1), [2, 4, 6, 3]) as tf.Tensor4D;
      expect(difference(cut.images(cut.tokens(x), [4, 6]), x)).toBe(0);
      expect(() => cut.tokens(tf.zeros([1, 5, 6, 3]))).toThrow(
        'patches: patch must divide height and width, 5 and 6, got 2',
      );
      expect(() => patches(weights, 'q', { patch: 0, channels: 3, width: 5 })).toThrow(
        'patches: patch must be a whole number of at least 1, got 0',
      );
    });
  });
});

describe('blocks', () => {
  it('of a transformer starts as the identity, and its formula holds', async () => {
    await expectNoLeak(() => {
      const weights = new Weights(2);
      const block = transformerBlock(weights, 'b', { width: 8, heads: 2, embedding: 4 });
      tf.tidy(() => {
        const [x, e] = [normal(key(1), [2, 5, 8]) as tf.Tensor3D, normal(key(2), [2, 4]) as tf.Tensor2D];
        expect(difference(block(x, e), x)).toBe(0);
        stir(weights);
        expect(difference(block(x, e), x)).toBeGreaterThan(1e-3);
        expectGradients(weights, () => block(x, e));
        // Tokens know no place: in another order they come out in that order.
        const turned = tf.reverse(x, 1);
        expect(difference(block(turned, e), tf.reverse(block(x, e), 1))).toBeLessThan(5e-6);
      });
      weights.dispose();
    });
  });

  it.each([undefined, 4])(
    'of ConvNeXt starts as the identity, and sees 3 pixels to each side (embedding %s)',
    (embedding) => {
      const weights = new Weights(3);
      const block = convNextBlock(weights, 'b', { width: 6, embedding });
      tf.tidy(() => {
        const [x, e] = [normal(key(1), [2, 9, 8, 6]) as tf.Tensor4D, normal(key(2), [2, 4]) as tf.Tensor2D];
        expect(difference(block(x, e), x)).toBe(0);
        stir(weights);
        expectGradients(weights, () => block(x, e));
        // One pixel changes: what is more than 3 away stays.
        const spot = tf.pad(tf.ones([2, 1, 1, 6]), [[0, 0], [0, 8], [0, 7], [0, 0]]); // prettier-ignore
        const change = tf.abs(tf.sub(block(tf.add(x, spot), e), block(x, e)));
        const reach = tf.max(tf.max(change, 3), 0).arraySync() as number[][];
        expect(reach[3][3]).toBeGreaterThan(1e-5);
        for (const [y, row] of reach.entries())
          for (const [at, value] of row.entries()) if (y > 3 || at > 3) expect(value).toBeLessThan(1e-5);
      });
      weights.dispose();
    },
  );
});
