import { existsSync, rmSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  type Card,
  dataPath,
  describeBackend,
  Diverged,
  Interrupted,
  type Model,
  pretrained,
  ready,
  type Recipe,
  type RecipeOptions,
  saveCheckpoint,
  readWeights,
  tf,
  type Workers,
  writeSafetensors,
  writeWhole,
} from 'naive-diffusion';
import { join, WorkerLost } from 'naive-diffusion/workers';
import * as shlex from 'shlex';
import { checkCode } from '../code-of.ts';
import { Mistake } from '../command-line.ts';
import { processorSeconds } from '../processor-time.ts';
import { type Hold, holdFolder, removeUnfinished, waitForWriter } from '../one-writer.ts';
import { noteChecksums } from '../data/files.ts';
import { loadRecipe, recipeFile } from './recipes.ts';
import { checkFinite, cutLog, goOn, tellParts, whatIsLeft, withPart } from './state.ts';
import { Board, checkBoard } from './tensorboard.ts';
import { agree, checkAlike, traffic } from './together.ts';

/** Options of {@link trainModel}. */
export interface RunOptions {
  recipe: string;
  /** Values of the recipe's options that are to be others than its own. */
  options: RecipeOptions;
  /** The fingerprint that its recipe is to have. */
  code?: string;
  steps?: number;
  out: string;
  saveEvery: number;
  keep: number[];
  /** Seconds. */
  wait: number;
  fresh: boolean;
  publish: boolean;
  /** Where each process listens, if several train together. */
  workers?: string[];
  /** Which of them this one is. */
  task: number;
  /** Seconds that it waits for the others. */
  timeout: number;
  /** Where TensorBoard finds the curves, if it is to. */
  tensorboard?: string;
}

/** Puts the recipe's words and way of sampling into the published model, whose weights stay. */
export async function describeModel(recipe: string): Promise<void> {
  const file = recipeFile(recipe);
  const { about, card } = await loadRecipe(file);
  await ready();
  const name = path.basename(file, '.ts');
  const { network, notes } = await pretrained(name);
  await publish(dataPath('checkpoints'), name, network, card ?? {}, { ...notes, about });
  network.dispose();
}

/** Trains a model to its end, going on where an earlier run has saved. */
export async function trainModel(options: RunOptions): Promise<void> {
  const file = recipeFile(options.recipe);
  const name = path.basename(file, '.ts');
  const { task } = options;
  // Whatever is trained together, the first goes on with alone as well.
  const folder = path.join(options.out, name, ...(task > 0 ? [`worker-${task}`] : []));
  const recipe = await loadRecipe(file, options.options);
  checkCode('train', [file], options.code);
  const usual = (await loadRecipe(file)).options ?? {};
  await waitForWriter(folder, options.wait);
  const hold = holdFolder('train', folder);
  try {
    const workers = await begin(options);
    if (options.tensorboard) checkBoard(); // before --fresh forgets what was trained
    console.log(`${name}: ${recipe.about}\n${describeBackend()}`);
    await run(name, recipe, folder, hold, { ...options, usual }, workers);
  } finally {
    hold.release();
  }
}

/** Starts TensorFlow, with the others if there are any. */
async function begin({ workers: addresses, task, timeout }: RunOptions): Promise<Workers | undefined> {
  if (!addresses) {
    await ready();
    return undefined;
  }
  console.log(`worker ${task} of ${addresses.length}, at ${addresses[task]}, waits for the others`);
  return join({ workers: addresses, task, timeout }).catch((error: unknown) => {
    const isMistake = error instanceof TypeError || error instanceof RangeError;
    throw isMistake ? new Mistake(error.message) : error;
  });
}

