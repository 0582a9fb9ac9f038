import type * as tf from '@tensorflow/tfjs';

/** A batch of images: `[batch, height, width, channels]`, float32 in [0, 1]; latents and sounds: any floats. */
export type Images = tf.Tensor4D;

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** How far destruction has gone: t in [0, 1], one number for all images, or a `[batch]` tensor with one for each. */
export type Level = number | tf.Tensor1D;

/**
 * The seed of one random draw: int32 `[2]`. An ordinary input, so that a compiled step can be fed a new one each time.
 */
export type Key = tf.Tensor1D;

/** What a degradation decides by chance (which pixels, which colours), as plain tensors. */
export type Draw = tf.NamedTensorMap;

/** What is asked for, by the name of the condition: a class for each image, `[batch]`, say. */
export type Given = tf.NamedTensorMap;

/** What it takes to make a thing again, as plain data that JSON can hold: a {@link Registry} makes it. */
export interface Spec {
  /** The name under which its maker is defined. */
  readonly kind: string;
  readonly [option: string]: unknown;
}

/**
 * A way to destroy images bit by bit: t = 0 leaves them whole, t = 1 leaves at most the residue, and what noise drowns.
 * `degradation()` makes one from a formula and adds the checks.
 */
export interface Degradation<D extends Draw = Draw> {
  /** What makes it again; absent where plain data cannot say it. */
  readonly spec?: Spec;
  /** Decides everything that is random, for images of `shape` `[batch, height, width, channels]`. */
  draw(key: Key, shape: number[]): D;
  /** z_t: the images `x0` degraded to level `t` under `draw`. The same draw and level give the same result. */
  at(draw: D, x0: Images, t: Level): Images;
  /**
   * z_T for images of `shape`, from the draw and the residue alone: `at(draw, x0, 1)` equals
   * `end(draw, x0.shape, residue(x0))`. For noise whose schedule leaves a trace of the images, it is the noise alone.
   */
  end(draw: D, shape: number[], residue?: tf.Tensor): Images;
  /** What t = 1 still knows of the images, `[batch, …]` (for blur: the mean colour). Absent when nothing is left. */
  residue?(x0: Images): tf.Tensor;
}

/** How much of the images is left and how much noise there is at each level: z_t = α·x0 + σ·noise. */
export interface Schedule {
  /** What makes it again; absent where plain data cannot say it. */
  readonly spec?: Spec;
  /** α, what the images are multiplied by: `t` in [0, 1], the result in the shape of `t`. */
  alpha(t: tf.Tensor): tf.Tensor;
  /** σ, the standard deviation of the noise, in the shape of `t`. */
  sigma(t: tf.Tensor): tf.Tensor;
  /** The level at which the noise is `ratio` times as strong as the images: σ/α = `ratio`. */
  level(ratio: number): number;
  /**
   * The same for tensors, of ln(σ/α), in its shape: for levels that are drawn by it. Beyond what the schedule reaches
   * it may give more than 1. Absent where only numbers can be told.
   */
  levelAt?(logRatio: tf.Tensor): tf.Tensor;
  /** σ/α at t = 1, where a trace of the images is left; absent where nothing is. */
  readonly most?: number;
}

/** What Gaussian noise decides by chance: a normal number for each value of the images, in their shape. */
export type NoiseDraw = { noise: Images };

/**
 * Gaussian noise: z_t = α·x0 + σ·noise, for images brought to [−1, 1].
 * It can guess its own draw from a prediction of x0: that is all that DDIM needs.
 */
export interface Gaussian extends Degradation<NoiseDraw> {
  readonly schedule: Schedule;
  /** α and σ of each image at its level, `[batch, 1, 1, 1]`. */
  coefficients(t: tf.Tensor1D): { alpha: tf.Tensor4D; sigma: tf.Tensor4D };
  /** The noise that leads from `x0` to `z` at level `t`; zero where there is none (t = 0). */
  infer(z: Images, x0: Images, t: Level): { noise: Images };
  /** From the images' range to that in which noise is added: [0, 1] becomes [−1, 1]. */
  toSigned(x: tf.Tensor): Images;
  /** Back from {@link Gaussian.toSigned}. */
  fromSigned(x: tf.Tensor): Images;
}

/** A guess of the clean images, and of how far it may be off, where that is known. */
export interface Estimate {
  /** `[batch, height, width, channels]`, in the images' range. */
  x0: Images;
  /**
   * The variance of the clean images about the guess, in the range in which noise is added: as large as x0, or one
   * number for each image, `[batch, 1, 1, 1]`.
   */
  variance?: tf.Tensor4D;
  /**
   * Where the variance of the next step lies between the posterior's and the forward step's, on a logarithmic scale, 0
   * to 1, in the shape of `x0` (Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 15).
   */
  share?: tf.Tensor4D;
}

/**
 * What must be given, by the name of the condition: how many values there are of it, whole numbers from 0, and −1 for
 * nothing, one for each image; or Infinity where any tensor with a row for each image will do.
 */
export type Conditions = Readonly<Record<string, number>>;

/**
 * Guesses the clean images: `denoiser(network)` makes one, and so is anything that a reader writes in its place.
 *
 * Within one run of a sampler it is recorded once and then replayed, so that what changes from step to step must come
 * through its arguments. From run to run it is recorded anew, unless it is `pure`.
 */
