/**
 * `npm run bench:pictures`: how good pictures are after some minutes of training, with the library and with PyTorch.
 *
 * It is no sweep. What it gives to both sides is time, on cores of their own and at the same hour, and what it compares
 * is how far they come in that time. A point of a sweep has steps, and starts when Ray has a processor for it: the
 * library's half, moved there, would say nothing any more beside PyTorch's.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import {
  binomialNoise,
  evaluate,
  type Images,
  ImageSet,
  key,
  loadFaces,
  loadReference,
  naiveUnetConfig,
  readSafetensors,
  readWeights,
  ready,
  type Reference,
  unet,
  writeSafetensors,
  writeWhole,
} from 'naive-diffusion';
import { commandLine, Mistake, start } from '../scripts/command-line.ts';
import { checkReference, Worker } from './process.ts';
import { parseJson, readJson } from '../scripts/read-json.ts';
import {
  type Algorithm,
  type Judgement,
  type PictureRow,
  type Pictures,
  PicturesFile,
  type PictureSide,
  SnapshotNotes,
} from './result.ts';
import { removeSamples, samplesOf, scratch } from './samples.ts';

const [forNaive, forClean] = [{ ...naiveUnetConfig }, { ...naiveUnetConfig, output: 'sigmoid' as const }];
/**
 * As the recipes for faces have them, but for the rate, which does not fall: a run of 5 minutes is then the beginning
 * of one of 15.
 */
const library = { batch: 32, rate: 1e-3, warmup: 100, epsilon: 1e-7, average: 0.998 };
/** The numbers of the article's own program: the rate rises over 1,000 images. */
const article = { batch: 16, rate: 3e-4, warmup: 1000 / 16, epsilon: 1e-8 };
const ours = {
  naive: { config: forNaive, ...library, T: 16, pixels: 176 },
  'denoise-renoise': { config: forClean, ...library, S: 16 },
};
const settings: Pictures['settings'] = {
  ours,
  pytorch: {
    naive: { config: { ...forNaive, output: 'sigmoid' }, ...article, T: 60, pixels: 32, repeats: true },
    'denoise-renoise': { config: forClean, ...article, S: 60 },
  },
  'pytorch-tuned': ours,
};

interface Options {
  minutes: number[];
  seeds: number[];
  sides: PictureSide[];
  algorithms: Algorithm[];
  samples: number;
  together: boolean;
  out: string;
}

/** One training run: a side, an algorithm and a seed. */
interface Run {
  name: string;
  side: PictureSide;
  algorithm: Algorithm;
  seed: number;
  cores: number;
  core?: number;
  folder: string;
}

const command = commandLine(
  'npm run bench:pictures --',
  'How good pictures are after some minutes of training, with the library and with PyTorch.',
)
  .option('--minutes <list>', 'minutes of training after which pictures are judged', numbers(0.01), [5, 15])
  .option('--seeds <list>', 'a training run for each', numbers(1, true), [1, 2, 3])
  .option('--sides <list>', `some of ${Object.keys(settings).join(', ')}`, some(Object.keys(settings)), [
    'ours',
    'pytorch',
  ])
  .option('--algorithms <list>', `some of ${Object.keys(ours).join(', ')}`, some(Object.keys(ours)), ['naive'])
  .option(
    '--samples <n>',
    'pictures that are judged, at least 200',
    (text: string) => numbers(200, true)(text)[0],
    2000,
  )
  .option('--together', 'trains all sides of a seed at the same time, with one core each', false)
  .option(
    '--out <file>',
    'where the result is written; rows that are there already are kept',
    path.join(import.meta.dirname, 'pictures.json'),
  );