async function run(
  name: string,
  recipe: Recipe<Model>,
  folder: string,
  hold: Hold,
  options: RunOptions & { usual: RecipeOptions },
  workers: Workers | undefined,
): Promise<void> {
  const state = path.join(folder, 'state.safetensors');
  const log = path.join(folder, 'log.jsonl');
  const steps = options.steps ?? recipe.steps;
  const { fresh } = options;
  const data = await recipe.data();
  const network = recipe.network();
  const optimizer = recipe.optimizer(network, steps);
  const variables = {
    ...prefix('network', network.parameters),
    ...prefix('optimizer', Object.fromEntries(optimizer.state.map((variable, i) => [String(i), variable]))),
  };
  const saved = await goOn(state, variables, { options: recipe.options ?? {}, usual: options.usual, fresh });
  const { seconds, processor, machines } = saved;
  const file = recipeFile(options.recipe);
  const { seed, options: values = {} } = recipe;
  const common = workers && (await agree(workers, saved, { file, options: values, steps, seed, fresh, variables }));
  const { from, mean: meanBefore = null } = common ?? saved;
  if (fresh) for (const old of [state, log]) rmSync(old, { force: true });
  if (from > 0) console.log(`going on from step ${from}`);
  cutLog(log, from);

  /** The loss, smoothed over about a hundred steps; none before the first. */
  let mean = meanBefore;
  const begun = Date.now() / 1000 - seconds;
  const before = processor - processorSeconds();
  const spent = () => ({ seconds: Date.now() / 1000 - begun, processor: before + processorSeconds() });
  const budget = () => ({ minutes: minutes(spent().seconds), processorMinutes: minutes(spent().processor) });

  const part = workers ? `, one of ${workers.of} workers` : '';
  const machine = `${os.cpus()[0].model}, ${os.availableParallelism()} cores${part}`;
  const here = { machine, backend: describeBackend() };
  /** What trained it up to a step: not this machine, if there was none left to take. */
  const parts = (step: number) => (step > from ? withPart(machines, { from, ...here }) : machines);

  const save = async (step: number) => {
    const tensors = await readWeights(variables);
    // What is on the disk is the last state that training can go on from.
    checkFinite(tensors, `train: after step ${step}`, whatIsLeft(state));
    hold.check();
    const progress = { from: step, ...spent(), mean, machines: parts(step), options: recipe.options };
    writeSafetensors(state, { tensors, metadata: { run: JSON.stringify(progress) } });
  };

  /** Saves what the run would have given had it ended here, to see how quality grows with training. */
  const keep = async (step: number) => {
    const goBack = optimizer.averaged.length > 0 ? optimizer.useAverages() : undefined;
    const { about, dataset, card } = recipe;
    const trained = { recipe: name, about, dataset, steps: step, seed, options: recipe.options };
    const notes = { ...trained, ...budget(), command: `${commandOf(options, steps)} --keep ${step}` };
    await saveCheckpoint(path.join(folder, `${name}-${step}.safetensors`), network, { ...card, notes });
    goBack?.();
  };

  let step = from;
  /** The last step that was told, and when: the first and the last are, and some in between. */
  let told = { step: from, at: 0 };
  const sent = traffic(workers);
  const tell = () => {
    if (mean === null || step === told.step) return;
    told = { step, at: performance.now() };
    const time = `${(spent().seconds / 60).toFixed(1)} min`;
    console.log(`step ${step} of ${steps}, loss ${mean.toPrecision(4)}, ${time}${sent(step)}`);
  };
  /** Workers whose steps differ show it after the first, or, where a rate rises from nothing, after some more. */
  const isCompared = (at: number) => at === from + 1 || at % 250 === 0 || at === steps;
  const isFirst = options.task === 0; // it alone keeps and publishes models: the others have the same
  const board = options.tensorboard && isFirst ? new Board(path.join(options.tensorboard, name), from) : undefined;
  try {
    for await (const turn of recipe.train({ network, optimizer, data, steps, resumeAt: from, seed, workers })) {
      step = turn.step;
      mean = mean === null ? turn.loss : 0.99 * mean + 0.01 * turn.loss;
      if (board?.wants(step)) board.write(step, { loss: turn.loss, rate: await optimizer.awaitRate() });
      if (workers && isCompared(step)) {
        if (step > from + 1) tell(); // before more is sent than the steps send
        await checkAlike(workers, Object.values(network.parameters), step);
      }
      if (isFirst && options.keep.includes(step)) await keep(step);
      const saves = step % options.saveEvery === 0;
      if (saves) {
        await save(step);
        const line = { step, loss: turn.loss, mean, minutes: spent().seconds / 60 };
        await appendFile(log, `${JSON.stringify(line)}\n`);
      }
      if (saves || told.at === 0 || performance.now() - told.at >= 10_000) tell();
    }
  } catch (error) {
    if (error instanceof Diverged) throw new Error(`train: ${error.message}; ${whatIsLeft(state)}`, { cause: error });
    if (!(error instanceof Interrupted || error instanceof WorkerLost)) throw error;
    if (step > from) await save(step);
    if (error instanceof WorkerLost)
      throw new Error(`train: ${error.message}. All stop after step ${step}; the same commands go on from there`, {
        cause: error,
      });
    await workers?.leave();
    throw new Interrupted(`stopped after step ${step}; the same command goes on from there`);
  }
  tell();
  await save(step);
  await workers?.leave();

  if (!isFirst) return;
  const averaged = optimizer.averaged.length > 0;
  if (averaged) optimizer.useAverages();
  const notes = {
    recipe: name,
    about: recipe.about,
    dataset: recipe.dataset,
    steps: step,
    seed,
    options: recipe.options,
    loss: mean,
    averaged,
    // On a machine that does other work besides, the processor's minutes say more than the clock's.
    ...budget(),
    machine: tellParts(parts(step), 'machine', step),
    backend: tellParts(parts(step), 'backend', step),
    command: commandOf(options, step),
  };
  await publish(folder, name, network, recipe.card ?? {}, notes);
  if (options.publish) await publish(dataPath('checkpoints'), name, network, recipe.card ?? {}, notes);
  network.dispose();
  optimizer.dispose();
}

