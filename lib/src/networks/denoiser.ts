import { tf } from '../backend/tf.js';
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
 */
export function denoiser(network: Network, { target = clean }: { target?: Target } = {}): Denoiser {
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
  const denoiserOfBoth = Object.assign(denoise, { weights: network.weights, shape: network.shape });
  known.set(target, denoiserOfBoth);
  return denoiserOfBoth;
}

/** Runs `make` and cleans up; the caller owns the estimate, whose tensors may be those that `make` was given. */
export function tidyEstimate(make: () => Estimate): Estimate {
  return tf.tidy(() => {
    const { x0, logVariance } = make();
    return {
      x0: x0.clone(),
      ...(logVariance && { logVariance: logVariance.clone() }),
    } as unknown as tf.TensorContainer;
  }) as unknown as Estimate;
}
