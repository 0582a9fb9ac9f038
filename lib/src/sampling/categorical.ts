import { listenForStop } from '../backend/interrupt.js';
import { key, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkImageShape, checkPositive, checkWhole } from '../check.js';
import { checkPalette } from '../data/palette.js';
import { ranks } from '../degradations/chance.js';
import type { CategoricalDenoiser } from '../networks/categorical.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Images, ImageShape, Turn } from '../types.js';
import { lookAndDraw, type Look, type Looked, type Pixels } from './categorical-look.js';

/** Options of {@link sampleCategorical}. */
export interface CategoricalSampling {
  /** Predicts the probabilities of the colours of its palette. It is compiled. */
  network: CategoricalDenoiser;
  /**
   * The number of steps in which all pixels are revealed, from 1 to height·width. With one pixel a step, the sample is
   * drawn autoregressively.
   */
  steps: number;
  /** How many images. */
  count: number;
  /** Height, width and channels of the images; those of the network when left out. */
  shape?: ImageShape;
  /** Seed of the draws: draw 0 makes the order of the pixels, and the i-th prediction's colours are draw i. */
  seed?: number;
  /**
   * After i of n steps a share of (i/n)^power of the pixels is revealed (at least i pixels, and one in each step). 1,
   * the default, reveals the same number at each step; a higher one begins with few pixels, on which all others depend.
   */
  power?: number;
  /**
   * Logits are divided by it before a colour is drawn: 1, the default, draws from the predicted probabilities, less
   * prefers the probable colours. Two numbers: at the beginning, when all is hidden, and at the end; in between it is
   * linear in t.
   */
  temperature?: number | readonly [number, number];
  /**
   * Which pixels are revealed first: those of a `random` order, the default, or, at each step, those whose colour the
   * network is `surest` of, by the entropy of its prediction. What is revealed decides what comes next, and so the
   * product of all probabilities is still that of the image; and pixels of little entropy depend little on each other:
   * by no more than the sum of their entropies (Ben-Hamu et al. 2025, arXiv 2505.24857).
   */
  order?: 'random' | 'surest';
  /** Mends what was drawn, after all pixels are revealed. Not done when left out. */
  corrector?: Corrector;
}

/**
 * Goes over the finished image several times: hides a random part of the pixels, predicts them from all others, and
 * draws some of them anew (Gibbs sampling in blocks). Pixels that were drawn in the same step did not know of each
 * other; here each one is looked at once in a round, with nearly all of the image around it.
 */
export interface Corrector {
  /** How often each pixel is looked at. */
  rounds: number;
  /**
   * In how many parts the pixels of a round are hidden, one part at a time, and so how many predictions a round takes:
   * 8 by default.
   */
  parts?: number;
  /** As that of the sampler, for the redrawn pixels: 1 by default. */
  temperature?: number;
  /**
   * A pixel is drawn anew only when the probability of its colour is below this. 1, the default, redraws all: at
   * temperature 1 that leaves the distribution as it is, if the prediction is exact and the pixels hidden together are
   * independent.
   */
  below?: number;
}