/** What trains the same model again, as one types it in a shell. */
function commandOf({ recipe, options, workers }: RunOptions, steps: number): string {
  const settings = Object.entries(options).flatMap(([name, value]) => ['--option', `${name}=${value}`]);
  const together = workers ? ['--workers', workers.join()] : [];
  const args = ['--recipe', recipe, ...settings, '--steps', String(steps), ...together];
  return `npm run train -- ${shlex.join(args)}`;
}

/** Saves a model and its card. */
async function publish(
  folder: string,
  name: string,
  network: Model,
  card: Omit<Card, 'network'>,
  notes: Record<string, unknown>,
): Promise<void> {
  const file = path.join(folder, `${name}.safetensors`);
  if (existsSync(folder)) removeUnfinished(folder);
  await saveCheckpoint(file, network, { ...card, notes });
  const side = { ...notes, card: { network: readable(network.config), ...card } };
  writeWhole('train', path.join(folder, `${name}.json`), `${JSON.stringify(side, null, 2)}\n`);
  if (folder === dataPath('checkpoints'))
    noteChecksums(['safetensors', 'json'].map((ending) => `checkpoints/${name}.${ending}`));
  console.log(`${file}: ${sizeOf(file)}`);
}

/** A configuration without a palette's many colours, which stay inside the model's file. */
function readable(config: Model['config']): object {
  const { palette, ...others } = config as Model['config'] & { palette?: unknown[] };
  return palette ? { ...others, palette: `${palette.length} colours` } : others;
}

/** The size of a file, in kB up to a tenth of a megabyte. */
function sizeOf(file: string): string {
  const { size } = statSync(file);
  return size < 1e5 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(2)} MB`;
}

/** Seconds as minutes with one decimal. */
function minutes(seconds: number): number {
  return Math.round(seconds / 6) / 10;
}

function prefix(name: string, variables: Readonly<Record<string, tf.Variable>>): Record<string, tf.Variable> {
  return Object.fromEntries(Object.entries(variables).map(([key, value]) => [`${name}.${key}`, value]));
}
