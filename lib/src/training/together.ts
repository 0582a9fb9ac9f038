import { compile, type Compiled, type Tensors } from '../backend/compile.js';
import { Interrupted, type StopListener } from '../backend/interrupt.js';
import { asShare, pickRows, rowsOf, weightOf } from '../backend/share.js';
import { tf } from '../backend/tf.js';
import { outsideOf } from '../networks/compiled.js';
import type { Model } from '../networks/network.js';
import type { Images, Key } from '../types.js';
import type { Workers } from '../workers/workers.js';
import type { Adam } from './adam.js';

/** What {@link learnTogether} needs of a training. */
export interface Together<Inputs extends Tensors> {
  network: Pick<Model, 'weights'> & { readonly constants?: readonly tf.Tensor[] };
  adam: Adam;
  objective: (key: Key, images: Images, inputs: Inputs) => tf.Scalar;
  constants?: readonly tf.Tensor[];
  workers: Workers;
  /** Learns from the others when to stop. */
  stop: CommonStop;
}

/** A step that several processes take together. */
export interface CommonStep<Inputs extends Tensors> {
  /**
   * Takes it. All processes give the same arguments.
   * @param images the whole batch, and `inputs` what belongs to it: this process computes its share
   * @returns the loss of the whole batch, and how many have been asked to stop: `[2]`
   */
  (key: Key, images: Images, rate: tf.Scalar, inputs: Inputs): tf.Tensor1D;
  /** Frees what has been compiled. */
  dispose(): void;
}

/**
 * A step of training in halves: each process takes the gradient of its share of the batch, the gradients are added up
 * in one vector, and Adam takes the same step in all of them. Both halves are compiled. The objective must be a mean
 * over the images of a batch: with the first batch it is seen whether it is.
 */
export function learnTogether<Inputs extends Tensors>(
  caller: string,
  { network, adam, objective, constants = [], workers, stop }: Together<Inputs>,
): CommonStep<Inputs> {
  const halves = new Map<number, Compiled<[Key, Images, Inputs, tf.Scalar], tf.Tensor1D>>();
  const outside = outsideOf([...network.weights], [...(network.constants ?? []), ...constants]);
  /** The gradient of this process's share of a batch, for batches of one size. */
  const halfOf = (whole: number) => {
    const weight = weightOf(whole, workers);
    const half = compile(
      (key: Key, images: Images, inputs: Inputs, wantsStop: tf.Scalar) => {
        const gradient = adam.gradient(() => asShare(whole, workers, () => objective(key, images, inputs)));
        return tf.concat1d([tf.mul<tf.Tensor1D>(gradient, weight), tf.reshape<tf.Rank.R1>(wantsStop, [1])]);
      },
      { ...outside, name: `${caller}, gradient` },
    );
    halves.set(whole, half);
    return half;
  };
  const take = compile(
    (sum: tf.Tensor1D, rate: tf.Scalar) => {
      const [gradient, stops] = tf.split(sum, [sum.size - 1, 1]) as tf.Tensor1D[];
      return tf.concat1d([tf.reshape<tf.Rank.R1>(adam.take(gradient, rate), [1]), stops]);
    },
    { state: [...network.weights, ...adam.state], name: `${caller}, step` },
  );

  let isChecked = false;
  const learn = (key: Key, images: Images, rate: tf.Scalar, inputs: Inputs) =>
    tf.tidy(() => {
      const [whole] = images.shape;
      const rows = rowsOf(whole, workers);
      const half = halves.get(whole) ?? halfOf(whole);
      const own = ofRows(inputs, whole, rows) as Inputs;
      const sum = workers.sum(half(key, pickRows(images, rows), own, tf.scalar(Number(stop.wanted))));
      if (!isChecked) checkShares(caller, objective(key, images, inputs), sum);
      isChecked = true;
      return take(sum, rate);
    });
  const dispose = () => {
    take.dispose();
    for (const half of halves.values()) half.dispose();
  };
  return Object.assign(learn, { dispose });
}

/** Of whatever there is one for each image of a batch: those of some images. Everything else stays as it is. */
function ofRows(inputs: Tensors | undefined, whole: number, rows: readonly number[]): Tensors | undefined {
  if (inputs instanceof tf.Tensor)
    return inputs.rank > 0 && inputs.shape[0] === whole ? pickRows(inputs, rows) : inputs;
  if (Array.isArray(inputs)) return inputs.map((input: Tensors) => ofRows(input, whole, rows)!);
  if (typeof inputs !== 'object' || inputs === null) return inputs;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, ofRows(input as Tensors, whole, rows)!]),
  );
}

/** The loss of the first batch, computed as a whole, must be the one that the shares have given. */
function checkShares(caller: string, alone: tf.Scalar, sum: tf.Tensor1D): void {
  const [wanted] = alone.dataSync();
  const [came] = tf.slice(sum, [0], [1]).dataSync();
  if (!Number.isFinite(wanted) || Math.abs(wanted - came) <= 1e-3 * Math.abs(wanted) + 1e-6) return;
  throw new Error(
    `${caller}: this objective cannot be shared among workers: of the first batch it gives ${wanted}, of its shares, ` +
      `together, ${came}; it must be a mean over the images, to each of which what is drawn belongs. Or the workers ` +
      'have other data, batches or code than each other',
  );
}

/** When several processes stop: all after the same step, as soon as one has been asked to. */
export class CommonStop {
  /** Whether this process has been asked to. */
  wanted = false;
  readonly #stop: StopListener;
  readonly #workers: Workers | undefined;

  /** @param workers nothing where one process trains alone, which then stops as ever */
  constructor(stop: StopListener, workers: Workers | undefined) {
    this.#stop = stop;
    this.#workers = workers;
  }

  /**
   * Gives way, as a listener does.
   * @param stops how many have said in the step before that they have been asked to stop
   * @throws {Interrupted}
   */
  async turn(stops = 0): Promise<void> {
    if (stops > 0) throw new Interrupted();
    try {
      await this.#stop.turn();
    } catch (error) {
      if (!this.#workers || !(error instanceof Interrupted)) throw error;
      this.wanted = true;
    }
  }
}
