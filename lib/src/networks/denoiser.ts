import { pureIf } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkKnown, checkNumber, shown } from '../check.js';
import { levels } from '../level.js';
import type { Denoiser, Estimate, Given, Images, Level, Target } from '../types.js';
import type { Network } from './network.js';
import { clean } from './targets.js';

/** By network and target: its denoiser, so that what has been compiled for it is found again. */
const made = new WeakMap<Network, WeakMap<Target, Denoiser>>();

/**
 * Makes a {@link Denoiser} of a network and of what it was asked for.
 *
 * ```ts
 * const denoise = denoiser(network, { target: velocity(gaussian()) });
 * const { x0 } = denoise(z, 0.5);
 * ```
 * The same network and target give the same denoiser.
 * @param options.target what the network was trained to say: the clean images when left out
 * @throws {TypeError} when network or target are none, or for an option that there is not
 */
export function denoiser(network: Network, options: { target?: Target } = {}): Denoiser {
  checkNetwork('denoiser', network);
  checkKnown('denoiser', options, ['target']);
  const { target = clean } = options;
  checkTarget('denoiser', target);
  const known = made.get(network) ?? new WeakMap<Target, Denoiser>();
  made.set(network, known);
  const before = known.get(target);
  if (before) return before;
  const denoise = (z: Images, level: Level, given?: Given): Estimate =>
    tidyEstimate(() => {
      const t = levels(level, z.shape[0], 'denoiser');
      const [seen, told] = target.ask ? target.ask(z, t) : [z, t];
      return target.read(network(seen, told, given), z, t);
    });
  const { weights, shape, conditions, constants } = network;
  const { degradation } = target;
  const denoiserOfBoth: Denoiser = Object.assign(denoise, {
    weights,
    shape,
    ...(conditions && { conditions }),
    ...(constants && { constants }),
    ...(degradation && { degradation }),
  });
  known.set(target, denoiserOfBoth);
  return pureIf(denoiserOfBoth, network, target);
}

/** A network must be one, as `asNetwork` makes it. */
export function checkNetwork(caller: string, network: Network): void {
  if (typeof network === 'function' && Array.isArray(network.weights) && Array.isArray(network.shape)) return;
  throw new TypeError(`${caller}: network must be one, as unet() or asNetwork() makes it, got ${shown(network)}`);
}

/** A target must be one, as `velocity(gaussian)` makes it. */
export function checkTarget(caller: string, target: Target<never>): void {
  const isOne = typeof target === 'object' && typeof target?.of === 'function' && typeof target.read === 'function';
  if (isOne) return;
  const call = typeof target === 'function' ? ': call it with its degradation' : '';
  throw new TypeError(
    `${caller}: target must be one, such as clean or velocity(gaussian()), got ${shown(target)}${call}`,
  );
}

/** By denoiser, low and high: what holds it to that range, so that what has been compiled for it is found again. */
const held = new WeakMap<Denoiser, Map<string, Denoiser>>();

/**
 * A denoiser whose guesses are clipped to the range that images have. Far from the images, where a small error of the
 * noise is a large one of the images, guesses leave the range, and a walk with them drifts away.
 * @param options.low the least value, 0 for images
 * @param options.high the largest, 1 for images
 * @throws {RangeError} when low is not below high
 */
export function clipped(denoise: Denoiser, { low = 0, high = 1 }: { low?: number; high?: number } = {}): Denoiser {
  checkDenoiser('clipped', 'denoise', denoise);
  for (const [name, value] of Object.entries({ low, high }))
    checkNumber('clipped', name, value, (n) => !Number.isNaN(n), 'be a number');
  if (!(low < high)) throw new RangeError(`clipped: low must be below high, got ${low} and ${high}`);
  const known = held.get(denoise) ?? new Map<string, Denoiser>();
  held.set(denoise, known);
  const id = `${low} ${high}`;
  const before = known.get(id);
  if (before) return before;
  const within = (z: Images, level: Level, given?: Given): Estimate =>
    tidyEstimate(() => {
      const estimate = denoise(z, level, given);
      return { ...estimate, x0: tf.clipByValue(estimate.x0, low, high) };
    });
  const clippedDenoiser = sameParts(within, denoise);
  known.set(id, clippedDenoiser);
  return clippedDenoiser;
}

/**
 * What is wrapped around a denoiser, and depends on nothing else that could change, with the weights and all else that
 * the denoiser says of itself.
 */
export function sameParts(wrapped: (z: Images, t: Level, given?: Given) => Estimate, denoise: Denoiser): Denoiser {
  const { weights, shape, constants, conditions, degradation } = denoise;
  const whole: Denoiser = Object.assign(wrapped, {
    weights,
    ...(shape && { shape }),
    ...(constants && { constants }),
    ...(conditions && { conditions }),
    ...(degradation && { degradation }),
  });
  return pureIf(whole, denoise);
}

/** A denoiser must be one, as `denoiser(network)` makes it. */
export function checkDenoiser(caller: string, name: string, denoise: Denoiser): void {
  if (typeof denoise === 'function' && Array.isArray(denoise.weights)) return;
  const what = typeof denoise === 'function' ? 'a function without weights' : shown(denoise);
  throw new TypeError(`${caller}: ${name} must be a denoiser, as denoiser(network) makes it, got ${what}`);
}

/** Runs `make` and cleans up; the caller owns the estimate, whose tensors may be those that `make` was given. */
export function tidyEstimate(make: () => Estimate): Estimate {
  return tf.tidy(() => {
    const { x0, variance, share } = make();
    return {
      x0: x0.clone(),
      ...(variance && { variance: variance.clone() }),
      ...(share && { share: share.clone() }),
    } as unknown as tf.TensorContainer;
  }) as unknown as Estimate;
}
