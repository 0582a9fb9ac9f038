/**
 * `npm run results -- networks`: for chapter 13, networks that differ by one change at a time, each trained for the
 * same time of the processor: what they see at each level of noise, and what they paint. With MINUTES=10 in the
 * environment, no row is begun after ten minutes.
 */
import {
  Adam,
  checkpointOf,
  cosineSchedule,
  countMultiplications,
  countWeights,
  denoiser,
  denseResidualConfig,
  diffusionTransformer,
  frechetDistance,
  gaussian,
  type Images,
  type ImageSet,
  karras,
  karrasLevels,
  key,
  type LevelSource,
  loadClassifier,
  loadFaces,
  logNormalLevels,
  type Network,
  type NoiseDraw,
  normal,
  ready,
  type ResidualUNetConfig,
  residualUnet,
  sampleSet,
  squaredLoss,
  type Target,
  tf,
  trainDenoiser,
  unet,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';
import { processorSeconds } from '../processor-time.ts';
import { type Origin, ResultFile } from './result-file.ts';

/** Seconds that the processor may spend on a training, of all cores together. */
const budget = 60;
const [seed, batchSize, rate, average, count, evaluations, unseen] = [13, 32, 2e-3, 0.99, 1000, 16, 250];
const sigmas = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8];
const schedule = cosineSchedule();
const degradation = gaussian({ schedule });
const levels = karrasLevels(schedule, { steps: evaluations, least: 0.01, most: 80 });

/** A network, and how it is trained. */
interface Choice {
  network: () => Network;
  target?: Target<NoiseDraw>;
  levels?: LevelSource;
  rate?: number;
}

const ofChapter3 = { output: 'linear', seed } as const;
/** Chapter 8's residual UNet: four levels with a block each, and a dense layer in the middle. */
const residual = (more: Partial<ResidualUNetConfig> = {}) => ({
  network: () => residualUnet({ ...denseResidualConfig, output: 'linear', seed, ...more }),
});
const transformer = (patch: number, depth: number) => ({
  network: () => diffusionTransformer({ patch, depth, output: 'linear', seed }),
  rate: 1e-3,
});

const choices: Record<string, Choice> = {
  "chapter 3's UNet": { network: () => unet(ofChapter3) },
  'residual blocks': residual({ level: 'plane' }),
  'sinusoids, adaptive': residual(),
  'attention at 8×8': residual({ attention: [8], heads: 4 }),
  'a transformer, patches of 4': transformer(4, 8),
  'twice the blocks': residual({ blocks: 2 }),
  'ConvNeXt blocks': residual({ block: 'convnext' }),
  'sinusoids, added': residual({ adaptive: false }),
  "Karras' preconditioning": { ...residual(), target: karras(degradation) },
  "Karras' preconditioning and levels": {
    ...residual(),
    target: karras(degradation),
    levels: logNormalLevels(degradation),
  },
  'half as wide again': residual({ widths: [40, 72, 144, 144] }),
  'attention at 8×8 and 16×16': residual({ attention: [8, 16], heads: 4 }),
  'attention at 8×8, one head': residual({ attention: [8], heads: 1 }),
  'random waves': residual({ level: 'fourier' }),
  'a transformer, patches of 2': transformer(2, 4),
  'attention in place of the dense layer': residual({ attention: [4, 8], heads: 4, dense: 0 }),
};

interface Row extends Origin {
  name: string;
  /** What builds the network. */
  config: object;
  weights: number;
  multiplications: number;
  /** Milliseconds of the processor that a training step takes: the least of some rounds. */
  milliseconds: number;
  steps: number;
  /** Mean squared error of the guess for unseen faces, at each of the noises σ/α. */
  errors: number[];
  distance: number;
}

