import { listenForStop } from '../backend/interrupt.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkImageShape, checkTensor, checkWhole } from '../check.js';
import { checkLevels } from '../level.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Degradation, Denoiser, Draw, Given, Images, ImageShape, Rule, Step, Turn } from '../types.js';

/** Options of {@link sample}, but for rule and levels: what all samplers that guess the clean images have in common. */
export interface Sampling<D extends Draw = Draw> {
  /** Guesses the clean images. It is compiled together with the rule; one that cannot be says so once. */
  denoise: Denoiser;
  degradation: Degradation<D>;
  /** How many images; as many as `z` holds, where that is given. */
  count?: number;
  /** Height, width and channels of the images; those that the denoiser takes, or those of `z`, when left out. */
  shape?: ImageShape;
  /** What is asked for, by the name of the condition; a tensor for all images. It stays the caller's. */
  given?: Given;
  /** Seed of the draws: draw 0 makes z_T, and what the i-th step draws has the key `key(seed, i)`. 1 by default. */
  seed?: number;
  /** What z_T still knows, for degradations that leave a residue: `fitResidue(…).sample(…)`. It stays the caller's. */
  residue?: tf.Tensor;
  /** Degraded images of the caller's own to start from, at the first of the levels; they stay the caller's. */
  z?: Images;
  /** The draw under which `z` was degraded, where it is known. It stays the caller's. */
  knownDraw?: D;
}

/** What makes a {@link Sampling} complete. */
export interface RuleAndLevels<D extends Draw = Draw> {
  /** How to go from one level to the next: `renoise()`, `improve()`, `heun`, or one of the reader's own. */
  rule: Rule<D>;
  /** Where to go through: at least two levels, each lower than the one before. From 1, unless `z` is given. */
  levels: readonly number[];
}

/**
 * The one loop of samplers that guess the clean images: at each level it asks the denoiser, and the rule goes on to the
 * next lower one. A step as a whole, guess and rule, is one compiled call.
 *
 * Yields the start, then a turn for each step, with `z` at the new level and the guess `x0` that led there. The last
 * `z` is the sample.
 *
 * ```ts
 * const turns = sample({ denoise, degradation: binomial(), rule: renoise(), levels: evenLevels(64), count: 16 });
 * grid(await last(turns));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sample<D extends Draw>(options: Sampling<D> & RuleAndLevels<D>): AsyncGenerator<Turn, void, void> {
  return sampleAs('sample', options);
}

/** {@link sample} in the name of another sampler, which its errors and warnings name. */
export function sampleAs<D extends Draw>(
  caller: string,
  options: Sampling<D> & RuleAndLevels<D>,
): AsyncGenerator<Turn, void, void> {
  return run(options, batchShape(caller, options));
}

/** `[batch, height, width, channels]`, after a look at all options. */
function batchShape<D extends Draw>(
  caller: string,
  { denoise, degradation, rule, levels, count, shape, seed = 1, residue, z }: Sampling<D> & RuleAndLevels<D>,
): [number, number, number, number] {
  if (typeof denoise !== 'function' || !Array.isArray(denoise.weights))
    throw new TypeError(`${caller}: denoise must be a denoiser, as denoiser(network) makes it, got ${typeof denoise}`);
  if (typeof rule !== 'function') throw new TypeError(`${caller}: rule must be a function, got ${typeof rule}`);
  checkLevels(caller, levels);
  checkWhole(caller, 'seed', seed, 0);
  if (z !== undefined) {
    const own = z.shape.slice(1) as unknown as ImageShape;
    checkTensor(caller, 'z', z, [count ?? z.shape[0], ...(shape ?? denoise.shape ?? own)]);
    return z.shape;
  }
  const image = shape ?? denoise.shape;
  if (!image) throw new TypeError(`${caller}: shape must be given, for the denoiser has none of its own`);
  checkImageShape(caller, 'shape', image);
  if (count === undefined) throw new TypeError(`${caller}: count must be given, or images z to start from`);
  checkWhole(caller, 'count', count);
  if (levels[0] !== 1) throw new TypeError(`${caller}: z must be given to start from the level ${levels[0]}`);
  if (degradation.residue && !residue)
    throw new TypeError(`${caller}: residue must be given, for the degradation leaves one: draw it with fitResidue`);
  return [count, ...image];
}

async function* run<D extends Draw>(
  options: Sampling<D> & RuleAndLevels<D>,
  shape: [number, number, number, number],
): AsyncGenerator<Turn, void, void> {
  const { denoise, degradation, rule, levels, given = {}, seed = 1, residue, z: start, knownDraw } = options;
  const take = borrowCompiled(
    denoise,
    { name: 'sample', parts: [degradation, rule] },
    stepOf(denoise, degradation, rule),
  );
  const stop = listenForStop();
  let draw = {} as D;
  let z: Images | undefined;
  let x0: Images | undefined;
  let before: Before | undefined;
  try {
    draw = knownDraw ? (copies(knownDraw) as D) : tf.tidy(() => degradation.draw(key(seed, 0), shape));
    z = start ? start.clone() : degradation.end(draw, shape, residue);
    yield { t: levels[0], z };
    for (let i = 1; i < levels.length; i++) {
      await stop.turn();
      const current: Images = z;
      const seen = before;
      const next: StepResult = tf.tidy(() => {
        const [t, s] = [levels[i - 1], levels[i]].map((level) => tf.fill([shape[0]], level) as tf.Tensor1D);
        return take.run({ z: current, t, s, draw, key: key(seed, i), given, before: seen });
      });
      tf.dispose(before ?? {});
      before = undefined;
      if (rule.looksBack) before = { z: z.clone(), x0: next.x0.clone(), t: tf.fill([shape[0]], levels[i - 1]) };
      tf.dispose([z, x0]);
      ({ z, x0 } = next);
      yield { t: levels[i], z, x0 };
    }
  } finally {
    stop.close();
    tf.dispose([draw, z, x0, before ?? {}]);
    take.release();
  }
}

/** What a rule that looks back sees of the step before. */
type Before = { z: Images; x0: Images; t: tf.Tensor1D };
type StepInputs = {
  z: Images;
  t: tf.Tensor1D;
  s: tf.Tensor1D;
  draw: Draw;
  key: tf.Tensor1D;
  given: Given;
  before: Before | undefined;
};
type StepResult = { z: Images; x0: Images };

/** One step as a function of tensors alone, to be compiled. */
function stepOf<D extends Draw>(denoise: Denoiser, degradation: Degradation<D>, rule: Rule<D>) {
  return ({ z, t, s, draw, key: stepKey, given, before }: StepInputs): StepResult => {
    const estimate = denoise(z, t, given);
    const step: Step<D> = {
      degradation,
      denoise: (images, level) => denoise(images, level, given),
      z,
      estimate,
      t,
      s,
      draw: draw as D,
      key: stepKey,
      ...(before && { before: { z: before.z, t: before.t, estimate: { x0: before.x0 } } }),
    };
    // Clones: rule and denoiser may return a tensor that they were given.
    return { z: rule(step).clone(), x0: estimate.x0.clone() };
  };
}

function copies(draw: Draw): Draw {
  const cloned: Draw = {};
  for (const [name, tensor] of Object.entries(draw)) cloned[name] = tensor.clone();
  return cloned;
}
