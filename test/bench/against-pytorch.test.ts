import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, buildNetwork, compile, type Network, readSafetensors, ready, restore, squaredLoss, tf } from 'naive-diffusion';

beforeAll(async () => { await ready(); });

/** Networks with PyTorch's weights, and what PyTorch made of them; `bench/reference/fixture.py` writes these files. */
async function load(name: string) {
  const file = path.join(import.meta.dirname, 'fixtures', `${name}.safetensors`);
  const { tensors, metadata } = await readSafetensors(file);
  const given = (key: string) => tf.tensor(tensors[`@${key}`].data, tensors[`@${key}`].shape as [number]);
  const network = buildNetwork(JSON.parse(metadata.config) as { kind: string }) as Network;
  restore(network.parameters, Object.fromEntries(Object.entries(tensors).filter(([key]) => !key.startsWith('@'))), file);
  return { network, z: given('z') as unknown as tf.Tensor4D, x0: given('x0') as unknown as tf.Tensor4D, t: given('t') as tf.Tensor1D, output: tensors['@output'].data, losses: tensors['@losses'].data };
}

describe.each(['unet', 'residual-unet'])('the %s that the benchmark times, with PyTorch\'s weights', (name) => {
  it('returns what PyTorch\'s network returns', async () => {
    const { network, z, t, output } = await load(name);
    const ours = tf.tidy(() => network(z, t).dataSync());
    expect(Math.max(...output.map((value, i) => Math.abs(value - ours[i])))).toBeLessThan(1e-5);
    network.dispose();
  });

  it('has its losses to a ten-thousandth over 20 steps of Adam with clipping', async () => {
    const { network, z, x0, t, losses } = await load(name);
    const adam = new Adam(network.weights, { rate: 1e-3, clip: 1, average: 0.998 });
    const learn = compile((noisy: tf.Tensor4D, level: tf.Tensor1D, clean: tf.Tensor4D) => adam.minimize(() => squaredLoss(network(noisy, level), clean)), { state: [...network.weights, ...adam.state] });
    const ours = Array.from({ length: losses.length }, () => tf.tidy(() => (learn(z, t, x0) as tf.Scalar).dataSync()[0]));
    expect(losses).toHaveLength(20);
    expect(losses[19]).toBeLessThan(0.997 * losses[0]); // it learns, by thirty times the tolerance and more
    ours.forEach((loss, i) => expect(Math.abs(loss / losses[i] - 1), `step ${i}`).toBeLessThan(1e-4));
    learn.dispose();
    adam.dispose();
    network.dispose();
  });
});
