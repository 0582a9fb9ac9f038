/**
 * The library's side of the benchmark: takes a request in JSON on each line of its input, and answers each in one line.
 */
import {
  Adam,
  assignWeights,
  type Autoencoder,
  binomial,
  binomialWalk,
  clipped,
  codecs,
  denoiser,
  describeBackend,
  gaussian,
  guide,
  ImageSet,
  last,
  type Network,
  networks,
  readSafetensors,
  sampleDdim,
  sampleNaive,
  tf,
  trainAutoencoder,
  trainDenoiser,
  trainNaive,
  writeSafetensors,
} from 'naive-diffusion';
import { lossesOf } from './agreement.ts';
import { serve } from './serve.ts';
import type { Workload } from './workloads.ts';

type Request = { do: 'prepare' | 'turn' | 'agree' | 'about' } & Partial<Workload> & {
    n?: number;
    data?: string;
    file?: string;
    out?: string;
    steps?: number;
    warmup?: number;
  };

const options = { rate: 1e-3, clip: 1, average: 0.998 };
let turns: AsyncIterator<unknown>;

const commands = {
  async prepare(o: Request) {
    const {
      images: { shape, data },
    } = (await readSafetensors(o.data!)).tensors;
    const [, height, width, channels] = shape;
    const pixels = Uint8Array.from(data, (value) => Math.round(255 * value));
    const set = new ImageSet({ name: 'bench', height, width, channels, pixels });
    turns = (await kinds[o.kind!](o, set))[Symbol.asyncIterator]();
    return {};
  },

  async turn({ n = 1 }: Request) {
    const begin = performance.now();
    for (let i = 0; i < n; i++) await turns.next();
    tf.tidy(() => tf.add(1, 1).dataSync()); // a GPU does this last: it has ended all else
    return { seconds: (performance.now() - begin) / 1000 };
  },

  /** The same weights and inputs: what the network returns, and the losses of some steps of training on one batch. */
  async agree({ config, file, out, steps, warmup }: Request) {
    const network = (await networks.make({ ...config! })) as Network;
    const { z: noisy, x0: clean, t: level, ...weights } = (await readSafetensors(file!)).tensors;
    assignWeights(network.parameters, weights, file!);
    const [z, x0, t] = [noisy, clean, level].map(({ data, shape }) =>
      tf.tensor(data, shape as [number]),
    ) as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D];
    const output = network(z, t);
    const losses = lossesOf(network, { z, x0, t }, steps!, { ...options, warmup });
    writeSafetensors(out!, {
      tensors: {
        output: { shape: output.shape, data: output.dataSync() as Float32Array },
        losses: { shape: [steps!], data: losses },
      },
      metadata: {},
    });
    return {};
  },

  about() {
    return {
      version: describeBackend(),
      threads: Number(process.env.OMP_NUM_THREADS ?? 0),
      megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  },
};

const networkOf = async ({ config }: Request) => (await networks.make({ ...config! })) as Network;

/** What a turn of each kind of workload does. */
const kinds = {
  async naive(o: Request, data: ImageSet) {
    const network = await networkOf(o);
    return trainNaive({
      network,
      data,
      walk: binomialWalk({ pixels: o.pixels! }),
      walkSteps: o.T!,
      steps: 1e9,
      batchSize: o.batch,
      optimizer: new Adam(network.weights, options),
    });
  },
  async clean(o: Request, data: ImageSet) {
    const network = await networkOf(o);
    return trainDenoiser({
      network,
      data,
      degradation: binomial(),
      steps: 1e9,
      batchSize: o.batch,
      optimizer: new Adam(network.weights, options),
    });
  },
  async autoencoder({ config, batch }: Request, data: ImageSet) {
    const network = (await codecs.make({ ...config! })) as Autoencoder;
    const optimizer = new Adam(network.weights, options);
    return trainAutoencoder({ network, data, steps: 1e9, batchSize: batch, optimizer });
  },
  async *sample(o: Request) {
    const network = await networkOf(o);
    for (;;) {
      (await last(sampleNaive({ network, steps: o.S!, count: o.batch! }))).dispose();
      yield;
    }
  },
  async *guided(o: Request) {
    const plain = denoiser(await networkOf(o));
    const without = { digit: tf.tensor1d([-1]) };
    const denoise = clipped(guide({ wanted: plain, plain, weight: o.weight!, without }));
    const given = { digit: tf.tensor1d(Array.from({ length: o.batch! }, (_, i) => i % 10)) };
    const degradation = gaussian();
    for (;;) {
      (await last(sampleDdim({ denoise, degradation, steps: o.S!, count: o.batch!, given }))).dispose();
      yield;
    }
  },
};

await serve(commands);
