import { beforeAll, describe, expect, it } from 'vitest';
import {
  asNetwork,
  binomial,
  clean,
  denoiser,
  guide,
  ready,
  renoise,
  residualUnet,
  sample,
  tf,
  unet,
  velocity,
  Weights,
  type Images,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const options = { size: 8, channels: 1, widths: [8], blocks: 1, groups: 4, embedding: 8 };
const conditional = () => residualUnet({ ...options, conditions: { digit: 10 } });

describe('what a network is given', () => {
  it('must be a number of a value that there is for each image, wherever it comes in', async () => {
    const network = conditional();
    const denoise = denoiser(network);
    const z = tf.zeros([2, 8, 8, 1]) as Images;
    const common = { denoise, degradation: binomial(), rule: renoise(), levels: [1, 0], count: 2 };
    await expectNoLeak(() => {
      for (const [values, came] of [
        [[3, 10], '10 for image 1'],
        [[99, 0], '99 for image 0'],
        [[-2, 0], '-2 for image 0'],
        [[0, NaN], 'NaN for image 1'],
        [[1.5, 2], '1.5 for image 0'],
      ] as const) {
        const digit = tf.tensor1d([...values]);
        const message = `given.digit must hold whole numbers from 0 to 9, or −1 for nothing, got ${came}`;
        expect(() => network(z, 0.5, { digit })).toThrow(`residual-unet: ${message}`);
        expect(() => denoise(z, 0.5, { digit })).toThrow(message);
        expect(() => sample({ ...common, given: { digit } })).toThrow(`sample: ${message}`);
        digit.dispose();
      }
      for (const shape of [[1], [3], [2, 1]]) {
        const digit = tf.zeros(shape);
        const message = 'given.digit must have shape [2]';
        expect(() => network(z, 0.5, { digit })).toThrow(`residual-unet: ${message}`);
        expect(() => sample({ ...common, given: { digit } })).toThrow(`sample: ${message}`);
        digit.dispose();
      }
      expect(() => sample({ ...common, given: { digit: [1, 2] as never } })).toThrow(
        'sample: given.digit must be a tensor',
      );
      tf.tidy(() => {
        network(z, 0.5, { digit: tf.tensor1d([-1, 9], 'int32') });
      });
    });
    network.dispose();
    z.dispose();
  });

  it('of a reader may be anything with a row for each image, where no number of values is named', () => {
    tf.tidy(() => {
      const weights = new Weights(1);
      const scale = weights.constant('scale', [1], 1);
      const config = { kind: 'told' };
      const network = asNetwork((z, _, { text }) => tf.mul(z, tf.add(scale, tf.mean(text))), {
        config,
        weights,
        shape: [8, 8, 1],
        conditions: ['text'],
      });
      const z = tf.zeros([2, 8, 8, 1]) as Images;
      network(z, 0.5, { text: tf.fill([2, 16], 0.3) });
      expect(() => network(z, 0.5, { text: tf.zeros([1, 16]) })).toThrow('told: given.text must have shape [2,16]');
    });
  });

  it('in the place of what is wanted, must fit the plain denoiser', () => {
    const denoise = denoiser(conditional());
    const without = (digit: tf.Tensor) => () =>
      guide({ wanted: denoise, plain: denoise, weight: 2, without: { digit } });
    expect(without(tf.tensor1d([10]))).toThrow('guide: without: given.digit must hold whole numbers from 0 to 9');
    expect(without(tf.scalar(-1))).toThrow('guide: without.digit must be a tensor with a row for each image');
    expect(() => guide({ wanted: denoise, weight: 2 } as never)).toThrow('guide: plain must be a denoiser');
    const wider = denoiser(unet({ size: 16, channels: 1, widths: [4], dense: 0 }));
    expect(() => guide({ wanted: denoise, plain: wider, weight: 2 })).toThrow(
      'guide: plain must take images of [8,8,1]',
    );
    expect(() => guide({ wanted: denoise, plain: denoise, weight: '2' as never })).toThrow('got "2"');
  });
});

describe('the level that a network is told', () => {
  it('must lie in [0, 1] as a tensor too', () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0 });
    const z = tf.zeros([2, 8, 8, 1]) as Images;
    for (const bad of [7, -0.1, NaN]) {
      const t = tf.tensor1d([0.5, bad]);
      expect(() => network(z, t)).toThrow(/unet: t must lie in \[0, 1\]/);
      expect(() => denoiser(network)(z, t)).toThrow(/denoiser: t must lie in \[0, 1\]/);
    }
  });
});

describe('what is no network or target', () => {
  it('is refused by name', () => {
    const network = conditional();
    const wrong = (target: unknown) => () => denoiser(network, { target } as never);
    expect(() => denoiser(undefined as never)).toThrow(
      'denoiser: network must be one, as unet() or asNetwork() makes it',
    );
    expect(wrong('velocity')).toThrow(
      'denoiser: target must be one, such as clean or velocity(gaussian()), got "velocity"',
    );
    expect(wrong(velocity)).toThrow('got the function velocity: call it with its degradation');
    expect(() => denoiser(network, { tagret: clean } as never)).toThrow('denoiser: tagret is not an option');
    expect(() => velocity(binomial() as never)).toThrow('velocity: the degradation must be Gaussian noise');
    expect(() => new Weights(1).normal('x', [2], {} as never)).toThrow(
      'Weights: fanIn of x must be above 0, got undefined',
    );
    expect(() => new Weights(1).normal('x', [2], { fanIn: 0 })).toThrow('Weights: fanIn of x must be above 0, got 0');
    expect(() => asNetwork(undefined as never, {} as never)).toThrow('asNetwork: forward must be a function');
    network.dispose();
  });
});
