/* What the tests run in a page, and in Node to compare: everything comes from the library. */
import {
  type BackendInfo,
  binomial,
  diffusionTransformer,
  grid,
  Interrupted,
  last,
  loadFaces,
  loop,
  type Network,
  pretrained,
  ready,
  residualUnet,
  sampleDenoiseRenoise,
  denoiser,
  tf,
  trainDenoiser,
} from 'naive-diffusion';

/** Two networks that use every operation of the library's own. */
const networks: Record<string, () => Network> = {
  unet: () => residualUnet({ channels: 3, widths: [8, 16], blocks: 1, dense: 16, groups: 4, attention: [16] }),
  transformer: () => diffusionTransformer({ patch: 8, width: 16, depth: 1, heads: 2, embedding: 16 }),
};

/** What runs where nobody asks for a backend. */
export const chosen = (): Promise<BackendInfo> => ready();

/** Losses of the first steps of training, and a sample made afterwards, for each network. */
export async function train(
  backend?: BackendInfo['name'],
): Promise<Record<string, { losses: number[]; sample: number[] }>> {
  await ready({ backend });
  const data = await loadFaces({ limit: 64 });
  const degradation = binomial();
  const results: Record<string, { losses: number[]; sample: number[] }> = {};
  for (const [name, make] of Object.entries(networks)) {
    const network = make();
    const losses: number[] = [];
    for await (const { loss } of trainDenoiser({ network, data, degradation, steps: 2, batchSize: 4 }))
      losses.push(loss);
    const denoise = denoiser(network);
    const images = await last(sampleDenoiseRenoise({ denoise, degradation, steps: 2, count: 2 }));
    results[name] = { losses, sample: Array.from(await images.data()) };
    images.dispose();
    network.dispose();
  }
  return results;
}

/** A sample of a model that the site has, and what a picture of it looks like. */
export async function samplePretrained(backend?: BackendInfo['name']) {
  await ready({ backend });
  const { denoise, degradation, network } = await pretrained('denoise-renoise-faces');
  const images = await last(
    sampleDenoiseRenoise({ denoise: denoise!, degradation: degradation!, steps: 2, count: 1, seed: 3 }),
  );
  const png = Array.from(grid(images, { scale: 1 }).png());
  const sample = Array.from(await images.data());
  images.dispose();
  network.dispose();
  return { sample, png };
}

/** Tensors and bytes before and after so many samples. */
export async function memory(samples: number, backend?: BackendInfo['name']) {
  await ready({ backend });
  const network = residualUnet({ size: 8, channels: 3, widths: [8], blocks: 1, dense: 0, groups: 4 });
  const [denoise, degradation] = [denoiser(network), binomial()];
  const counts: { tensors: number; bytes: number; onCard: number }[] = [];
  for (let i = 0; i <= samples; i++) {
    const options = { denoise, degradation, steps: 1, count: 1, seed: i };
    (await last(sampleDenoiseRenoise(options))).dispose();
    const { numTensors, numBytes } = tf.memory();
    const { numBytesInGPUAllocated = 0 } = tf.memory() as { numBytesInGPUAllocated?: number };
    if (i === 1 || i === samples) counts.push({ tensors: numTensors, bytes: numBytes, onCard: numBytesInGPUAllocated });
  }
  network.dispose();
  return counts;
}

/** How far a loop comes before the stop that is pressed after some milliseconds, and how it ends. */
export async function stopped(press: () => void, backend?: BackendInfo['name']) {
  await ready({ backend });
  const network = networks.unet();
  const data = await loadFaces({ limit: 64 });
  let steps = 0;
  let ending = 'to its end';
  setTimeout(press, 300);
  try {
    const degradation = binomial();
    for await (const { step } of trainDenoiser({ network, data, degradation, steps: 100_000, batchSize: 2 }))
      steps = step;
  } catch (error) {
    ending = error instanceof Interrupted ? 'stopped' : String(error);
  }
  // What comes after a stop is not stopped.
  let after = 0;
  for await (const i of loop(3)) after = i + 1;
  const usable = tf.tidy(() => network.weights.every((weight) => tf.all(tf.isFinite(weight)).dataSync()[0] === 1));
  network.dispose();
  return { steps, ending, after, usable };
}