async function main(options: Options): Promise<void> {
  const { minutes, together, out, sides, samples } = options;
  const cores = os.availableParallelism();
  if (together && cores < sides.length)
    throw new Mistake(`pictures: --together needs a core for each of the ${sides.length} sides, there are ${cores}`);
  if (sides.some((side) => side !== 'ours')) checkReference();
  process.env.NAIVE_DIFFUSION_BACKEND ??= 'native'; // also for the workers: what takes its place is no match
  await ready();
  const before = existsSync(out) ? readJson(out, PicturesFile) : undefined;
  const reference = await loadReference('faces');
  const noise = before?.noise.samples === samples ? before.noise : await askNoise(samples, reference);
  const result: Pictures = {
    machine: `${os.cpus()[0].model}, ${cores} cores`,
    settings,
    versions: { ...before?.versions },
    noise,
    rows: before?.rows ?? [],
  };

  for (const algorithm of options.algorithms) {
    for (const seed of options.seeds) {
      const runs = sides.map((side, i) =>
        asRun({ side, algorithm, seed, cores: together ? 1 : cores, core: together ? i : undefined }),
      );
      const isDone = (run: Run, m: number) =>
        result.rows.some(
          (row) => row.run === path.basename(run.folder) && row.minutes === m && row.samples === samples,
        );
      const open = runs.filter((run) => !minutes.every((m) => isDone(run, m)));
      await all(open, together, (run) => train(run, minutes));
      await all(open, together, async (run) => {
        result.versions[run.side] = await sample(run, minutes, samples);
      });
      for (const run of open) {
        for (const m of minutes.filter((m) => !isDone(run, m))) {
          const row = await judge(run, m, samples, reference);
          const isOther = (old: PictureRow) =>
            old.side !== row.side || old.algorithm !== algorithm || old.seed !== seed || old.minutes !== m;
          result.rows = [...result.rows.filter(isOther), row];
          const rounded = JSON.stringify(
            result,
            (_, v: unknown) => (typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(5)) : v),
            1,
          );
          writeWhole('pictures', out, `${rounded}\n`);
          const {
            steps,
            frechet: { distance, low, high },
            precision,
            combinations,
            imbalance,
          } = row;
          console.log(
            `${run.name}: ${m} minutes, ${steps} steps: Fréchet distance ${distance.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)}), precision ${precision.toFixed(2)}, ` +
              `${combinations.distinct} combinations of ${combinations.expected.toFixed(0)}, largest imbalance ${(100 * imbalance.share).toFixed(0)} % (${imbalance.attribute})`,
          );
        }
      }
    }
  }
  reference.dispose();
}

/** What a run depends on goes into the name of its folder: with other settings or cores it is another run. */
function asRun(run: Omit<Run, 'name' | 'folder'>): Run {
  const { side, algorithm, seed, cores } = run;
  const hash = createHash('sha256')
    .update(JSON.stringify([settings[side][algorithm], cores]))
    .digest('hex')
    .slice(0, 8);
  return {
    ...run,
    name: `${side}, ${algorithm}, seed ${seed}`,
    folder: path.join(scratch, `${side}-${algorithm}-${seed}-${hash}`),
  };
}

const snapshot = ({ folder }: Run, minutes: number) => path.join(folder, `${minutes}.safetensors`);
const pictures = ({ folder }: Run, minutes: number, count: number) => samplesOf(folder, minutes, count);

/** One after the other, or all at once; when one fails at once with others, these come to their end first. */
async function all(runs: Run[], together: boolean, work: (run: Run) => Promise<void>): Promise<void> {
  const named = (run: Run) =>
    work(run).catch((error: Error) => {
      throw new Error(`pictures: ${run.name}: ${error.message}`, { cause: error });
    });
  if (!together) {
    for (const run of runs) await named(run);
    return;
  }
  for (const outcome of await Promise.allSettled(runs.map(named)))
    if (outcome.status === 'rejected') throw outcome.reason;
}

/**
 * Trains in a process of its own; only the time that it spends on steps counts. Leaves a snapshot after each of the
 * minutes.
 */
async function train(run: Run, minutes: number[]): Promise<void> {
  if (minutes.every((m) => existsSync(snapshot(run, m)))) return;
  const { side, algorithm, seed, core } = run;
  const worker = new Worker(side === 'ours' ? 'ours' : 'pytorch', { program: 'pictures-worker', core });
  try {
    const files = side === 'ours' ? {} : { data: await faces(), initial: await initialWeights(run) };
    await worker.ask({ do: 'prepare', ...settings[side][algorithm], algorithm, seed, ...files });
    let [seconds, processor] = [0, 0];
    for (const m of minutes) {
      let steps = 0;
      while (seconds < 60 * m) {
        const answer = await worker.ask({ do: 'learn', seconds: Math.min(60, 60 * m - seconds) });
        [seconds, processor, steps] = [seconds + answer.seconds!, processor + answer.processor!, answer.steps!];
        console.log(
          `${run.name}: ${(seconds / 60).toFixed(1)} of ${minutes.at(-1)} minutes, step ${steps}, loss ${answer.loss!.toPrecision(3)}`,
        );
      }
      removeSamples(run.folder, m); // of an earlier run that was killed before its end
      await worker.ask({ do: 'keep', file: snapshot(run, m), notes: { steps, processorMinutes: processor / 60 } });
    }
  } finally {
    worker.end();
  }
}

