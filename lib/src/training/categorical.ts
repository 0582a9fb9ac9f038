import { crossEntropy } from '../backend/cross-entropy.js';
import { fromPalette, toPalette } from '../data/palette.js';
import { hide, reveal } from '../degradations/hide.js';
import type { CategoricalNetwork } from '../networks/categorical.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainCategorical}. */
export interface CategoricalTraining extends TrainingOptions {
  /** A network that predicts the probabilities of the colours of its palette. */
  network: CategoricalNetwork;
}

/**
 * Training to predict what hidden pixels could be: of each image, hide a random set of pixels, from one to all of them,
 * every number equally likely, and take the cross-entropy of the predicted probabilities with the colours of the hidden
 * pixels. Its mean over the hidden pixels is the loss: on average over the sets it is the negative log-likelihood per
 * pixel of drawing the image pixel by pixel in a random order (Hoogeboom et al. 2021, arXiv 2110.02037, eq. 3 and
 * Algorithm 2), which is diffusion with an absorbing state (Austin et al. 2021, arXiv 2107.03006).
 *
 * ```ts
 * const network = categoricalUnet({ palette: fitPalette(data) });
 * for await (const { step, loss } of trainCategorical({ network, data, steps: 3000 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainCategorical(options: CategoricalTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, data } = options;
  const { palette, shape } = Object(network) as CategoricalNetwork;
  if (!palette) throw new TypeError('trainCategorical: network must have a palette, as categoricalUnet() makes it');
  if (data?.shape?.join() !== shape.join())
    throw new RangeError(
      `trainCategorical: data must be images of [${shape}], as network takes them, got [${data?.shape}]`,
    );
  return descend('trainCategorical', {
    ...options,
    objective: (key, x0) => {
      const colours = toPalette(x0, palette);
      const { revealed, t, weights } = hide(key, colours.shape);
      return crossEntropy(network(reveal(fromPalette(colours, palette), revealed), t), colours, weights);
    },
  });
}
