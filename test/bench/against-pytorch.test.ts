import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  absoluteLoss,
  Adam,
  type AdamOptions,
  autoencoder,
  type AutoencoderConfig,
  type Given,
  networks,
  type Network,
  readSafetensors,
  ready,
  type Spec,
  squaredLoss,
  assignWeights,
  type StoredTensor,
  tf,
} from 'naive-diffusion';
import { beginning, lossesOf, STEPS, WARMUP } from '../../bench/agreement.ts';
import { workloads } from '../../bench/workloads.ts';

beforeAll(async () => {
  await ready();
});

/** A network with PyTorch's weights, a batch to learn from, and what PyTorch made of both. */
interface Case {
  network: Network;
  z: tf.Tensor4D;
  x0: tf.Tensor4D;
  t: tf.Tensor1D;
  output: ArrayLike<number>;
  losses: ArrayLike<number>;
}

const fixture = (name: string) => path.join(import.meta.dirname, 'fixtures', `${name}.safetensors`);

function asCase(
  network: Network,
  weights: Record<string, StoredTensor>,
  batch: Record<'z' | 'x0' | 't', StoredTensor>,
  made: Record<'output' | 'losses', StoredTensor>,
): Case {
  assignWeights(network.parameters, weights, 'the fixture');
  const [z, x0, t] = [batch.z, batch.x0, batch.t].map(({ data, shape }) =>
    tf.tensor(data, shape as [number]),
  ) as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D];
  return { network, z, x0, t, output: made.output.data, losses: made.losses.data };
}

/** The configuration in a fixture, but for what its network was once said to predict. */
function configOf(text: string): Spec {
  const { predicts: _, ...config } = JSON.parse(text) as Spec;
  return config;
}

/** Weights of PyTorch's; `bench/reference/fixture.py` writes these files. */
async function small(name: string): Promise<Case> {
  const {
    tensors: { '@z': z, '@x0': x0, '@t': t, '@output': output, '@losses': losses, ...weights },
    metadata,
  } = await readSafetensors(fixture(name));
  return asCase((await networks.make(configOf(metadata.config))) as Network, weights, { z, x0, t }, { output, losses });
}

/** Full size, weights of the library's, and faces; `bench/agreement.ts` writes what PyTorch makes of them. */
async function full(name: 'a' | 'b' | 'c' | 'e' | 'f'): Promise<Case> {
  const { z, x0, t, ...weights } = await beginning(workloads[name]);
  const { output, losses } = (await readSafetensors(fixture(name))).tensors;
  return asCase(
    (await networks.make({ ...workloads[name].config })) as Network,
    weights,
    { z, x0, t },
    { output, losses },
  );
}

describe.each<[string, () => Promise<Case>, AdamOptions]>([
  ['a small UNet', () => small('unet'), {}],
  ['a small residual UNet', () => small('residual-unet'), {}],
  ['a small residual UNet with attention', () => small('attentive-unet'), {}],
  ['a small diffusion transformer', () => small('diffusion-transformer'), {}],
  ['the network of workload (a)', () => full('a'), { warmup: WARMUP }],
  ['the network of workload (b)', () => full('b'), { warmup: WARMUP }],
  ['the network of workload (c)', () => full('c'), { warmup: WARMUP }],
  ['the network of workload (e)', () => full('e'), { warmup: WARMUP }],
  ['the network of workload (f)', () => full('f'), { warmup: WARMUP }],
])('%s with the same weights as in PyTorch', (_, load, options) => {
  it("returns what PyTorch's network returns", async () => {
    const { network, z, t, output } = await load();
    const ours = tf.tidy(() => network(z, t).dataSync());
    expect(Math.max(...Array.from(output, (value, i) => Math.abs(value - ours[i])))).toBeLessThan(1e-5);
    network.dispose();
  });

  it('has its losses to a ten-thousandth over 20 steps of Adam with clipping', async () => {
    const { network, z, x0, t, losses } = await load();
    const ours = lossesOf(network, { z, x0, t }, STEPS, { rate: 1e-3, clip: 1, average: 0.998, ...options });
    expect(losses).toHaveLength(STEPS);
    expect(losses[STEPS - 1]).toBeLessThan(0.997 * losses[0]); // it learns, by thirty times the tolerance and more
    ours.forEach((loss, i) => expect(Math.abs(loss / losses[i] - 1), `step ${i}`).toBeLessThan(1e-4));
    network.dispose();
  });
});

/** Adam with clipping, which every fixture was trained with. */
const options = { rate: 1e-3, clip: 1, average: 0.998 };

/** How far numbers are from PyTorch's, at most. */
function apart(ours: tf.Tensor, theirs: StoredTensor): number {
  const numbers = ours.dataSync();
  return Math.max(...Array.from(theirs.data, (value, i) => Math.abs(value - numbers[i])));
}

function expectLosses(learn: () => tf.Scalar, theirs: StoredTensor): void {
  expect(theirs.data[STEPS - 1]).toBeLessThan(0.997 * theirs.data[0]);
  for (const [i, loss] of theirs.data.entries()) {
    const ours = tf.tidy(() => learn().dataSync()[0]);
    expect(Math.abs(ours / loss - 1), `step ${i}`).toBeLessThan(1e-4);
  }
}

it('a residual UNet that is told classes, and none, says and learns what it does in PyTorch', async () => {
  const {
    tensors: { '@z': z, '@x0': x0, '@t': t, '@digit': digit, '@output': output, '@losses': losses, ...weights },
    metadata,
  } = await readSafetensors(fixture('told-unet'));
  const network = (await networks.make(configOf(metadata.config))) as Network;
  assignWeights(network.parameters, weights, 'the fixture');
  const [images, clean] = [z, x0].map(({ data, shape }) =>
    tf.tensor4d(data, shape as [number, number, number, number]),
  );
  const level = tf.tensor1d(t.data);
  const given: Given = { digit: tf.tensor1d(digit.data) };
  expect(Array.from(digit.data)).toContain(-1);
  expect(apart(network(images, level, given), output)).toBeLessThan(1e-5);
  const adam = new Adam(network.weights, options);
  expectLosses(() => adam.minimize(() => squaredLoss(network(images, level, given), clean)), losses);
});

it('an autoencoder says and learns what it does in PyTorch, for the same noise', async () => {
  const {
    tensors: { '@z': _z, '@x0': x0, '@t': _t, '@noise': noise, '@output': output, '@losses': losses, ...weights },
    metadata,
  } = await readSafetensors(fixture('autoencoder'));
  const network = autoencoder(JSON.parse(metadata.config) as AutoencoderConfig);
  assignWeights(network.parameters, weights, 'the fixture');
  const [images, drawn] = [x0, noise].map(({ data, shape }) =>
    tf.tensor4d(data, shape as [number, number, number, number]),
  );
  expect(apart(network.reconstruct(network.posterior(images).mean), output)).toBeLessThan(1e-5);
  const adam = new Adam(network.weights, options);
  const objective = () => {
    const { mean, logVariance } = network.posterior(images);
    const latents = mean.add(logVariance.div(2).exp().mul(drawn)) as tf.Tensor4D;
    const nats = mean.square().add(logVariance.exp()).sub(logVariance).sub(1).div(2).mean();
    return absoluteLoss(network.reconstruct(latents), images).add(nats.mul(1e-3)) as tf.Scalar;
  };
  expectLosses(() => adam.minimize(objective), losses);
});