/** Pictures of each snapshot, made by the side itself, which says its version. */
async function sample(run: Run, minutes: number[], count: number): Promise<string> {
  const { side, algorithm, seed, core } = run;
  const worker = new Worker(side === 'ours' ? 'ours' : 'pytorch', { program: 'pictures-worker', core });
  try {
    for (const m of minutes.filter((m) => !existsSync(pictures(run, m, count)))) {
      console.log(`${run.name}: ${count} pictures after ${m} minutes`);
      await worker.ask({
        do: 'sample',
        ...settings[side][algorithm],
        algorithm,
        seed,
        count,
        file: snapshot(run, m),
        out: pictures(run, m, count),
      });
    }
    return (await worker.ask({ do: 'about' })).version!;
  } finally {
    worker.end();
  }
}

/** The pictures of a run after some minutes. */
async function judge(run: Run, minutes: number, samples: number, reference: Reference): Promise<PictureRow> {
  const { side, algorithm, seed, cores, folder } = run;
  const {
    images: {
      shape: [, height, width, channels],
      data,
    },
  } = (await readSafetensors(pictures(run, minutes, samples))).tensors;
  const images = new ImageSet({
    name: run.name,
    height,
    width,
    channels,
    pixels: Uint8Array.from(data, (value) => Math.round(255 * value)),
  });
  const file = snapshot(run, minutes);
  const { notes } = (await readSafetensors(file)).metadata;
  const { steps, processorMinutes } = parseJson(notes ?? 'null', SnapshotNotes, `${file}: metadata.notes`);
  return {
    side,
    algorithm,
    seed,
    minutes,
    cores,
    steps,
    processorMinutes,
    run: path.basename(folder),
    ...(await ask(images, reference)),
  };
}

/** The same questions to whatever pictures. */
async function ask(images: Images | ImageSet, reference: Reference): Promise<Judgement> {
  const {
    samples,
    likeness: { frechet, floor, precision, recall },
    generalisation: { nearest },
    variety: { combinations, imbalance },
  } = await evaluate({ images, reference });
  const [attribute, share] = Object.entries(imbalance).reduce((a, b) => (b[1] > a[1] ? b : a));
  return {
    samples,
    frechet,
    floor: floor.distance,
    precision,
    recall,
    nearest,
    combinations: { distinct: combinations.distinct, expected: combinations.expected },
    imbalance: { attribute, share },
  };
}

/** Coin flips, one for each pixel, as the walk ends with. */
async function askNoise(count: number, reference: Reference): Promise<Judgement> {
  const { height, width, channels } = reference.unseen;
  const flips = binomialNoise(key(1), [count, height, width, channels]);
  try {
    return await ask(flips, reference);
  } finally {
    flips.dispose();
  }
}

/** The weights from which the library would begin with this seed. */
async function initialWeights({ side, algorithm, seed, folder }: Run): Promise<string> {
  const file = path.join(folder, 'initial.safetensors');
  const network = unet({ ...settings[side][algorithm].config, seed });
  writeSafetensors(file, { tensors: await readWeights(network.parameters), metadata: {} });
  network.dispose();
  return file;
}

/** The faces to learn from, as a file that PyTorch can read. */
async function faces(): Promise<string> {
  const file = path.join(scratch, 'faces.safetensors');
  if (existsSync(file)) return file;
  const { pixels, length, height, width, channels } = await loadFaces();
  writeSafetensors(file, {
    tensors: {
      images: { shape: [length, height, width, channels], data: Float32Array.from(pixels, (value) => value / 255) },
    },
    metadata: {},
  });
  return file;
}

function numbers(least: number, whole = false) {
  return (text: string): number[] => {
    const values = text.split(',').map(Number);
    const isRight = (n: number) => n >= least && (!whole || Number.isInteger(n));
    if (!values.every(isRight))
      throw new InvalidArgumentError(
        `expected ${whole ? 'whole numbers' : 'numbers'} of at least ${least}, with commas between`,
      );
    return [...new Set(values)].sort((a, b) => a - b);
  };
}

function some(names: string[]) {
  return (text: string): string[] => {
    const wrong = text.split(',').find((name) => !names.includes(name));
    if (wrong !== undefined)
      throw new InvalidArgumentError(`expected some of ${names.join(', ')}, with commas between, got '${wrong}'`);
    return names.filter((name) => text.split(',').includes(name));
  };
}

await start(command, main);
