/** `npm run train -- --recipe NAME`: a training run that can be killed at any time and goes on where it last saved. */
import { appendFile, mkdir, readdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import {
  dataPath,
  describeBackend,
  Interrupted,
  type Model,
  pretrained,
  readSafetensors,
  ready,
  type Recipe,
  restore,
  saveCheckpoint,
  store,
  tf,
  writeSafetensors,
  writeWhole,
} from 'naive-diffusion';
import { noteChecksums } from './data/files.ts';

const recipes = path.join(import.meta.dirname, 'recipes');

interface Options {
  recipe: string;
  steps?: number;
  out: string;
  saveEvery: number;
  keep: number[];
  fresh: boolean;
  publish: boolean;
  describe: boolean;
}

async function main(): Promise<void> {
  const options = new Command('npm run train --')
    .requiredOption('--recipe <name>', `one of: ${(await listRecipes()).join(', ')}`)
    .option('--steps <n>', "steps in all, instead of the recipe's own", wholeNumber)
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--save-every <n>', 'steps between saves', wholeNumber, 250)
    .option(
      '--keep <steps>',
      'also keep the model after these steps, such as 500,1000,2000',
      (text: string) => text.split(',').map(wholeNumber),
      [],
    )
    .option('--fresh', 'start again from step 0', false)
    .option('--publish', 'put the model into data/checkpoints, where pretrained() finds it', false)
    .option('--describe', 'train nothing; write into the published model how its recipe samples now', false)
    .parse()
    .opts<Options>();
  const { default: recipe } = await loadRecipe(options.recipe);
  await ready();
  console.log(`${options.recipe}: ${recipe.about}\n${describeBackend()}`);
  await (options.describe ? describe(options.recipe, recipe) : run(options, recipe));
}

/** Puts the recipe's words and way of sampling into the published model, whose weights stay. */
async function describe(name: string, { about, sampling }: Recipe<Model>): Promise<void> {
  const { network, notes } = await pretrained(name);
  await publish(dataPath('checkpoints'), name, network, { ...notes, about, ...(sampling && { sampling }) });
  network.dispose();
}

async function run(options: Options, recipe: Recipe<Model>): Promise<void> {
  const folder = path.join(options.out, options.recipe);
  await mkdir(folder, { recursive: true });
  const state = path.join(folder, 'state.safetensors');
  const steps = options.steps ?? recipe.steps;

  const data = await recipe.data();
  const network = recipe.network();
  const optimizer = recipe.optimizer(network, steps);
  const variables = {
    ...prefix('network', network.parameters),
    ...prefix('optimizer', Object.fromEntries(optimizer.state.map((v, i) => [String(i), v]))),
  };
  let from = 0;
  let seconds = 0;
  let processor = 0;
  /** The loss, smoothed over about a hundred steps; none before the first. */
  let mean: number | null = null;
  if (!options.fresh && (await exists(state))) {
    const saved = await readSafetensors(state);
    restore(variables, saved.tensors, state);
    ({
      from,
      seconds,
      processor,
      mean = null,
    } = JSON.parse(saved.metadata.run) as { from: number; seconds: number; processor: number; mean?: number | null });
    console.log(`going on from step ${from}`);
  }
  const begun = Date.now() / 1000 - seconds;
  const before = processor - processorSeconds();
  const save = async (step: number) => {
    const progress = { from: step, seconds: Date.now() / 1000 - begun, processor: before + processorSeconds(), mean };
    writeSafetensors(state, { tensors: await store(variables), metadata: { run: JSON.stringify(progress) } });
  };

  /** Saves what the run would have given had it ended here, to see how quality grows with training. */
  const keep = async (step: number) => {
    const trained = await store(network.parameters);
    optimizer.averaged.forEach((value, i) => network.weights[i].assign(value));
    const notes = {
      recipe: options.recipe,
      about: recipe.about,
      dataset: recipe.dataset,
      sampling: recipe.sampling,
      steps: step,
      seed: recipe.seed,
      minutes: minutes(Date.now() / 1000 - begun),
      processorMinutes: minutes(before + processorSeconds()),
    };
    await saveCheckpoint(path.join(folder, `${options.recipe}-${step}.safetensors`), network, { notes });
    restore(network.parameters, trained, 'keep');
  };

  let step = from;
  try {
    for await (const turn of recipe.train({ network, optimizer, data, steps, from, seed: recipe.seed })) {
      step = turn.step;
      mean = mean === null ? turn.loss : 0.99 * mean + 0.01 * turn.loss;
      if (options.keep.includes(step)) await keep(step);
      if (step % options.saveEvery !== 0) continue;
      await save(step);
      const line = { step, loss: turn.loss, mean, minutes: (Date.now() / 1000 - begun) / 60 };
      await appendFile(path.join(folder, 'log.jsonl'), `${JSON.stringify(line)}\n`);
      console.log(`step ${step} of ${steps}, loss ${mean.toPrecision(4)}, ${line.minutes.toFixed(1)} min`);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await save(step);
    console.log(`stopped after step ${step}; the same command goes on from there`);
    return;
  }
  await save(step);

  const averaged = optimizer.averaged.length > 0;
  if (averaged) optimizer.averaged.forEach((value, i) => network.weights[i].assign(value));
  const notes = {
    recipe: options.recipe,
    about: recipe.about,
    dataset: recipe.dataset,
    sampling: recipe.sampling,
    steps: step,
    seed: recipe.seed,
    loss: mean,
    averaged,
    // On a machine that does other work besides, the processor's minutes say more than the clock's.
    minutes: minutes(Date.now() / 1000 - begun),
    processorMinutes: minutes(before + processorSeconds()),
    machine: `${os.cpus()[0].model}, ${os.availableParallelism()} cores`,
    backend: describeBackend(),
    command: `npm run train -- --recipe ${options.recipe} --steps ${step}`,
  };
  for (const target of [folder, ...(options.publish ? [dataPath('checkpoints')] : [])])
    await publish(target, options.recipe, network, notes);
  network.dispose();
  optimizer.dispose();
}

/** Saves a model and its card. */
async function publish(folder: string, name: string, network: Model, notes: Record<string, unknown>): Promise<void> {
  const file = path.join(folder, `${name}.safetensors`);
  await saveCheckpoint(file, network, { notes });
  writeWhole('train', path.join(folder, `${name}.json`), `${JSON.stringify(notes, null, 2)}\n`);
  if (folder === dataPath('checkpoints'))
    noteChecksums(['safetensors', 'json'].map((ending) => `checkpoints/${name}.${ending}`));
  console.log(`${file}: ${((await stat(file)).size / 2 ** 20).toFixed(2)} MB`);
}

/** Seconds as minutes with one decimal. */
function minutes(seconds: number): number {
  return Math.round(seconds / 6) / 10;
}

function prefix(name: string, variables: Readonly<Record<string, tf.Variable>>): Record<string, tf.Variable> {
  return Object.fromEntries(Object.entries(variables).map(([key, value]) => [`${name}.${key}`, value]));
}

/** Seconds of work of all cores together. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function listRecipes(): Promise<string[]> {
  return (await readdir(recipes)).filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -3));
}

async function loadRecipe(name: string): Promise<{ default: Recipe<Model> }> {
  const known = await listRecipes();
  if (!known.includes(name)) throw new Error(`train: recipe must be one of ${known.join(', ')}, got '${name}'`);
  return (await import(path.join(recipes, `${name}.ts`))) as { default: Recipe<Model> };
}

function wholeNumber(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('expected a whole number of at least 1');
  return n;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
