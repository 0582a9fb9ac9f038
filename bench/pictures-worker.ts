/** The library's side of bench:pictures: trains for so many seconds, keeps the weights, and samples from them. */
import {
  Adam,
  binomial,
  binomialWalk,
  describeBackend,
  loadCheckpoint,
  loadFaces,
  sampleSet,
  saveCheckpoint,
  type SavingOptions,
  trainDenoiser,
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
let card: Pick<SavingOptions, 'degradation' | 'sampler'>;
let turns: AsyncIterator<{ step: number; loss: number }, void>;

const processor = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;

await serve<Request>({
  async prepare({ algorithm, config, batch, rate, warmup, epsilon, average, T, pixels, S, seed }) {
    network = unet({ ...config, seed });
    optimizer = new Adam(network.weights, { rate, warmup, epsilon, average, clip: 1 });
    const common = { network, optimizer, data: await loadFaces(), batchSize: batch, steps: 1e9, seed };
    if (algorithm === 'naive') {
      const walk = binomialWalk({ pixels: pixels! });
      turns = trainNaive({ ...common, walk, walkSteps: T! });
      card = { sampler: { kind: 'naive', steps: T!, walk: walk.spec } };
    } else {
      const degradation = binomial();
      turns = trainDenoiser({ ...common, degradation });
      card = { degradation, sampler: { kind: 'denoise-renoise', steps: S! } };
    }
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
    await saveCheckpoint(file, averaged, { ...card, precision: 'single', notes: { ...notes } });
    averaged.dispose();
    return {};
  },

  async sample({ file, out, count, seed }) {
    const model = await loadCheckpoint(file);
    const batchSize = Math.min(250, count);
    const { pixels, length, height, width, channels } = await sampleSet({ model, count, seed, batchSize });
    const images = {
      shape: [length, height, width, channels],
      data: Float32Array.from(pixels, (value) => value / 255),
    };
    // of bytes, 16 bits lose nothing
    writeSafetensors(out, { tensors: { images }, metadata: {} }, { precision: 'half' });
    model.network.dispose();
    return {};
  },

  about: () => ({ version: describeBackend() }),
});
