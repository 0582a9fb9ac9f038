import { squaredLoss } from '../backend/ops.js';
import { splitKey, uniform } from '../backend/random.js';
import { still } from '../backend/still.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkWhole } from '../check.js';
import { checkBelongs } from '../degradations/belonging.js';
import type { Network } from '../networks/network.js';
import { noise } from '../networks/targets.js';
import { halves, learnedVariance } from '../networks/variance.js';
import { reverseStep, stepDivergence } from '../sampling/rules.js';
import type { Gaussian, Images, Key, NoiseDraw, Target } from '../types.js';
import { descend, type TrainingOptions, type TrainingProgress } from './train.js';

/** Options of {@link trainHybrid}. */
export interface HybridTraining extends TrainingOptions {
  /** Of twice as many outputs as the images have channels, and no bound on them. */
  network: Network;
  degradation: Gaussian;
  /** What the first half of the answer is: the noise when left out. */
  target?: Target<NoiseDraw>;
  /** How many steps the chain has whose bound is made small: 1,000 by default. */
  chain?: number;
  /**
   * `hybrid` (the default): the squared error teaches the mean, and a thousandth of the bound the variance alone.
   * `bound`: the bound teaches both.
   */
  objective?: 'hybrid' | 'bound';
  /**
   * How often each part of the chain is trained on, from little noise to much, in parts of equal length: in proportion
   * to the root of the mean square of its terms it makes the bound least noisy (Nichol and Dhariwal 2021, section 3.3).
   * What comes more often counts less, so that the loss stays the same on average. All alike when left out.
   */
  chances?: readonly number[];
}

/** The share of the bound in the hybrid objective, whose bound is a sum over the chain in nats for each value. */
const SHARE = 0.001;

/**
 * Training of a denoiser that says the variance of its steps (Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 16):
 * L_simple + 0.001·L_vlb, where the bound's gradient reaches the variance alone. `learnedVariance(target)` reads what
 * it learns. The decoder's term, the step to no noise, is left out.
 *
 * ```ts
 * const degradation = gaussian();
 * const network = residualUnet({ outputs: 6, output: 'linear' });
 * for await (const { loss } of trainHybrid({ network, data, degradation, steps: 3000 })) …
 * const denoise = denoiser(network, { target: learnedVariance(noise(degradation)) });
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Diverged} when a loss is not finite
 * @throws {Interrupted} after the step during which stop was pressed; the weights stay usable
 */
export function trainHybrid(options: HybridTraining): AsyncGenerator<TrainingProgress, void, void> {
  const { network, degradation, chain = 1000, objective = 'hybrid', chances = [1] } = options;
  const target = options.target ?? noise(degradation);
  checkBelongs('trainHybrid', 'target', target.degradation, degradation);
  checkWhole('trainHybrid', 'chain', chain, 2);
  checkChoice('trainHybrid', 'objective', objective, ['hybrid', 'bound']);
  if (chances.length === 0 || !chances.every((chance) => chance > 0 && Number.isFinite(chance)))
    throw new RangeError(`trainHybrid: chances must be numbers above 0, got [${chances.join(', ')}]`);
  const reading = learnedVariance(target);
  return descend('trainHybrid', {
    ...options,
    objective: (key: Key, x0: Images) => {
      const [levelKey, drawKey] = splitKey(key, 2);
      const { step, weight } = chosenSteps(levelKey, x0.shape[0], chain, chances);
      const t = tf.div<tf.Tensor1D>(step, chain);
      const s = tf.div<tf.Tensor1D>(tf.sub(step, 1), chain);
      const draw = degradation.draw(drawKey, x0.shape);
      const z = degradation.at(draw, x0, t);
      const [seen, told] = target.ask ? target.ask(z, t) : [z, t];
      const said = network(seen, told);
      const [answer] = halves(said, z);
      const estimate = reading.read(said, z, t);
      if (objective === 'hybrid') estimate.x0 = still(estimate.x0);
      const nats = stepDivergence(reverseStep(degradation, t, s), { degradation, x0, estimate, variance: 'learned' });
      const values = x0.size / x0.shape[0];
      // A sum over the chain: each step that is looked at stands for all of them.
      const bound = tf.mul(tf.mean(tf.mul(nats, weight)), (chain - 1) / values) as tf.Scalar;
      if (objective === 'bound') return bound;
      return tf.add<tf.Scalar>(squaredLoss(answer, target.of({ x0, z, t, draw })), tf.mul(bound, SHARE));
    },
  });
}

/** Steps 2 … chain for a batch, each part of them as often as its chance says, and the weights that make up for it. */
function chosenSteps(key: Key, batch: number, chain: number, chances: readonly number[]) {
  const parts = chances.length;
  const sum = chances.reduce((a, b) => a + b, 0);
  const ends = chances.map((_, i) => chances.slice(0, i + 1).reduce((a, b) => a + b, 0) / sum);
  const u = tf.reshape(uniform<tf.Rank.R1>(key, [batch]), [batch, 1]);
  // How much of each part lies below u: whole parts, and a share of the one that u falls into.
  const starts = tf.tensor2d([0, ...ends.slice(0, -1)], [1, parts]);
  const widths = tf.tensor2d(
    chances.map((chance) => chance / sum),
    [1, parts],
  );
  const inside = tf.clipByValue(tf.div(tf.sub(u, starts), widths), 0, 1);
  const place = tf.div(tf.sum(inside, 1), parts);
  const isPart = tf.mul(
    tf.cast(tf.greaterEqual(u, starts), 'float32'),
    tf.cast(tf.less(u, tf.add(starts, widths)), 'float32'),
  );
  const weight = tf.sum(tf.mul(isPart, tf.div(1 / parts, widths)), 1) as tf.Tensor1D;
  const step = tf.minimum(tf.add(2, tf.floor(tf.mul(place, chain - 1))), chain) as tf.Tensor1D;
  return { step, weight };
}
