import { isFused } from '../backend/fused.js';
import { isNative, float32, nativeOp, nativeOps } from '../backend/native-op.js';
import { freeTapeOnError } from '../backend/tape.js';
import { tf } from '../backend/tf.js';
import { checkNumber, shown } from '../check.js';

/** Options of {@link Adam}; every one has a default. */
export interface AdamOptions {
  /** Step size: 1e-3 by default. A function of the number of steps taken so far makes a schedule. */
  rate?: number | ((step: number) => number);
  /** Share of the old mean of the gradient that a step keeps: 0.9 by default. */
  beta1?: number;
  /** Share of the old mean of the squared gradient that a step keeps: 0.999 by default. */
  beta2?: number;
  /** Added to the root of the mean square, against division by 0: 1e-7 by default. */
  epsilon?: number;
  /** The largest length of the whole gradient; a longer one is shortened to it. Not limited when left out. */
  clip?: number;
  /** The rate grows from 0 to its value over this many steps: 0 by default. */
  warmup?: number;
  /** Keeps averages of the weights, of which a step keeps this share, for example 0.999. None when left out. */
  average?: number;
}

/**
 * The optimiser Adam (Kingma and Ba 2015, arXiv 1412.6980, Algorithm 1), with the numbers of `tf.train.adam`, and with
 * gradient clipping, warm-up, and an average of the weights if wanted.
 *
 * ```ts
 * const adam = new Adam(network.weights, { rate: 1e-3 });
 * const loss = adam.minimize(() => squaredLoss(network(z, t), x0));
 * ```
 * Everything that changes from step to step is in {@link Adam.state}, so that `minimize` can be part of a compiled
 * function, and training can go on later. Only a rate that is a function must then be fed: see {@link Adam.nextRate}.
 */
export class Adam {
  /** What the weights are averaged to, in their order; empty without the option `average`. */
  readonly averaged: tf.Variable[];
  /** All variables but the weights that a step changes: saved with the weights, they resume the training. */
  readonly state: tf.Variable[];
  readonly #weights: tf.Variable[];
  readonly #options: Required<Omit<AdamOptions, 'clip' | 'average'>> & Pick<AdamOptions, 'clip' | 'average'>;
  readonly #step: tf.Variable<tf.Rank.R0>;
  /** Σ β1^(n−i)·gᵢ and Σ β2^(n−i)·gᵢ², all weights in one vector: the algorithm's m/(1 − β1) and v/(1 − β2). */
  readonly #first: tf.Variable<tf.Rank.R1>;
  readonly #second: tf.Variable<tf.Rank.R1>;
  /** The weights' own values, while the averages are in use. */
  #own: tf.Tensor[] | undefined;

