import { listenForStop } from '../backend/interrupt.js';
import { numbersOf } from '../backend/numbers-of.js';
import { key, splitKey } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { hasShape, shown } from '../check.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Degradation, Denoiser, Draw, Estimate, Given, Images, Level, Rule, Step, Turn } from '../types.js';
import { batchShape, type RuleAndLevels, type Sampling } from './options.js';

/**
 * The one loop of samplers that guess the clean images: at each level it asks the denoiser, and the rule goes on to the
 * next lower one. A step as a whole, guess and rule, is one compiled call: within one run, denoiser, rule and
 * degradation are recorded once, in the first two steps, and then replayed, so that whatever changes from step to step
 * must come through their arguments. The next run sees what has changed outside; what is `pure` is not recorded again.
 *
 * Yields the start, then a turn for each step, with `z` at the new level and the guess `x0` that led there. The last
 * `z` is the sample.
 *
 * ```ts
 * const turns = sample({ denoise, degradation: binomial(), rule: renoise(), levels: evenLevels(64), count: 16 });
 * grid(await last(turns));
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range; at a step, when guess or rule give
 * something else than such images; at the last one, when they are not finite
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
  return walk(caller, options, batchShape(caller, options));
}

/** The loop itself, over levels that fall or rise and with options that have been looked at. */
export async function* walk<D extends Draw>(
  caller: string,
  options: Sampling<D> & RuleAndLevels<D>,
  shape: [number, number, number, number],
): AsyncGenerator<Turn, void, void> {
  const { denoise, degradation, rule, levels, given = {}, seed = 1, residue, z: start, knownDraw, constants } = options;
  const take = borrowCompiled(
    denoise,
    { name: caller, parts: [degradation, rule], constants: [...(rule.constants ?? []), ...(constants ?? [])] },
    stepOf(caller, denoise, degradation, rule),
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
      const [t, s] = [levels[i - 1], levels[i]];
      const raised = await rule.raise?.(degradation, t, levels.length - 1);
      const next: StepResult = tf.tidy(() => {
        const forAll = (level: number) => tf.fill([shape[0]], level) as tf.Tensor1D;
        return take.run({
          z: current,
          t: forAll(t),
          s: forAll(s),
          raised: raised === undefined ? undefined : forAll(raised),
          draw,
          key: key(seed, i),
          given,
          before: seen,
        });
      });
      tf.dispose([z, x0, before ?? {}] as tf.TensorContainer);
      ({ z, x0, before } = next);
      if (i === levels.length - 1) await checkFinite(caller, z, x0);
      yield { t: levels[i], z, x0 };
    }
  } finally {
    stop.close();
    tf.dispose([draw, z, x0, before ?? {}] as tf.TensorContainer);
    take.release();
  }
}

/** What a rule that looks back sees of the step before. */
type Before = { z: Images; estimate: { x0: Images; variance?: tf.Tensor4D; share?: tf.Tensor4D }; t: tf.Tensor1D };
type StepInputs = {
  z: Images;
  t: tf.Tensor1D;
  s: tf.Tensor1D;
  /** Where a rule that puts noise in first wants to be asked, at or above t. */
  raised: tf.Tensor1D | undefined;
  draw: Draw;
  key: tf.Tensor1D;
  given: Given;
  before: Before | undefined;
};
type StepResult = { z: Images; x0: Images; before: Before | undefined };

/** One step as a function of tensors alone, to be compiled. */
function stepOf<D extends Draw>(caller: string, denoise: Denoiser, degradation: Degradation<D>, rule: Rule<D>) {
  return ({ s, draw, given, before, ...start }: StepInputs): StepResult => {
    const { z, t, key: stepKey } = lifted(start, degradation, rule);
    const guess = (images: Images, level: Level): Estimate => {
      const estimate = denoise(images, level, given);
      checkImages(caller, 'denoise must guess x0', estimate?.x0, images.shape);
      return estimate;
    };
    const estimate = guess(z, t);
    const step: Step<D> = {
      degradation,
      denoise: guess,
      z,
      estimate,
      t,
      s,
      draw: draw as D,
      key: stepKey,
      ...(before && { before }),
    };
    const next = rule(step);
    checkImages(caller, 'rule must give images', next, z.shape);
    // Clones: rule and denoiser may return a tensor that they were given.
    const seen = rule.looksBack ? { z: z.clone(), t: t.clone(), estimate: copyOf(estimate) } : undefined;
    return { z: next.clone(), x0: estimate.x0.clone(), before: seen };
  };
}

/** Where a step begins: at z and t, or above them, where a rule puts noise in first. */
function lifted<D extends Draw>(
  { z, t, raised, key }: Pick<StepInputs, 'z' | 't' | 'raised' | 'key'>,
  degradation: Degradation<D>,
  rule: Rule<D>,
): { z: Images; t: tf.Tensor1D; key: tf.Tensor1D } {
  if (!raised || !rule.lift) return { z, t, key };
  const [own, rest] = splitKey(key, 2);
  return {
    z: rule.lift({ degradation, z, t, raised, key: own }),
    t: raised,
    key: rest,
  };
}

/** Guess and rule must give images like those that came. */
function checkImages(caller: string, said: string, images: unknown, shape: readonly number[]): void {
  if (hasShape(images, shape)) return;
  throw new RangeError(`${caller}: ${said} of shape [${shape}], got ${shown(images)}`);
}

/** What comes out in the end must be images. */
async function checkFinite(caller: string, z: Images, x0: Images): Promise<void> {
  const areFinite = (tensor: tf.Tensor) => tf.cast(tf.all(tf.isFinite(tensor)), 'float32');
  const [good, guessed] = await numbersOf(tf.tidy(() => tf.stack([areFinite(z), areFinite(x0)])));
  if (good && guessed) return;
  const who = guessed ? 'rule must give' : 'denoise must guess';
  throw new RangeError(`${caller}: ${who} finite numbers, got others among them in the last step`);
}

function copyOf({ x0, variance, share }: Estimate): Before['estimate'] {
  return {
    x0: x0.clone(),
    ...(variance && { variance: variance.clone() }),
    ...(share && { share: share.clone() }),
  };
}

function copies(draw: Draw): Draw {
  const cloned: Draw = {};
  for (const [name, tensor] of Object.entries(draw)) cloned[name] = tensor.clone();
  return cloned;
}