export interface Denoiser {
  (z: Images, t: Level, given?: Given): Estimate;
  /** The weights that it uses, so that sampling can be compiled; an empty list where it has none. */
  readonly weights: readonly tf.Variable[];
  /** Height, width and channels of the images that it takes, where only one size will do. */
  readonly shape?: ImageShape;
  /** Other tensors that it uses, variables among them. They must stay as long as it is used. */
  readonly constants?: readonly tf.Tensor[];
  /** What it must be given, where that is known. */
  readonly conditions?: Conditions;
  /** What it guesses the clean images of, where it must be no other. */
  readonly degradation?: Degradation;
}

/**
 * What a network is asked for, and how its answer is read: the clean images, the noise in them, or a mixture.
 * `clean`, `noise`, `velocity`, `flow` and `karras` make one.
 */
export interface Target<D extends Draw = Draw> {
  /** What makes it again, with the degradation that it belongs to. */
  readonly spec?: Spec;
  /** The degradation that it was made for; absent where any will do. */
  readonly degradation?: Degradation;
  /** What the network should have said: training compares with it. */
  of(at: { x0: Images; z: Images; t: tf.Tensor1D; draw: D }): tf.Tensor4D;
  /** What its answer says of the clean images. */
  read(said: tf.Tensor4D, z: Images, t: tf.Tensor1D): Estimate;
  /** What the network is shown in the place of z and t; these themselves when left out. */
  ask?(z: Images, t: tf.Tensor1D): [z: tf.Tensor4D, t: tf.Tensor1D];
  /** How much an image at this level counts in training, `[batch]`; 1 when left out. */
  weight?(t: tf.Tensor1D): tf.Tensor1D;
}

/** One step of a sampler on its way back, as a {@link Rule} sees it. */
export interface Step<D extends Draw = Draw> {
  degradation: Degradation<D>;
  /** To ask again, at another place. What is given comes along by itself. */
  denoise: (z: Images, t: Level) => Estimate;
  /** The images at level `t`. */
  z: Images;
  /** What the clean images are thought to be. */
  estimate: Estimate;
  /** The level of each image, `[batch]`, and the next lower one. */
  t: tf.Tensor1D;
  s: tf.Tensor1D;
  /** The draw of the start. */
  draw: D;
  /** For what this step draws itself. */
  key: Key;
  /** What the step before saw; absent in the first step, and for rules that do not look back. */
  before?: { z: Images; estimate: Estimate; t: tf.Tensor1D };
}

/**
 * From level t to the next lower level s: the images there. In tensor operations only, so that it can be compiled:
 * within one run of a sampler it is recorded once and then replayed, so that what changes from step to step must come
 * through the {@link Step}. From run to run it is recorded anew, unless it is `pure`.
 *
 * Written as a method's type, so that a rule for one kind of draw may stand where a rule for any is taken.
 */
export type Rule<D extends Draw = Draw> = {
  /** The images at the next level. */
  go(step: Step<D>): Images;
}['go'] & {
  readonly spec?: Spec;
  /** Whether it needs to see the step before. */
  readonly looksBack?: boolean;
  /** Whether it goes back over Gaussian noise alone. */
  readonly needsGaussian?: boolean;
  /** Tensors that it uses, variables among them. They must stay as long as it is used. */
  readonly constants?: readonly tf.Tensor[];
  /** The level, at or above `t`, up to which noise is put in before the guess is made, in a walk of so many steps. */
  raise?(degradation: Degradation<D>, t: number, steps: number): number | Promise<number>;
  /** The images there; needed with `raise`. */
  lift?(at: Lift<D>): Images;
};

/** What a rule that puts noise in before the guess sees: images at level `t`, to be taken up to level `raised`. */
export interface Lift<D extends Draw = Draw> {
  degradation: Degradation<D>;
  z: Images;
  t: tf.Tensor1D;
  raised: tf.Tensor1D;
  /** For the noise that is put in. */
  key: Key;
}

/** Where the draw of a renoising comes from. Written as {@link Rule} is. */
export type DrawRule<D extends Draw = Draw> = {
  /** The draw. */
  draw(step: Step<D>): D;
}['draw'] & {
  readonly spec?: Spec;
  /** Whether only Gaussian noise can be drawn by it. */
  readonly needsGaussian?: boolean;
};

/** What a sampler yields at each step. The tensors are borrowed until the next turn: clone to keep. */
export interface Turn {
  /** The level of `z`, from 1 down to 0. */
  t: number;
  /** The images at level `t`. */
  z: Images;
  /** The prediction of the clean images that led here, where the sampler makes one. */
  x0?: Images;
}

/** What a model learns from: images, latents or sounds, of one shape. */
export interface Source {
  /** A few words that say what it holds. */
  readonly name: string;
  /** How many there are. */
  readonly length: number;
  /** Height, width and channels of each. */
  readonly shape: ImageShape;
  /** A class number for each, where there are classes. */
  readonly labels?: Int32Array;
  /** Those at the positions `which`, `[n, height, width, channels]`, float32. The caller owns them. */
  read(which: Int32Array): tf.Tensor4D;
}
