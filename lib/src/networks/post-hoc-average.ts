import { Matrix, solve } from 'ml-matrix';
import { tf } from '../backend/tf.js';
import { checkNumber, checkWhole, shown } from '../check.js';
import type { StoredTensor } from './safetensors.js';
import { readWeights } from './weights-file.js';

/** An average of weights over training, up to a step. */
export interface AverageWidth {
  /** σ_rel: the standard deviation of the steps that it averages over, as a share of the steps so far, up to 0.28. */
  readonly width: number;
  /** The step after which it was taken, from 1. */
  readonly step: number;
}

/** Such an average, and what the weights are in it, by name, as `readWeights` reads them. */
export interface AverageSnapshot extends AverageWidth {
  readonly weights: Readonly<Record<string, StoredTensor>>;
}

/** σ_rel at the power 0, where all steps count alike. */
const WIDEST = Math.sqrt(1 / 12);

/**
 * The power γ with which the average of a width weighs step t: (t/steps)^γ, from σ_rel² = (γ + 1)/((γ + 2)²·(γ + 3))
 * (Karras et al. 2024, arXiv 2312.02696, appendix C).
 * @param width σ_rel, from 0.001 to √(1/12), at which all steps count alike
 * @throws {RangeError} when width lies outside
 */
export function powerOf(width: number): number {
  checkWidth('powerOf', width);
  let [low, high] = [0, 1e4]; // σ_rel falls with γ
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    const there = Math.sqrt((middle + 1) / (middle + 3)) / (middle + 2);
    if (there > width) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * An average of weights that grows with training: at step t, average ← β·average + (1 − β)·weights with β = (1 −
 * 1/t)^(γ + 1) (Karras et al. 2024, arXiv 2312.02696, appendix C). Snapshots of two such averages, of widths 0.05 and
 * 0.1, say, are enough to make that of any other width after training: {@link postHocAverage}.
 *
 * ```ts
 * const degradation = gaussian();
 * const averages = [0.05, 0.1].map((width) => new PowerAverage(network.parameters, { width }));
 * const snapshots: AverageSnapshot[] = [];
 * for await (const { step } of trainDenoiser({ network, degradation, data, steps: 1000 })) {
 *   for (const average of averages) {
 *     average.update();
 *     if (step % 100 === 0) snapshots.push(await average.snapshot());
 *   }
 * }
 * assignWeights(network.parameters, postHocAverage(snapshots, { width: 0.15 }), 'the average');
 * ```
 */
export class PowerAverage {
  readonly #weights: Readonly<Record<string, tf.Variable>>;
  readonly #width: number;
  readonly #power: number;
  #averages: Record<string, tf.Tensor> = {};
  #step = 0;

  /**
   * @param weights by name, such as a network's `parameters`; they stay the caller's
   * @param options.width σ_rel, from 0.001 to √(1/12)
   * @throws {RangeError} when width lies outside
   * @throws {TypeError} when weights are none
   */
  constructor(weights: Readonly<Record<string, tf.Variable>>, { width }: { width: number }) {
    const all: unknown[] = Object.values(Object(weights) as object);
    if (all.length === 0 || !all.every((weight) => weight instanceof tf.Variable))
      throw new TypeError(`PowerAverage: weights must be variables by name, as parameters are, got ${shown(weights)}`);
    checkWidth('PowerAverage', width);
    this.#weights = weights;
    this.#width = width;
    this.#power = powerOf(width);
  }

  /** How often it has been updated. */
  get step(): number {
    return this.#step;
  }

  /** Takes the weights in, after each step of training. */
  update(): void {
    this.#step++;
    const kept = (1 - 1 / this.#step) ** (this.#power + 1);
    const before = this.#averages;
    this.#averages = tf.tidy(() => {
      const moved: Record<string, tf.Tensor> = {};
      for (const [name, weight] of Object.entries(this.#weights)) {
        const old = before[name] as tf.Tensor | undefined;
        moved[name] = old ? tf.add(old, tf.mul(tf.sub(weight, old), 1 - kept)) : weight.clone();
      }
      return moved;
    });
    tf.dispose(before);
  }

  /**
   * What the weights are averaged to so far, as plain data.
   * @throws {Error} before the first update
   */
  async snapshot(): Promise<AverageSnapshot> {
    if (this.#step === 0) throw new Error('snapshot: this average has not been updated yet');
    const { step } = this;
    return { width: this.#width, step, weights: await readWeights(this.#averages) };
  }

  /** Frees the averages. */
  dispose(): void {
    tf.dispose(this.#averages);
    this.#averages = {};
    this.#step = 0;
  }
}

/**
 * How much of each average makes that of another width, up to another step, nearest in the least squares of how they
 * weigh the steps of training (Karras et al. 2024, arXiv 2312.02696, Algorithm 3). Averages of later steps get 0.
 *
 * ```ts
 * const shares = postHocShares([{ width: 0.05, step: 500 }, { width: 0.05, step: 1000 }], { width: 0.1, step: 1000 });
 * ```
 * @throws {RangeError} when a width or step is out of range, two averages are the same, or all are of later steps
 */
export function postHocShares(averages: readonly AverageWidth[], { width, step }: AverageWidth): number[] {
  checkAverages('postHocShares', averages);
  checkWidth('postHocShares', width);
  checkWhole('postHocShares', 'step', step);
  const used = averages.filter((one) => one.step <= step);
  if (used.length === 0)
    throw new RangeError(`postHocShares: step must be at least that of one of the averages, got ${step}`);
  const [powers, wanted] = [used.map((one) => powerOf(one.width)), powerOf(width)];
  const products = used.map((a, i) =>
    used.map((b, j) => overlap({ power: powers[i], step: a.step }, { power: powers[j], step: b.step })),
  );
  const aims = used.map((a, i) => [overlap({ power: powers[i], step: a.step }, { power: wanted, step })]);
  const shares = solve(new Matrix(products), new Matrix(aims)).to1DArray();
  return averages.map((one) => (one.step <= step ? shares[used.indexOf(one)] : 0));
}

/**
 * The average of weights of any width, after training, from snapshots of two others: {@link postHocShares} of each. It
 * is as good as snapshots are many; those of two widths, 0.05 and 0.1, at tens of steps are plenty.
 * @param options.width σ_rel of the average that is wanted
 * @param options.step up to which step of training: the last snapshot's when left out
 * @returns the weights by name, for `assignWeights`
 * @throws {RangeError} when there are no snapshots, or width or step is out of range
 * @throws {TypeError} when the snapshots' weights differ in name or size
 */
export function postHocAverage(
  snapshots: readonly AverageSnapshot[],
  { width, step }: { width: number; step?: number },
): Record<string, StoredTensor> {
  checkAverages('postHocAverage', snapshots);
  checkAlike(snapshots);
  const end = step ?? Math.max(...snapshots.map((one) => one.step));
  const shares = postHocShares(snapshots, { width, step: end });
  const averaged: Record<string, StoredTensor> = {};
  for (const [name, { shape, data }] of Object.entries(snapshots[0].weights)) {
    const sum = new Float64Array(data.length); // shares are of both signs, and may be large
    snapshots.forEach(({ weights }, i) => {
      weights[name].data.forEach((value, at) => {
        sum[at] += shares[i] * value;
      });
    });
    averaged[name] = { shape, data: Float32Array.from(sum) };
  }
  return averaged;
}

/** ∫ p_a·p_b over training, with p(t) = (γ + 1)·t^γ/step^(γ + 1) up to the step, and 0 after it. */
function overlap(a: { power: number; step: number }, b: { power: number; step: number }): number {
  const [first, last] = a.step < b.step ? [a, b] : [b, a];
  const both = ((a.power + 1) * (b.power + 1)) / (a.power + b.power + 1);
  return (both * (first.step / last.step) ** last.power) / last.step;
}

function checkWidth(caller: string, width: number): void {
  const fits = (n: number) => n >= 1e-3 && n <= WIDEST * (1 + 1e-12);
  checkNumber(caller, 'width', width, fits, `lie between 0.001 and √(1/12), ${WIDEST.toFixed(4)}`);
}

function checkAverages(caller: string, averages: readonly AverageWidth[]): void {
  if (!Array.isArray(averages as unknown) || averages.length === 0)
    throw new RangeError(`${caller}: there must be at least one average, got ${shown(averages)}`);
  const seen = new Set<string>();
  for (const { width, step } of averages) {
    checkWidth(caller, width);
    checkWhole(caller, 'step', step);
    if (seen.size === seen.add(`${width} ${step}`).size)
      throw new RangeError(`${caller}: the averages must differ, got two of width ${width} at step ${step}`);
  }
}

/** All snapshots must hold the same weights. */
function checkAlike(snapshots: readonly AverageSnapshot[]): void {
  const said = ({ weights }: AverageSnapshot) =>
    Object.entries(weights)
      .map(([name, { shape }]) => `${name} [${shape}]`)
      .sort()
      .join(', ');
  const wanted = said(snapshots[0]);
  const other = snapshots.find((one) => said(one) !== wanted);
  if (other)
    throw new TypeError(`postHocAverage: all snapshots must hold the weights ${wanted}, got one with ${said(other)}`);
}
