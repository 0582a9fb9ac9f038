import { listenForStop } from '../backend/interrupt.js';
import { key, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { checkPalette, fromPalette } from '../data/palette.js';
import { ranks } from '../degradations/chance.js';
import { reveal, type CategoricalDenoiser } from '../networks/categorical.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Images, Key, Turn } from '../types.js';

/** Options of {@link sampleCategorical}. */
export interface CategoricalSampling {
  /**
   * A denoiser that predicts the probabilities of the colours of its palette. A network is compiled; any other function
   * is called as it is.
   */
  network: CategoricalDenoiser & { readonly weights?: tf.Variable[] };
  /**
   * The number of steps in which all pixels are revealed, from 1 to height·width. With one pixel a step, the sample is
   * drawn autoregressively.
   */
  S: number;
  /** `[batch, height, width, channels]` of the samples. */
  shape: [number, number, number, number];
  /** Seed of the draws: draw 0 makes the order of the pixels, and the i-th prediction's colours are draw i. */
  seed?: number;
  /**
   * After i of S steps a share of (i/S)^power of the pixels is revealed (at least i pixels, and one in each step). 1,
   * the default, reveals the same number at each step; a higher one begins with few pixels, on which all others depend.
   */
  power?: number;
  /**
   * Logits are divided by it before a colour is drawn: 1, the default, draws from the predicted probabilities, less
   * prefers the probable colours. Two numbers: at the beginning, when all is hidden, and at the end; in between it is
   * linear in t.
   */
  temperature?: number | readonly [number, number];
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
 * Reveals a draw, not an average: starts with all pixels hidden, and at each of S steps reveals the next ones of a
 * random order by drawing their colours from the predicted probabilities; what is revealed is kept. With S =
 * height·width this is autoregressive sampling in random order, exact if the prediction is (Hoogeboom et al. 2021,
 * arXiv 2110.02037, Algorithm 1). With fewer steps the pixels of one step are drawn independently of each other.
 *
 * Yields the empty start, then a turn for each prediction: `z` is the image with hidden pixels in grey, `x0` beside the
 * revealed colours the mean of the predicted ones.
 *
 * ```ts
 * for await (const { t, z, x0 } of sampleCategorical({ network, S: 64, shape: [16, 32, 32, 3] })) …
 * ```
 * @throws {RangeError | TypeError} at the call, when an option is out of range
 * @throws {Interrupted} after the step during which stop was pressed
 */
export function sampleCategorical(options: CategoricalSampling): AsyncGenerator<Turn, void, void> {
  const { network, S, shape, power = 1, temperature = 1, corrector } = options;
  if (network.predicts !== 'logits')
    throw new TypeError(`sampleCategorical: network must predict 'logits', got '${String(network.predicts)}'`);
  checkPalette('sampleCategorical', network.palette);
  const channels = network.palette[0].length;
  if (shape.length !== 4 || !shape.every((n) => Number.isInteger(n) && n > 0) || shape[3] !== channels)
    throw new RangeError(`sampleCategorical: shape must be [batch, height, width, ${channels}], got [${shape}]`);
  const pixels = shape[1] * shape[2];
  if (!Number.isInteger(S) || S < 1 || S > pixels)
    throw new RangeError(`sampleCategorical: S must be a whole number from 1 to the ${pixels} pixels, got ${S}`);
  checkPositive('power', power);
  for (const value of [temperature].flat()) checkPositive('temperature', value);
  if (corrector) checkCorrector(corrector, pixels);
  return run(options);
}

async function* run({
  network,
  S,
  shape,
  seed = 1,
  power = 1,
  temperature = 1,
  corrector,
}: CategoricalSampling): AsyncGenerator<Turn, void, void> {
  const [batch, height, width] = shape;
  const pixels = height * width;
  const [warm, cool] =
    [temperature].flat().length === 2
      ? (temperature as [number, number])
      : ([temperature, temperature] as [number, number]);
  const counts = revealed(S, pixels, power);
  const stop = listenForStop();
  const look = borrowCompiled(network, { name: 'sampleCategorical', variant: shape }, lookAt(network, [height, width]));
  let rank = tf.tidy(() => order(key(seed, 0), shape));
  let colours = tf.zeros<tf.Rank.R3>([batch, height, width], 'int32');
  let z: Images | undefined = tf.fill(shape, 0.5);
  let x0: Images | undefined;
  let index = 1;
  /**
   * Hides the pixels of ranks from `from` up to but not including `hidden`, and draws those of them from rank `keep`
   * on.
   */
  const turn = (o: {
    from: number;
    hidden: number;
    keep: number;
    temperature: number;
    below: number;
    t: number;
  }): Turn => {
    const next = tf.tidy(() =>
      look.run(key(seed, index++), colours, rank, tf.tensor1d([o.from, o.hidden, o.keep, o.temperature, o.below])),
    );
    tf.dispose([colours, z, x0]);
    ({ colours, z, x0 } = next);
    return { t: o.t, z, x0 };
  };
  try {
    yield { t: 1, z };
    for (let i = 0; i < S; i++) {
      await stop.turn();
      const [hidden, keep] = [pixels - (counts[i - 1] ?? 0), pixels - counts[i]];
      yield turn({
        from: 0,
        hidden,
        keep,
        temperature: cool + ((warm - cool) * hidden) / pixels,
        below: 1,
        t: keep / pixels,
      });
    }
    const { rounds, parts = 8, temperature: mend = 1, below = 1 } = corrector ?? { rounds: 0 };
    for (let round = 0; round < rounds; round++) {
      rank.dispose();
      rank = tf.tidy(() => order(key(seed, index++), shape));
      for (let part = 0; part < parts; part++) {
        await stop.turn();
        const [from, hidden] = [part, part + 1].map((n) => Math.round((n * pixels) / parts));
        yield turn({ from, hidden, keep: from, temperature: mend, below, t: 0 });
      }
    }
  } finally {
    stop.close();
    tf.dispose([rank, colours, z, x0]);
    look.release();
  }
}

/**
 * One prediction, and what is drawn from it; `range` holds the numbers that change from step to step, as `turn` names
 * them.
 */
function lookAt(network: CategoricalSampling['network'], [height, width]: [number, number]) {
  const { palette } = network;
  return (stepKey: Key, colours: tf.Tensor3D, rank: tf.Tensor3D, range: tf.Tensor1D) => {
    const [from, end, keep, temperature, below] = tf.unstack(range);
    const hidden = tf.logicalAnd(tf.greaterEqual(rank, from), tf.less(rank, end));
    const known = fromPalette(colours, palette);
    const t = tf.tile(tf.reshape(tf.div(tf.sub(end, from), height * width), [1]), [colours.shape[0]]) as tf.Tensor1D;
    const shown = tf.expandDims(tf.sub(1, tf.cast(hidden, 'float32')), 3) as tf.Tensor4D;
    const logits = network(reveal(known, shown), t);
    const probabilities = tf.softmax(logits);
    const drawn = draw(stepKey, tf.softmax(tf.div(logits, temperature)) as tf.Tensor4D);
    const current = tf.sum(tf.mul(probabilities, tf.oneHot(colours, palette.length)), 3);
    const redraw = tf.logicalAnd(
      tf.logicalAnd(hidden, tf.greaterEqual(rank, keep)),
      tf.logicalOr(tf.greaterEqual(below, 1), tf.less(current, below)),
    );
    const next = tf.where(redraw, drawn, colours);
    // Pixels below `keep` are still hidden: grey in z.
    const visible = tf.expandDims(
      tf.cast(tf.logicalOr(tf.logicalNot(hidden), tf.greaterEqual(rank, keep)), 'float32'),
      3,
    );
    const mean = tf.reshape(
      tf.matMul(tf.reshape(probabilities, [-1, palette.length]), tf.tensor2d(palette as number[][])),
      known.shape,
    );
    return {
      colours: next,
      z: tf.add(tf.mul(fromPalette(next, palette), visible), tf.mul(0.5, tf.sub(1, visible))) as Images,
      x0: tf.add(tf.mul(known, shown), tf.mul(mean, tf.sub(1, shown))) as Images,
    };
  };
}

/**
 * One of n numbers for each pixel, by the inverse of the cumulative distribution: `[batch, height, width, n]` → int32
 * `[batch, height, width]`.
 */
function draw(key: Key, probabilities: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, n] = probabilities.shape;
  const cumulative = tf.cumsum(probabilities, 3);
  const total = tf.slice(cumulative, [0, 0, 0, n - 1], [-1, -1, -1, 1]); // 1 but for rounding
  const passed = tf.lessEqual(
    tf.slice(cumulative, 0, [batch, height, width, n - 1]),
    tf.mul(uniform(key, [batch, height, width, 1]), total),
  );
  return tf.sum(tf.cast(passed, 'int32'), 3);
}

/** A random order of the pixels for each image: 0 for the one that is revealed last. */
function order(key: Key, [batch, height, width]: number[]): tf.Tensor3D {
  return tf.reshape(ranks(uniform(key, [batch, height * width])), [batch, height, width]);
}

/** How many pixels are revealed after each of S steps: more in each, and all in the end. */
function revealed(S: number, pixels: number, power: number): number[] {
  const counts: number[] = [];
  for (let i = 1; i <= S; i++) {
    const wanted = Math.round(pixels * (i / S) ** power);
    counts.push(Math.min(pixels - (S - i), Math.max((counts[i - 2] ?? 0) + 1, wanted)));
  }
  return counts;
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new RangeError(`sampleCategorical: ${name} must be above 0, got ${value}`);
}

function checkCorrector({ rounds, parts = 8, temperature = 1, below = 1 }: Corrector, pixels: number): void {
  if (!Number.isInteger(rounds) || rounds < 0)
    throw new RangeError(`sampleCategorical: corrector.rounds must be a whole number of at least 0, got ${rounds}`);
  if (!Number.isInteger(parts) || parts < 1 || parts > pixels)
    throw new RangeError(
      `sampleCategorical: corrector.parts must be a whole number from 1 to the ${pixels} pixels, got ${parts}`,
    );
  checkPositive('corrector.temperature', temperature);
  if (!(below > 0 && below <= 1))
    throw new RangeError(`sampleCategorical: corrector.below must lie in (0, 1], got ${below}`);
}
