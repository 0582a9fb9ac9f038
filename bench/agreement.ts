/**
 * What both sides begin with when it is asked whether they compute the same.
 * `npx tsx bench/agreement.ts FOLDER` writes what PyTorch makes of it, for test/bench.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  Adam,
  type AdamOptions,
  binomial,
  networks,
  compile,
  key,
  loadFaces,
  type Network,
  Random,
  readSafetensors,
  ready,
  squaredLoss,
  readWeights,
  type StoredTensor,
  tf,
  writeSafetensors,
} from 'naive-diffusion';
import { commandLine, start } from '../scripts/command-line.ts';
import { checkReference, Worker } from './process.ts';
import { type Workload, workloads } from './workloads.ts';

/** The training steps that are compared. */
export const STEPS = 20;
/** Those over which the rate rises, as in chapter 4. */
export const WARMUP = 100;

/** Faces of whatever size: repeated or cut where it is not 32. */
export async function faces(size: number, count: number): Promise<tf.Tensor4D> {
  const images = (await loadFaces()).images({ end: count });
  const times = Math.ceil(size / images.shape[1]);
  const fitted = tf.tidy(() => tf.slice(tf.tile(images, [1, times, times, 1]), [0, 0, 0, 0], [-1, size, size, -1]));
  images.dispose();
  return fitted;
}

/** The weights of a network; noisy images `z`, their levels `t`, and the faces `x0` that they were. */
export async function beginning({
  config,
  batch,
}: Pick<Workload, 'config' | 'batch'>): Promise<Record<string, StoredTensor>> {
  const network = (await networks.make({ ...config })) as Network;
  const random = new Random(1);
  // Weights that start at zero would hide what comes before them.
  const weights = Object.fromEntries(
    Object.entries(await readWeights(network.parameters)).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => value + 0.02 * (random.uniform() - 0.5)) },
    ]),
  );
  network.dispose();
  const count = Math.min(batch, 8);
  const level = Float32Array.from({ length: count }, () => random.uniform());
  const clean = await faces(config.size, count);
  const noisy = tf.tidy(() => binomial().at(binomial().draw(key(1), clean.shape), clean, tf.tensor1d(level)));
  const [z, x0] = [noisy, clean].map((images) => ({ shape: images.shape, data: images.dataSync() as Float32Array }));
  tf.dispose([noisy, clean]);
  return { ...weights, z, x0, t: { shape: [count], data: level } };
}

/** The losses of some training steps on one batch: what a side does for {@link agree}. */
export function lossesOf(
  network: Network,
  { z, x0, t }: { z: tf.Tensor4D; x0: tf.Tensor4D; t: tf.Tensor1D },
  steps: number,
  options: AdamOptions,
): Float32Array {
  const adam = new Adam(network.weights, options);
  const learn = compile(
    (noisy: tf.Tensor4D, level: tf.Tensor1D, clean: tf.Tensor4D) =>
      adam.minimize(() => squaredLoss(network(noisy, level), clean)),
    { state: [...network.weights, ...adam.state] },
  );
  const losses = Float32Array.from({ length: steps }, () =>
    tf.tidy(() => (learn(z, t, x0) as tf.Scalar).dataSync()[0]),
  );
  learn.dispose();
  adam.dispose();
  return losses;
}

/** The network's output for `z` at the beginning, and the losses of the training steps on this one batch. */
export async function agree(
  worker: Worker,
  { config }: Pick<Workload, 'config'>,
  given: Record<string, StoredTensor>,
  folder: string,
): Promise<Record<'output' | 'losses', StoredTensor>> {
  const own = await mkdtemp(path.join(folder, 'agree-'));
  const [file, out] = [path.join(own, 'given.safetensors'), path.join(own, 'made.safetensors')];
  writeSafetensors(file, { tensors: given, metadata: {} });
  await worker.ask({ do: 'agree', config, file, out, steps: STEPS, warmup: WARMUP });
  const { output, losses } = (await readSafetensors(out)).tensors;
  return { output, losses };
}

async function main(target: string): Promise<void> {
  checkReference();
  await ready();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'naive-diffusion-agreement-'));
  const worker = new Worker('pytorch');
  try {
    const { version } = await worker.ask({ do: 'about' });
    for (const name of ['a', 'b', 'c', 'e', 'f'] as const) {
      const tensors = await agree(worker, workloads[name], await beginning(workloads[name]), folder);
      writeSafetensors(path.join(target, `${name}.safetensors`), { tensors, metadata: { version: version! } });
    }
  } finally {
    worker.end();
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const command = commandLine(
    'npx tsx bench/agreement.ts',
    'Writes what PyTorch makes of the networks of the benchmark, for test/bench.',
  ).argument('<folder>', 'where to');
  await start(command, (_, [folder]) => main(folder));
}
