/** The library's side of bench:pictures: trains for so many seconds, keeps the weights, and samples from them. */
import {
  Adam,
  binomial,
  binomialWalk,
  describeBackend,
  loadCheckpoint,
  loadFaces,
  type Sampling,
  sampleSet,
  saveCheckpoint,
  trainClean,
  trainNaive,
  unet,
  writeSafetensors,
} from 'naive-diffusion';
import type { Algorithm, PictureSettings } from './result.ts';
import { serve } from './serve.ts';

type Request = PictureSettings & {
  do: string;
  algorithm: Algorithm;
  seed: number;
  seconds: number;
  file: string;
  out: string;
  count: number;
  notes: object;
};

let network: ReturnType<typeof unet>;
let optimizer: Adam;
let turns: AsyncIterator<{ step: number; loss: number }, void>;

const processor = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

await serve<Request>({
  async prepare({ algorithm, config, batch, rate, warmup, epsilon, average, T, pixels, seed }) {
    network = unet({ ...config, seed });
    optimizer = new Adam(network.weights, { rate, warmup, epsilon, average, clip: 1 });
    const common = { network, optimizer, data: await loadFaces(), batchSize: batch, steps: 1e9, seed };
    turns =
      algorithm === 'naive'
        ? trainNaive({ ...common, walk: binomialWalk({ pixels: pixels! }), T: T! })
        : trainClean({ ...common, degradation: binomial() });
    return {};
  },

  async learn({ seconds }) {
    const [begin, before] = [performance.now(), processor()];
    for (;;) {
      const { step, loss } = (await turns.next()).value!;
      const passed = (performance.now() - begin) / 1000;
      if (passed >= seconds) return { seconds: passed, processor: processor() - before, steps: step, loss };
    }
  },

  /** The averaged weights go into a network of their own, for training goes on with the others. */
  async keep({ file, notes }) {
    const averaged = unet(network.config);
    averaged.weights.forEach((weight, i) => weight.assign(optimizer.averaged[i]));
    await saveCheckpoint(file, averaged, { precision: 'single', notes: { ...notes } });
    averaged.dispose();
    return {};
  },

  async sample({ file, out, algorithm, T, S, count, seed }) {
    const { network } = await loadCheckpoint(file);
    const sampling: Sampling = {
      method: algorithm,
      degradation: algorithm === 'naive' ? 'binomialWalk' : 'binomial',
      options: algorithm === 'naive' ? { T } : { S },
    };
    const { pixels, length, height, width, channels } = await sampleSet({
      network,
      sampling,
      count,
      seed,
      batchSize: Math.min(250, count),
    });
    const images = {
      shape: [length, height, width, channels],
      data: Float32Array.from(pixels, (value) => value / 255),
    };
    // of bytes, 16 bits lose nothing
    writeSafetensors(out, { tensors: { images }, metadata: {} }, { precision: 'half' });
    network.dispose();
    return {};
  },

  about: () => ({ version: describeBackend() }),
});