  /**
   * @param weights the variables to change
   * @throws {RangeError} when there are no weights, or an option is out of range
   */
  constructor(weights: tf.Variable[], options: AdamOptions = {}) {
    const { rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, clip, warmup = 0, average } = options;
    this.#options = { rate, beta1, beta2, epsilon, clip, warmup, average };
    check(weights, this.#options);
    this.#weights = [...weights];
    const size = weights.reduce((sum, { size }) => sum + size, 0);
    const state = <R extends tf.Rank>(make: () => tf.Tensor<R>) => tf.tidy(() => tf.variable(make(), false));
    this.#step = state(() => tf.scalar(0));
    this.#first = state(() => tf.zeros<tf.Rank.R1>([size]));
    this.#second = state(() => tf.zeros<tf.Rank.R1>([size]));
    this.averaged = average === undefined ? [] : weights.map((weight) => state(() => tf.clone(weight)));
    this.state = [this.#step, this.#first, this.#second, ...this.averaged];
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#step.dataSync()[0];
  }

  /**
   * The rate of the next step, before warm-up. A compiled function whose rate is a schedule is fed it, as an input:
   * `const learn = compile((rate, …) => adam.minimize(loss, rate), …)`, then `learn(tf.scalar(adam.nextRate()), …)`.
   * @throws {RangeError} when the schedule gives no finite number of at least 0
   */
  nextRate(): number {
    const { rate } = this.#options;
    return typeof rate === 'number' ? rate : rateAt(rate, this.steps);
  }

  /** {@link Adam.nextRate} for loops: what is read is awaited, so that a graphics card is not held up. */
  async awaitRate(): Promise<number> {
    const { rate } = this.#options;
    return typeof rate === 'number' ? rate : rateAt(rate, (await this.#step.data())[0]);
  }

  /**
   * Takes one step that lowers `loss`. Where the gradient is not finite, or too long for its square to be, the step is
   * not taken: the weights and the state stay as they are, and the loss that is returned is NaN. So whoever looks at
   * the losses need not look at anything else.
   * @param loss a function that computes a scalar from the weights
   * @param rate the rate of this step, where it is an input of a compiled function
   * @returns the loss before the step; the caller disposes of it
   * @throws {Error} when the optimiser or its weights have been disposed of
   */
  minimize(loss: () => tf.Scalar, rate?: tf.Scalar): tf.Scalar {
    this.#checkAlive('Adam');
    return tf.tidy(() => {
      const { value, gradients } = this.#gradients(loss);
      const taken = this.#take(gradients, rate);
      return tf.where(taken, value, NaN) as tf.Scalar;
    });
  }

  /**
   * The first half of {@link Adam.minimize}, where the second is taken with the mean of several of these.
   * @param loss a function that computes a scalar from the weights
   * @returns the loss, and behind it the whole gradient: `[1 + all weights]`
   * @throws {Error} when the optimiser or its weights have been disposed of
   */
  gradient(loss: () => tf.Scalar): tf.Tensor1D {
    this.#checkAlive('Adam');
    return tf.tidy(() => {
      const { value, gradients } = this.#gradients(loss);
      return tf.concat1d([tf.reshape<tf.Rank.R1>(value, [1]), gradients]);
    });
  }

  /**
   * The second half of {@link Adam.minimize}.
   * @param gradient a loss and its gradient, as {@link Adam.gradient} gives them; it stays the caller's
   * @param rate as in {@link Adam.minimize}
   * @returns the loss, or NaN where the step was not taken
   * @throws {Error} when the optimiser or its weights have been disposed of
   */
  take(gradient: tf.Tensor1D, rate?: tf.Scalar): tf.Scalar {
    this.#checkAlive('Adam');
    return tf.tidy(() => {
      const [loss, flat] = tf.split(gradient, [1, this.#first.size]);
      return tf.where(this.#take(flat as tf.Tensor1D, rate), tf.reshape(loss, []), NaN) as tf.Scalar;
    });
  }

  /**
   * Takes one step with gradients that have been computed already. As with {@link Adam.minimize} it is not taken where
   * they are not finite; {@link Adam.steps} tells.
   * @param gradients one for each weight, in their order; they stay the caller's
   * @param rate as in {@link Adam.minimize}
   * @throws {RangeError} when a gradient is missing or has another shape than its weight
   * @throws {Error} when the optimiser or its weights have been disposed of
   */
  apply(gradients: tf.Tensor[], rate?: tf.Scalar): void {
    this.#checkAlive('Adam');
    this.#checkGradients(gradients);
    tf.tidy(() => {
      this.#take(inOneVector(gradients), rate);
    });
  }

  /**
   * Checks, before a training begins, that this is an optimiser of the weights that are to learn. It may be one of some
   * of them only.
   * @param caller what the error begins with
   * @throws {Error} when it or its weights have been disposed of, or when a weight of it is not among `weights`
   */
  checkFor(caller: string, weights: readonly tf.Variable[]): void {
    const stranger = this.#weights.find((weight) => !weights.includes(weight));
    if (stranger)
      throw new Error(
        `${caller}: optimizer belongs to other weights than those that are trained, among which there is no ` +
          `'${stranger.name}' [${stranger.shape}]; make a new one: new Adam(network.weights)`,
      );
    this.#checkAlive(`${caller}: optimizer`);
  }

  /**
   * Gives the weights the values of their averages.
   *
   * ```ts
   * const goBack = adam.useAverages();
   * … // samples of the averaged weights
   * goBack(); // the training goes on where it was
   * ```
   * Until then no step can be taken. Without going back, {@link Adam.dispose} leaves the averages in the weights.
   * @returns what gives the weights their own values again; once is enough
   * @throws {Error} without the option `average`, when the averages are in use already, or when the optimiser or its
   * weights have been disposed of
   */
  useAverages(): () => void {
    this.#checkAlive('useAverages');
    if (this.#options.average === undefined)
      throw new Error('useAverages: this optimiser keeps no averages; new Adam(weights, { average: 0.999 }) does');
    const own = this.#weights.map((weight) => tf.keep(weight.clone()));
    this.#own = own;
    this.#weights.forEach((weight, i) => weight.assign(this.averaged[i]));
    return () => {
      if (this.#own !== own) return;
      this.#own = undefined;
      this.#weights.forEach((weight, i) => {
        if (!weight.isDisposed) weight.assign(own[i]);
      });
      tf.dispose(own);
    };
  }

  /** Disposes of the state; the weights stay. */
  dispose(): void {
    tf.dispose(this.state);
    tf.dispose(this.#own);
    this.#own = undefined;
  }

  /** A loss and its gradients, all in one vector. */
  #gradients(loss: () => tf.Scalar): { value: tf.Scalar; gradients: tf.Tensor1D } {
    const { value, grads } = freeTapeOnError(() => tf.variableGrads(loss, this.#weights));
    return { value, gradients: inOneVector(this.#weights.map((weight) => grads[weight.name] ?? tf.zerosLike(weight))) };
  }

  /** Takes the step if the gradients are finite, and returns whether they are. */
  #take(flat: tf.Tensor1D, rate?: tf.Scalar): tf.Scalar {
    const { beta1, beta2, epsilon, clip } = this.#options;
    const square = squaredLength(flat);
    const taken = tf.isFinite(square);
    const shortened = clip === undefined ? 1 : tf.div(clip, tf.maximum(tf.sqrt(square), clip));
    const g = scaled(flat, tf.where(taken, shortened, 0));
    // Of a step that is not taken, the memory keeps everything, and the weights move by nothing.
    const [keep1, keep2] = [beta1, beta2].map((beta) => tf.where(taken, beta, 1));
    const one = tf.cast(taken, 'float32');
    // Kingma and Ba, end of section 2: Δ = −α·√(1 − β2ⁿ)/(1 − β1ⁿ) · m/(√v + ε·√(1 − β2ⁿ)).
    const step = tf.add(this.#step, 1) as tf.Scalar;
    const correction1 = tf.div(1 - beta1, complement(beta1, step));
    const correction2 = tf.sqrt(tf.mul(complement(beta2, step), 1 / (1 - beta2)));
    const size = tf.mul(this.#rate(step, rate), tf.mul(correction1, correction2));
    const factor = tf.neg(tf.mul(size, one)); // of the change
    const offset = tf.mul(correction2, epsilon);
    const share = this.#share(step, one);
    this.#step.assign(tf.add(this.#step, one) as tf.Scalar);
    if (isFused()) {
      this.#moveAll(g, { keep1, keep2, offset, factor, share: share ?? one });
      return taken as tf.Scalar;
    }
    const first = tf.add(tf.mul(this.#first, keep1), g);
    const second = tf.add(tf.mul(this.#second, keep2), tf.square(g));
    this.#first.assign(first as tf.Tensor1D);
    this.#second.assign(second as tf.Tensor1D);
    this.#move(tf.mul(tf.div(first, tf.add(tf.sqrt(second), offset)), factor), share);
    return taken as tf.Scalar;
  }

  #rate(step: tf.Scalar, fed?: tf.Scalar): tf.Scalar {
    const { warmup } = this.#options;
    const rate = fed ?? tf.scalar(this.nextRate());
    return warmup > 0 ? tf.mul(rate, tf.minimum(tf.mul(step, 1 / warmup), 1)) : rate;
  }

  /**
   * How far the averages follow the weights. In the first steps an average forgets faster, or it would be the initial
   * weights for long (as TensorFlow's own does).
   */
  #share(step: tf.Scalar, taken: tf.Tensor): tf.Tensor | undefined {
    const { average } = this.#options;
    if (average === undefined) return undefined;
    const kept = tf.minimum(average, tf.div(tf.add(step, 1), tf.add(step, 10)));
    return tf.mul(tf.sub(1, kept), taken);
  }

  /** The memories, the weights and their averages, all in one operation that rounds as those of the long way do. */
  #moveAll(g: tf.Tensor1D, factors: Record<'keep1' | 'keep2' | 'offset' | 'factor' | 'share', tf.Tensor>): void {
    const { keep1, keep2, offset, factor, share } = factors;
    const changed = [this.#first, this.#second, ...this.#weights, ...this.averaged];
    const inputs = [g, this.#first, this.#second, keep1, keep2, offset, factor, share, ...changed.slice(2)];
    const sizes = { count: this.#weights.length, averaged: this.averaged.length };
    const values = nativeOps('NaiveDiffusionAdam', inputs, sizes, changed.length);
    for (const [i, variable] of changed.entries()) variable.assign(values[i]);
  }

  /** Adds the change to the weights, and to their averages their share of what the weights are ahead. */
  #move(change: tf.Tensor, share: tf.Tensor | undefined): void {
    const changes = tf.split(
      change,
      this.#weights.map(({ size }) => size),
    );
    this.#weights.forEach((weight, i) => {
      weight.assign(tf.add(weight, tf.reshape(changes[i], weight.shape)));
      if (share) this.averaged[i].assign(tf.add(this.averaged[i], tf.mul(tf.sub(weight, this.averaged[i]), share)));
    });
  }

  #checkAlive(caller: string): void {
    if (this.#step.isDisposed) throw new Error(`${caller}: the optimiser has been disposed of`);
    const gone = this.#weights.find((weight) => weight.isDisposed);
    if (gone)
      throw new Error(
        `${caller}: the weights, '${gone.name}' [${gone.shape}] among them, have been disposed of; make a new Adam for new weights`,
      );
    if (this.#own) throw new Error(`${caller}: the averages are in use; call what useAverages returned before`);
  }

  #checkGradients(gradients: tf.Tensor[]): void {
    if (gradients.length !== this.#weights.length)
      throw new RangeError(
        `apply: gradients must be one for each of the ${this.#weights.length} weights, got ${gradients.length}`,
      );
    gradients.forEach(({ shape }, i) => {
      const weight = this.#weights[i];
      if (!tf.util.arraysEqual(shape, weight.shape))
        throw new RangeError(`apply: the gradient of ${weight.name} must have shape [${weight.shape}], got [${shape}]`);
    });
  }
}

function inOneVector(gradients: tf.Tensor[]): tf.Tensor1D {
  return tf.concat1d(gradients.map((gradient) => tf.reshape<tf.Rank.R1>(gradient, [-1])));
}

/** 1 − β^n, without the rounding of a β^n that is close to 1. */
function complement(beta: number, n: tf.Scalar): tf.Scalar {
  return tf.neg(tf.expm1(tf.mul(n, Math.log(beta)) as tf.Scalar));
}

/** Σ v². Nothing is cheaper that shows whether each of the numbers is finite. */
function squaredLength(vector: tf.Tensor1D): tf.Scalar {
  if (!isNative()) return tf.sum(tf.square(vector)) as tf.Scalar;
  return tf.mul(nativeOp('L2Loss', [vector], { T: float32 }), 2) as tf.Scalar; // that is half the sum
}

/** The vector times the factor; 0 where that is 0, whatever the vector holds. */
function scaled(vector: tf.Tensor1D, factor: tf.Tensor): tf.Tensor1D {
  if (isNative()) return nativeOp('MulNoNan', [vector, factor], { T: float32 });
  return tf.where(tf.equal(factor, 0), tf.zerosLike(vector), tf.mul(vector, factor)) as tf.Tensor1D;
}

function check(weights: tf.Variable[], { rate, beta1, beta2, epsilon, clip, warmup, average }: AdamOptions): void {
  if (!Array.isArray(weights)) throw new TypeError(`Adam: weights must be a list of variables, got ${shown(weights)}`);
  if (weights.length === 0) throw new RangeError('Adam: weights must not be empty');
  if (typeof rate !== 'function')
    checkNumber('Adam', 'rate', rate, (n) => n > 0 && n < Infinity, 'be a number above 0 or a function');
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    checkNumber('Adam', name, beta, (n) => n > 0 && n < 1, 'lie between 0 and 1');
  checkNumber('Adam', 'epsilon', epsilon, (n) => n > 0, 'be above 0');
  if (clip !== undefined) checkNumber('Adam', 'clip', clip, (n) => n > 0, 'be above 0');
  checkNumber('Adam', 'warmup', warmup, (n) => n >= 0, 'be at least 0');
  if (average !== undefined) checkNumber('Adam', 'average', average, (n) => n >= 0 && n < 1, 'lie in [0, 1)');
}

/** What a schedule says after so many steps. */
function rateAt(rate: (step: number) => number, steps: number): number {
  const next = rate(steps);
  if (!(next >= 0 && next < Infinity))
    throw new RangeError(`Adam: rate must give finite numbers of at least 0, got ${next} after ${steps} steps`);
  return next;
}