await ready();
const results = new ResultFile<Row, 'name'>('networks', {
  command: 'npm run results -- networks',
  seed,
  names: ['name'],
});
const options = { budget, batchSize, rate, average, count, evaluations, unseen, sigmas };
const minutes = Number(process.env.MINUTES ?? Infinity);
const jobs = results.missing(
  Object.keys(choices).map((name) => ({ name, checkpoint: 'trained here', sha256: '', seed, options })),
);
if (jobs.length > 0) {
  const data = await loadFaces();
  const test = await loadFaces({ split: 'test' });
  const judge = await loadClassifier('faces');
  const real = await judge.features(test.subset({ end: 2500 }));
  for (const job of jobs) {
    if (process.uptime() > 60 * minutes) break;
    const { network: make, target = velocity(degradation), levels: drawn, rate: own = rate } = choices[job.name];
    const first = make();
    const milliseconds = await timed(first, target, data);
    first.dispose();
    const steps = Math.round((1000 * budget) / milliseconds);
    const network = make();
    await learn(network, { target, levels: drawn, rate: own, steps, data });
    const denoise = denoiser(network, { target });
    const errors = await errorsOf(denoise, test.subset({ end: unseen }));
    const model = await checkpointOf(network, {
      network: network.config,
      degradation: degradation.spec,
      target: target.spec,
      sampler: { kind: 'sample', rule: { kind: 'dpm-solver-2m' }, levels, clip: true },
    });
    const distance = frechetDistance(await judge.features(await sampleSet({ model, count, seed })), real);
    const row: Row = {
      ...job,
      config: network.config,
      weights: countWeights(network),
      multiplications: await countMultiplications(network),
      milliseconds,
      steps,
      errors,
      distance,
    };
    results.put(row);
    console.log(job.name, `${milliseconds.toFixed(0)} ms, ${steps} steps, distance ${distance.toFixed(1)}`);
    network.dispose();
  }
  judge.dispose();
}

/** What a training step takes of the processor, in milliseconds: the least of six rounds of four steps. */
async function timed(network: Network, target: Target<NoiseDraw>, data: ImageSet): Promise<number> {
  const optimizer = new Adam(network.weights, { clip: 1, average });
  const [warmUp, round, rounds] = [4, 4, 6];
  let [begin, least] = [processorSeconds(), Infinity];
  const training = { network, data, degradation, target, optimizer, batchSize, seed, steps: warmUp + round * rounds };
  for await (const { step } of trainDenoiser(training)) {
    if (step < warmUp || (step - warmUp) % round > 0) continue;
    if (step > warmUp) least = Math.min(least, (1000 * (processorSeconds() - begin)) / round);
    begin = processorSeconds();
  }
  optimizer.dispose();
  return least;
}

async function learn(
  network: Network,
  {
    target,
    levels,
    rate,
    steps,
    data,
  }: Required<Pick<Choice, 'target' | 'rate'>> & Pick<Choice, 'levels'> & { steps: number; data: ImageSet },
): Promise<void> {
  const optimizer = new Adam(network.weights, { rate: fallingRate(rate, steps, 2), warmup: 100, clip: 1, average });
  const training = { network, data, degradation, target, levels, optimizer, batchSize, seed, steps };
  for await (const _ of trainDenoiser(training));
  optimizer.useAverages();
  optimizer.dispose();
}

/** The same noise for all networks. */
async function errorsOf(denoise: ReturnType<typeof denoiser>, data: ImageSet): Promise<number[]> {
  const errors: number[] = [];
  for (const [i, sigma] of sigmas.entries()) {
    const t = schedule.level(sigma);
    let sum = 0;
    for (let start = 0; start < data.length; start += 50) {
      sum += tf.tidy(() => {
        const x0: Images = data.images({ start, end: start + 50 });
        const z = degradation.at({ noise: normal(key(seed, 1000 * i + start), x0.shape) as Images }, x0, t);
        return squaredLoss(denoise(z, t).x0, x0).dataSync()[0] * 50;
      });
      await new Promise(setImmediate);
    }
    errors.push(sum / data.length);
  }
  return errors;
}
