import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkImageShape, checkTensor, checkWhole, shown } from '../check.js';
import { checkBelongs, checkDegradation, isGaussian } from '../degradations/belonging.js';
import { checkLevels } from '../level.js';
import { checkDenoiser } from '../networks/denoiser.js';
import { checkGiven } from '../networks/given.js';
import { checkConstants } from '../networks/network.js';
import type { Degradation, Denoiser, Draw, Given, Images, ImageShape, Rule, Spec } from '../types.js';
import { checkIsMade } from './rules.js';

/** Options of `sample`, but for rule and levels: what all samplers that guess the clean images have in common. */
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
  /** Tensors from outside that rule or degradation use, variables among them, so that they can be compiled. */
  constants?: readonly tf.Tensor[];
}

/** What makes a {@link Sampling} complete. */
export interface RuleAndLevels<D extends Draw = Draw> {
  /** How to go from one level to the next: `renoise()`, `improve()`, `heun`, or one of the reader's own. */
  rule: Rule<D>;
  /** Where to go through: at least two levels, each lower than the one before. From 1, unless `z` is given. */
  levels: readonly number[];
}

type BatchShape = [batch: number, height: number, width: number, channels: number];

/** `[batch, height, width, channels]`, after a look at all options of `sample`. */
export function batchShape<D extends Draw>(caller: string, options: Sampling<D> & RuleAndLevels<D>): BatchShape {
  const { denoise, degradation, rule, levels, seed = 1, given, residue, knownDraw, constants } = options;
  checkDenoiser(caller, 'denoise', denoise);
  checkDegradation(caller, degradation);
  checkBelongs(caller, 'denoise', denoise.degradation, degradation);
  checkRule(caller, rule, degradation);
  checkLevels(caller, levels);
  checkWhole(caller, 'seed', seed, 0);
  checkConstants(caller, constants);
  const shape = imagesShape(caller, options);
  if (denoise.conditions) checkGiven(caller, given, denoise.conditions, shape[0]);
  else for (const [name, tensor] of Object.entries(given ?? {})) checkThere(caller, `given.${name}`, tensor);
  if (residue !== undefined) checkResidue(caller, residue, degradation, shape);
  if (knownDraw !== undefined) checkDraw(caller, knownDraw, degradation, shape);
  return shape;
}

/** The shape of the images, from what is said of it. */
function imagesShape<D extends Draw>(
  caller: string,
  { denoise, degradation, levels, count, shape, residue, z }: Sampling<D> & RuleAndLevels<D>,
): BatchShape {
  if (z !== undefined) {
    if (!(z instanceof tf.Tensor) || z.rank !== 4)
      throw new TypeError(`${caller}: z must be images, [batch, height, width, channels], got ${shown(z)}`);
    const own = z.shape.slice(1) as unknown as ImageShape;
    checkTensor(caller, 'z', z, [count ?? z.shape[0], ...(shape ?? denoise.shape ?? own)]);
    if (z.dtype !== 'float32') throw new TypeError(`${caller}: z must be float32, got ${z.dtype}`);
    if (!isFinite(z)) throw new RangeError(`${caller}: z must hold finite numbers, got others among them`);
    return z.shape;
  }
  const image = shape ?? denoise.shape;
  if (!image) throw new TypeError(`${caller}: shape must be given, for the denoiser has none of its own`);
  checkImageShape(caller, 'shape', image);
  if (denoise.shape && denoise.shape.join() !== image.join())
    throw new RangeError(`${caller}: shape must be [${denoise.shape}], as denoise takes it, got [${image}]`);
  if (count === undefined) throw new TypeError(`${caller}: count must be given, or images z to start from`);
  checkWhole(caller, 'count', count);
  if (levels[0] !== 1) throw new TypeError(`${caller}: z must be given to start from the level ${levels[0]}`);
  if (degradation.residue && !residue)
    throw new TypeError(`${caller}: residue must be given, for the degradation leaves one: draw it with fitResidue`);
  return [count, ...image];
}

/** Whether all numbers of a tensor are finite. */
function isFinite(tensor: tf.Tensor): boolean {
  return tf.tidy(() => tf.all(tf.isFinite(tensor)).dataSync()[0] === 1);
}

/** A tensor of any shape, which must be there still. */
function checkThere(caller: string, name: string, tensor: tf.Tensor): void {
  checkTensor(caller, name, tensor, tensor instanceof tf.Tensor ? tensor.shape : []);
}

function checkRule<D extends Draw>(caller: string, rule: Rule<D>, degradation: Degradation<D>): void {
  if (typeof rule !== 'function') throw new TypeError(`${caller}: rule must be a function, got ${typeof rule}`);
  checkIsMade(caller, 'rule', rule);
  if (!rule.needsGaussian || isGaussian(degradation)) return;
  const spec = rule.spec as (Spec & { draw?: Spec }) | undefined;
  const name = [spec?.kind ?? rule.name, ...(spec?.draw ? [`with the draw ${spec.draw.kind}`] : [])].join(' ');
  throw new TypeError(`${caller}: degradation must be Gaussian noise, as gaussian() makes it, for the rule ${name}`);
}

function checkResidue<D extends Draw>(
  caller: string,
  residue: tf.Tensor,
  degradation: Degradation<D>,
  [batch, ...image]: BatchShape,
): void {
  if (!degradation.residue)
    throw new TypeError(`${caller}: residue must be left out, for the degradation leaves none, got ${shown(residue)}`);
  const one = tf.tidy(() => degradation.residue!(tf.zeros([1, ...image])).shape);
  checkTensor(caller, 'residue', residue, [batch, ...one.slice(1)]);
}

function checkDraw<D extends Draw>(
  caller: string,
  draw: D,
  degradation: Degradation<D>,
  [batch, ...image]: BatchShape,
): void {
  const shapes = tf.tidy(() =>
    Object.entries(degradation.draw(key(0), [1, ...image])).map(([name, { shape }]) => [name, shape] as const),
  );
  const [wanted, came] = [shapes.map(([name]) => name), Object.keys(Object(draw) as object)];
  if (wanted.slice().sort().join() !== came.slice().sort().join())
    throw new TypeError(`${caller}: knownDraw must hold ${wanted.join(', ') || 'nothing'}, got ${came.join(', ')}`);
  for (const [name, shape] of shapes) checkTensor(caller, `knownDraw.${name}`, draw[name], [batch, ...shape.slice(1)]);
}
