/** What a training run does besides where several processes train together. */
import { createHash } from 'node:crypto';
import { ready, type RecipeOptions, readWeights, tf, type Workers } from 'naive-diffusion';
import { codeOf } from '../code-of.ts';
import { Mistake } from '../command-line.ts';

/** How far a run has come, here. */
interface Progress {
  from: number;
  mean?: number | null;
}

/** What all must have in common. */
interface Run {
  /** The recipe's file. */
  file: string;
  /** The values of the recipe's options. */
  options: RecipeOptions;
  steps: number;
  seed: number;
  /** Whether it is to start again, whatever was trained before. */
  fresh: boolean;
  variables: Record<string, tf.Variable>;
}

/**
 * All begin where the one that has come furthest has saved, with its weights: who has other ones, or none, gets them
 * from it.
 * @returns the step, and the loss that it has told
 * @throws {Mistake} naming who trains something else, or starts again while others go on
 */
export async function agree(
  workers: Workers,
  { from, mean }: Progress,
  { file, options, steps, seed, fresh, variables }: Run,
): Promise<{ from: number; mean: number | null }> {
  const { library, tensorflow } = await ready();
  const values = [library, tensorflow, steps, seed, options, shapesOf(variables)];
  const recipe = fingerprint(codeOf([file]), JSON.stringify(values));
  const weights = fingerprint(...Object.values(await readWeights(variables)).map(({ data }) => bytesOf(data)));
  const all = await tellAll(workers, [recipe, from, weights, mean ?? NaN, Number(fresh)]);
  const strangers = all.flatMap(([theirs], task) => (theirs === all[0][0] ? [] : [nameOf(workers, task)]));
  if (strangers.length > 0)
    throw new Mistake(
      `train: ${strangers.join(', ')} must have the same versions, recipe, options, steps and seed as ` +
        `${nameOf(workers, 0)}, and has others`,
    );
  checkFresh(
    workers,
    all.map((numbers) => numbers.at(-1) === 1),
  );
  const furthest = Math.max(...all.map(([, step]) => step));
  const giver = all.findIndex(([, step]) => step === furthest);
  const [, , given, meanThere] = all[giver];
  if (all.some(([, , theirs]) => theirs !== given)) {
    if (workers.task === giver) console.log(`the others get the weights of step ${furthest} from here`);
    else if (weights !== given) console.log(`the weights of step ${furthest} come from ${nameOf(workers, giver)}`);
    copyFrom(giver, workers, Object.values(variables));
  }
  return { from: furthest, mean: Number.isNaN(meanThere) ? null : meanThere };
}

/** Of some that start again and some that go on, these would give those what they are to forget. */
function checkFresh(workers: Workers, fresh: boolean[]): void {
  if (fresh.every((isFresh) => isFresh === fresh[0])) return;
  const [those, others] = [true, false].map((which) =>
    fresh.flatMap((isFresh, task) => (isFresh === which ? [nameOf(workers, task)] : [])).join(', '),
  );
  throw new Mistake(`train: ${those} started with --fresh, and ${others} without; give it to all, or to none`);
}

/** The numbers that each has told all, by task. */
async function tellAll(workers: Workers, numbers: number[]): Promise<number[][]> {
  const n = numbers.length;
  const sum = tf.tidy(() => {
    const own = new Float32Array(n * workers.of);
    own.set(numbers, n * workers.task);
    return workers.sum(tf.tensor1d(own));
  });
  const told = [...(await sum.data())];
  sum.dispose();
  return Array.from({ length: workers.of }, (_, task) => told.slice(n * task, n * (task + 1)));
}

/** Gives the variables the values that they have with one of the processes. */
function copyFrom(giver: number, workers: Workers, variables: tf.Variable[]): void {
  tf.tidy(() => {
    const parts = tf.split(
      valuesAt(giver, workers, variables),
      variables.map(({ size }) => size),
    );
    for (const [i, variable] of variables.entries()) variable.assign(tf.reshape(parts[i], variable.shape));
  });
}

/** The values that variables have with one of the processes, in one vector: the others add zeros to them. */
function valuesAt(giver: number, workers: Workers, variables: tf.Variable[]): tf.Tensor1D {
  const own = inOneVector(variables);
  return workers.sum(workers.task === giver ? own : tf.zerosLike(own));
}

function inOneVector(variables: tf.Variable[]): tf.Tensor1D {
  return tf.concat1d(variables.map((variable) => tf.reshape<tf.Rank.R1>(variable, [-1])));
}

/** What no rounding comes to, of unlike processors either, in the share of the largest weight. */
const otherThanRounding = 1e-4;

/**
 * Looks whether all have the same weights, as they must after the same steps: who computes them otherwise, by another
 * version of a file that the recipe imports, say, would spoil what all train.
 * @throws {Error} naming who has others than the first
 */
export async function checkAlike(workers: Workers, weights: tf.Variable[], step: number): Promise<void> {
  const [difference, largest] = tf.tidy(() => {
    const first = valuesAt(0, workers, weights);
    const apart = tf.sub(inOneVector(weights), first);
    return [apart, first].map((values) => tf.max(tf.abs(values)).dataSync()[0]);
  });
  const all = await tellAll(workers, [difference]);
  const strangers = all.flatMap(([theirs], task) =>
    theirs <= otherThanRounding * largest ? [] : [`${nameOf(workers, task)} by up to ${theirs.toPrecision(2)}`],
  );
  if (strangers.length > 0)
    throw new Error(
      `train: after step ${step} the weights differ from those of ${nameOf(workers, 0)}: ${strangers.join(', ')}; ` +
        'all must have the same version of the clone and of what the recipe imports, the same data and settings',
    );
}

function nameOf({ addresses }: Workers, task: number): string {
  return `worker ${task} (${addresses[task]})`;
}

function shapesOf(variables: Record<string, tf.Variable>): [string, number[]][] {
  return Object.entries(variables).map(([name, { shape }]) => [name, shape]);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A number below 2^24, which a float32 holds: one that other contents have with little chance. */
function fingerprint(...contents: (Uint8Array | string)[]): number {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest().readUIntBE(0, 3);
}

/** Says, of the steps since it was last asked, what goes between the processes and how long they wait. */
export function traffic(workers: Workers | undefined): (step: number) => string {
  let before = { step: NaN, at: 0, bytes: 0, seconds: 0 };
  return (step) => {
    if (!workers) return '';
    const now = { step, at: performance.now() / 1000, ...workers.traffic };
    const [steps, bytes] = [now.step - before.step, now.bytes - before.bytes];
    const waited = (now.seconds - before.seconds) / (now.at - before.at);
    before = now;
    const head = `; ${workers.of} workers`;
    if (!(steps > 0)) return head;
    return `${head}: ${(bytes / steps / 1e6).toFixed(2)} MB sent a step, ${(100 * waited).toFixed(0)} % of the time waited`;
  };
}
