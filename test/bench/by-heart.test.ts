import { binomial, key, naiveUnetConfig, normal, ready, tf, unet, uniform } from 'naive-diffusion';
import { beforeAll, expect, it } from 'vitest';
import { lossesOf } from '../../bench/agreement.js';
import { learnByHeart } from '../../bench/by-heart.js';

beforeAll(async () => {
  await ready();
});

it('a batch learnt by heart is learnt from the first step on, and the output is that before it', () => {
  const config = { ...naiveUnetConfig, size: 16, widths: [8, 16], dense: 0 };
  const [one, other] = [unet(config), unet(config)];
  for (const [i, weight] of one.weights.entries()) {
    const start = normal(key(2, i), weight.shape).mul(0.1);
    weight.assign(start);
    other.weights[i].assign(start);
    start.dispose();
  }
  const x0 = uniform(key(1), [4, 16, 16, naiveUnetConfig.channels]) as tf.Tensor4D;
  const t = tf.tensor1d([0.1, 0.4, 0.6, 0.9]);
  const z = tf.tidy(() => binomial().at(binomial().draw(key(3), x0.shape), x0, t));

  const expected = tf.tidy(() => other(z, t).dataSync().slice());
  const before = tf.memory().numTensors;
  const { output, losses } = learnByHeart(one, { z, t, x0 }, 5);
  expect(tf.memory().numTensors).toBe(before);
  output.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  const steps = lossesOf(other, { z, t, x0 }, 6, { clip: 1 });
  expect(losses).toHaveLength(6);
  expect(steps[1]).toBeLessThan(0.9995 * steps[0]); // a step is five times the tolerance and more
  losses.forEach((loss, i) => expect(Math.abs(loss / steps[i] - 1), `step ${i}`).toBeLessThan(1e-4));
});
