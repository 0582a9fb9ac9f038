import type * as tf from '@tensorflow/tfjs';

/** A batch of images: `[batch, height, width, channels]`, float32 in [0, 1]. */
export type Images = tf.Tensor4D;

/** How far destruction has gone: t in [0, 1], one number for all images, or a `[batch]` tensor with one for each. */
export type Level = number | tf.Tensor1D;

/**
 * The seed of one random draw: int32 `[2]`. An ordinary input, so that a compiled step can be fed a new one each time.
 */
export type Key = tf.Tensor1D;

/** What a degradation decides by chance (which pixels, which colours), as plain tensors. */
export type Draw = tf.NamedTensorMap;

/**
 * A way to destroy images bit by bit: t = 0 leaves them whole, t = 1 leaves at most the residue.
 * `degradation()` makes one from a formula and adds the checks.
 */
export interface Degradation<D extends Draw = Draw> {
  /** Decides everything that is random, for images of `shape` `[batch, height, width, channels]`. */
  draw(key: Key, shape: number[]): D;
  /** z_t: the images `x0` degraded to level `t` under `draw`. The same draw and level give the same result. */
  at(draw: D, x0: Images, t: Level): Images;
  /**
   * z_T for images of `shape`, from the draw and the residue alone: `at(draw, x0, 1)` equals `end(draw, x0.shape,
   * residue(x0))`.
   */
  end(draw: D, shape: number[], residue?: tf.Tensor): Images;
  /** What t = 1 still knows of the images, `[batch, …]` (for blur: the mean colour). Absent when nothing is left. */
  residue?(x0: Images): tf.Tensor;
}

/**
 * Gaussian noise: z_t = scale(t)·x0 + sigma(t)·noise, for images and noise brought to [−1, 1].
 * It also says how much noise there is, and can guess its own draw from a prediction of x0: that is all that DDIM
 * needs.
 */
export interface Gaussian extends Degradation<{ noise: Images }> {
  /** What the image is multiplied by: a scalar for a number, `[batch]` for one level per image. */
  scale(t: Level): tf.Tensor;
  /** The standard deviation of the noise, in the shape of {@link Gaussian.scale}. */
  sigma(t: Level): tf.Tensor;
  /** The level at which the noise has the standard deviation `sigma`. */
  level(sigma: number): number;
  /** The noise that leads from `x0` to `z` at level `t`; zero where there is none (t = 0). */
  infer(z: Images, x0: Images, t: Level): { noise: Images };
}

/** A network that undoes: it takes degraded images and their level, and returns what `predicts` says. */
export interface Denoiser {
  (z: Images, t: Level, label?: tf.Tensor): Images;
  /**
   * `previous`: the images one step less degraded; `clean`: the images before any degradation; `noise`: what was added;
   * `logits`: for each pixel a score for each colour of a palette, of which softmax makes probabilities.
   */
  readonly predicts: 'previous' | 'clean' | 'noise' | 'logits';
}

/** What a sampler yields at each step. The tensors are borrowed until the next turn: clone to keep. */
export interface Turn {
  /** The level of `z`, from 1 down to 0. */
  t: number;
  /** The images at level `t`. */
  z: Images;
  /** The prediction of the clean images that led here, where the sampler makes one. */
  x0?: Images;
}