/**
 * Reveals a draw, not an average: starts with all pixels hidden, and at each step reveals the next ones of a
 * random order by drawing their colours from the predicted probabilities; what is revealed is kept. With height·width
 * steps this is autoregressive sampling in random order, exact if the prediction is (Hoogeboom et al. 2021,
 * arXiv 2110.02037, Algorithm 1). With fewer steps the pixels of one step are drawn independently of each other.
 *
 * Yields the empty start, then a turn for each prediction: `z` is the image with hidden pixels in grey, `x0` beside the
 * revealed colours the mean of the predicted ones.
 *
 * ```ts
 * const network = categoricalUnet({ palette: fitPalette(data) });
 * for await (const { t, z, x0 } of sampleCategorical({ network, steps: 64, count: 16 })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleCategorical(options: CategoricalSampling): AsyncGenerator<Turn, void, void> {
  const { network, steps, count, seed = 1, power = 1, temperature = 1, order: chosen = 'random', corrector } = options;
  const { shape = network.shape } = options;
  if (!network?.palette)
    throw new TypeError('sampleCategorical: network must have a palette, as categoricalUnet() makes it');
  checkPalette('sampleCategorical', network.palette);
  if (!shape) throw new TypeError('sampleCategorical: shape must be given, for the network has none of its own');
  checkImageShape('sampleCategorical', 'shape', shape);
  const channels = network.palette[0].length;
  if (shape[2] !== channels)
    throw new RangeError(`sampleCategorical: shape must be [height, width, ${channels}], got [${shape.join(', ')}]`);
  checkWhole('sampleCategorical', 'count', count);
  checkWhole('sampleCategorical', 'seed', seed, 0);
  checkWhole('sampleCategorical', 'steps', steps);
  const pixels = shape[0] * shape[1];
  if (steps > pixels)
    throw new RangeError(
      `sampleCategorical: steps must be a whole number from 1 to the ${pixels} pixels, got ${steps}`,
    );
  const [warm, cool] = typeof temperature === 'number' ? [temperature, temperature] : temperature;
  checkPositive('sampleCategorical', { power, temperature: warm });
  checkPositive('sampleCategorical', { temperature: cool });
  checkChoice('sampleCategorical', 'order', chosen, ['random', 'surest']);
  if (corrector) checkCorrector(corrector, pixels);
  const surest = chosen === 'surest';
  const looks = [...revealing(steps, pixels, { power, warm, cool, surest }), ...correcting(corrector, pixels)];
  return run(network, [count, ...shape], seed, looks);
}

async function* run(
  network: CategoricalDenoiser,
  shape: [number, number, number, number],
  seed: number,
  looks: readonly Look[],
): AsyncGenerator<Turn, void, void> {
  const [batch, height, width] = shape;
  const name = 'sampleCategorical';
  const reorders = looks.some(({ surest }) => surest);
  const look = borrowCompiled(
    network,
    { name, parts: [height, width, reorders] },
    lookAndDraw(network, [height, width], reorders),
  );
  const stop = listenForStop();
  let rank: tf.Tensor3D | undefined;
  let colours: tf.Tensor3D | undefined;
  let z: Images | undefined;
  let x0: Images | undefined;
  let draws = 0;
  try {
    rank = order(seed, draws++, shape);
    colours = tf.zeros<tf.Rank.R3>([batch, height, width], 'int32');
    z = tf.fill<tf.Rank.R4>(shape, 0.5);
    yield { t: 1, z };
    for (const { first, end, keep, temperature, below, t, inNewOrder, surest } of looks) {
      await stop.turn();
      if (inNewOrder) {
        rank.dispose();
        rank = order(seed, draws++, shape);
      }
      const inputs: Pixels = { colours, rank };
      const numbers = [first, end, keep, temperature, below, surest ? 1 : 0];
      const next: Looked = tf.tidy(() => look.run(key(seed, draws++), inputs, tf.tensor1d(numbers)));
      tf.dispose([colours, z, x0]);
      ({ colours, z, x0 } = next);
      if (next.rank) {
        rank.dispose();
        rank = next.rank;
      }
      yield { t, z, x0 };
    }
  } finally {
    stop.close();
    tf.dispose([rank, colours, z, x0]);
    look.release();
  }
}

/** A random order of the pixels for each image: 0 for the one that is revealed last. */
function order(seed: number, draw: number, [batch, height, width]: number[]): tf.Tensor3D {
  return tf.tidy(() => tf.reshape(ranks(uniform(key(seed, draw), [batch, height * width])), [batch, height, width]));
}

/** The looks that reveal all pixels, those of the highest ranks first. */
function revealing(
  steps: number,
  pixels: number,
  { power, warm, cool, surest }: { power: number; warm: number; cool: number; surest: boolean },
): Look[] {
  const looks: Look[] = [];
  let hidden = pixels;
  for (let i = 1; i <= steps; i++) {
    // More pixels in each step than none, and all in the end.
    const wanted = Math.round(pixels * (i / steps) ** power);
    const keep = pixels - Math.min(pixels - (steps - i), Math.max(pixels - hidden + 1, wanted));
    const temperature = cool + ((warm - cool) * hidden) / pixels;
    looks.push({ first: 0, end: hidden, keep, temperature, below: 1, t: keep / pixels, surest });
    hidden = keep;
  }
  return looks;
}

/** The looks of a corrector: in each round, part after part of a new order is hidden and drawn again. */
function correcting(corrector: Corrector | undefined, pixels: number): Look[] {
  const looks: Look[] = [];
  const { rounds, parts = 8, temperature = 1, below = 1 } = corrector ?? { rounds: 0 };
  for (let round = 0; round < rounds; round++) {
    for (let part = 0; part < parts; part++) {
      const first = Math.round((part * pixels) / parts);
      const end = Math.round(((part + 1) * pixels) / parts);
      looks.push({ first, end, keep: first, temperature, below, t: 0, inNewOrder: part === 0 });
    }
  }
  return looks;
}

function checkCorrector({ rounds, parts = 8, temperature = 1, below = 1 }: Corrector, pixels: number): void {
  checkWhole('sampleCategorical', 'corrector.rounds', rounds, 0);
  checkWhole('sampleCategorical', 'corrector.parts', parts);
  if (parts > pixels)
    throw new RangeError(
      `sampleCategorical: corrector.parts must be a whole number from 1 to the ${pixels} pixels, got ${parts}`,
    );
  checkPositive('sampleCategorical', { 'corrector.temperature': temperature });
  if (!(below > 0 && below <= 1))
    throw new RangeError(`sampleCategorical: corrector.below must lie in (0, 1], got ${below}`);
}
