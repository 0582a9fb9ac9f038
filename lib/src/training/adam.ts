import { isNative, float32, nativeOp } from '../backend/native-op.js';
import { tf } from '../backend/tf.js';

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
   */
  nextRate(): number {
    const { rate } = this.#options;
    return typeof rate === 'number' ? rate : rate(this.steps);
  }

  /**
   * Takes one step that lowers `loss`.
   * @param loss a function that computes a scalar from the weights
   * @param rate the rate of this step, where it is an input of a compiled function
   * @returns the loss before the step; the caller disposes of it
   */
  minimize(loss: () => tf.Scalar, rate?: tf.Scalar): tf.Scalar {
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => freeTapeOnError(loss), this.#weights);
      this.apply(
        this.#weights.map((weight) => grads[weight.name] ?? tf.zerosLike(weight)),
        rate,
      );
      return value;
    });
  }

  /**
   * Takes one step with gradients that have been computed already.
   * @param gradients one for each weight, in their order; they stay the caller's
   * @param rate as in {@link Adam.minimize}
   * @throws {RangeError} when a gradient is missing or has another shape than its weight
   */
  apply(gradients: tf.Tensor[], rate?: tf.Scalar): void {
    this.#checkGradients(gradients);
    const { beta1, beta2, epsilon, clip } = this.#options;
    tf.tidy(() => {
      const flat = tf.concat(gradients.map((gradient) => tf.reshape(gradient, [-1]))) as tf.Tensor1D;
      const g = clip === undefined ? flat : shorten(flat, clip);
      const step = tf.add(this.#step, 1) as tf.Scalar;
      const first = tf.add(tf.mul(this.#first, beta1), g);
      const second = tf.add(tf.mul(this.#second, beta2), tf.square(g));
      // Kingma and Ba, end of section 2: Δ = −α·√(1 − β2ⁿ)/(1 − β1ⁿ) · m/(√v + ε·√(1 − β2ⁿ)).
      const correction1 = tf.div(1 - beta1, complement(beta1, step));
      const correction2 = tf.sqrt(tf.div(complement(beta2, step), 1 - beta2));
      const size = tf.mul(this.#rate(step, rate), tf.mul(correction1, correction2));
      const change = tf.mul(tf.div(first, tf.add(tf.sqrt(second), tf.mul(correction2, epsilon))), tf.neg(size));
      this.#step.assign(step);
      this.#first.assign(first as tf.Tensor1D);
      this.#second.assign(second as tf.Tensor1D);
      this.#move(change, step);
    });
  }

  /** Disposes of the state; the weights stay. */
  dispose(): void {
    tf.dispose(this.state);
  }

  #rate(step: tf.Scalar, fed?: tf.Scalar): tf.Scalar {
    const { warmup } = this.#options;
    const rate = fed ?? tf.scalar(this.nextRate());
    return warmup > 0 ? tf.mul(rate, tf.minimum(tf.div(step, warmup), 1)) : rate;
  }

  /** Adds the change to the weights, and the weights to their averages. */
  #move(change: tf.Tensor, step: tf.Scalar): void {
    const { average } = this.#options;
    const changes = tf.split(
      change,
      this.#weights.map(({ size }) => size),
    );
    // In the first steps an average forgets faster, or it would be the initial weights for long (as TensorFlow's own
    // does).
    const share =
      average === undefined ? undefined : tf.sub(1, tf.minimum(average, tf.div(tf.add(step, 1), tf.add(step, 10))));
    this.#weights.forEach((weight, i) => {
      weight.assign(tf.add(weight, tf.reshape(changes[i], weight.shape)));
      if (share) this.averaged[i].assign(tf.add(this.averaged[i], tf.mul(tf.sub(weight, this.averaged[i]), share)));
    });
  }

  #checkGradients(gradients: tf.Tensor[]): void {
    if (this.#step.isDisposed) throw new Error('Adam: it has been disposed of');
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

/** 1 − β^n, without the rounding of a β^n that is close to 1. */
function complement(beta: number, n: tf.Scalar): tf.Scalar {
  return tf.neg(tf.expm1(tf.mul(n, Math.log(beta)) as tf.Scalar));
}

/** The vector, shortened to `length` if it is longer. */
function shorten(vector: tf.Tensor1D, length: number): tf.Tensor1D {
  const halfSquare = isNative() ? nativeOp('L2Loss', [vector], { T: float32 }) : tf.mul(tf.sum(tf.square(vector)), 0.5);
  return tf.mul(vector, tf.div(length, tf.maximum(tf.sqrt(tf.mul(halfSquare, 2)), length)));
}

function check(weights: tf.Variable[], { rate, beta1, beta2, epsilon, clip, warmup, average }: AdamOptions): void {
  if (weights.length === 0) throw new RangeError('Adam: weights must not be empty');
  if (typeof rate === 'number' && !(rate > 0 && rate < Infinity))
    throw new RangeError(`Adam: rate must be a number above 0 or a function, got ${rate}`);
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta! > 0 && beta! < 1)) throw new RangeError(`Adam: ${name} must lie between 0 and 1, got ${beta}`);
  }
  if (!(epsilon! > 0)) throw new RangeError(`Adam: epsilon must be above 0, got ${epsilon}`);
  if (clip !== undefined && !(clip > 0)) throw new RangeError(`Adam: clip must be above 0, got ${clip}`);
  if (!(warmup! >= 0)) throw new RangeError(`Adam: warmup must be at least 0, got ${warmup}`);
  if (average !== undefined && !(average >= 0 && average < 1))
    throw new RangeError(`Adam: average must lie in [0, 1), got ${average}`);
}

/**
 * What throws inside a gradient leaves behind the tensors that TensorFlow.js keeps for the way back: they are freed
 * here.
 */
function freeTapeOnError<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved);
    throw error;
  }
}
