import { listenForStop } from '../backend/interrupt.js';
import { key } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import { borrowCompiled } from '../networks/compiled.js';
import type { Degradation, Denoiser, Draw, Gaussian, Images, Turn } from '../types.js';

/** Options that samplers which predict the clean images have in common. */
export interface WalkBack<D extends Draw = Draw> {
  /** A denoiser that predicts the clean images. A network is compiled; any other function is called as it is. */
  network: Denoiser & { readonly weights?: tf.Variable[] };
  degradation: Degradation<D>;
  /** The number of steps, and so of predictions: at least 1. */
  S: number;
  /** `[batch, height, width, channels]` of the samples. */
  shape: [number, number, number, number];
  /** Seed of the draws: draw 0 makes z_T, and the i-th step's own, where it makes one, is draw i. */
  seed?: number;
  /** What z_T still knows, for degradations that leave a residue: `fitResidue(…).sample(…)`. It stays the caller's. */
  residue?: tf.Tensor;
  /** Degraded images of the caller's own to start from, instead of z_T; they stay the caller's. */
  z?: Images;
  /** The level of `z`: above 0, at most 1, which is the default. */
  from?: number;
  /** The draw under which `z` was degraded, where it is known. It stays the caller's. */
  drawn?: D;
}

/**
 * Where the draw of each renoising comes from. `fixed`: the one draw of the start, again and again. `fresh`: a new one
 * at each step. `inferred`: the one that leads from the prediction to z, which only Gaussian noise can tell.
 */
export type DrawSource = 'fixed' | 'fresh' | 'inferred';

/** How a sampler goes from z at level t to level s < t, once `x0` is predicted. */
export type Rule = (step: {
  degradation: Degradation;
  draw: Draw;
  z: Images;
  x0: Images;
  t: number;
  s: number;
}) => Images;

/**
 * The loop of samplers that predict the clean images: S levels from `from` down to 0, at each a prediction and the
 * `rule`.
 * @throws {RangeError | TypeError} at the call, when an option is out of range; `caller` is what it calls the sampler
 */
export function walkBack<D extends Draw>(
  caller: string,
  options: WalkBack<D> & { draw: DrawSource },
  rule: Rule,
): AsyncGenerator<Turn, void, void> {
  const { network, degradation, S, shape, residue, z, from = 1, draw } = options;
  if (network.predicts !== 'clean')
    throw new TypeError(`${caller}: network must predict 'clean', got '${network.predicts}'`);
  if (!Number.isInteger(S) || S < 1)
    throw new RangeError(`${caller}: S must be a whole number of at least 1, got ${S}`);
  if (shape.length !== 4 || !shape.every((n) => Number.isInteger(n) && n > 0))
    throw new RangeError(`${caller}: shape must be [batch, height, width, channels], got [${shape}]`);
  if (z && z.shape.join() !== shape.join())
    throw new RangeError(`${caller}: z must have shape [${shape}], got [${z.shape}]`);
  if (!(from > 0 && from <= 1)) throw new RangeError(`${caller}: from must be above 0 and at most 1, got ${from}`);
  if (from < 1 && !z) throw new TypeError(`${caller}: z must be given to start from the level ${from}`);
  if (!['fixed', 'fresh', 'inferred'].includes(draw))
    throw new RangeError(`${caller}: draw must be fixed, fresh or inferred, got '${draw}'`);
  if (draw === 'inferred' && !('infer' in degradation))
    throw new TypeError(
      `${caller}: draw must be fixed or fresh for a degradation that cannot infer its draw, got 'inferred'`,
    );
  if (degradation.residue && !z && !residue)
    throw new TypeError(`${caller}: residue must be given, for the degradation leaves one: draw it with fitResidue`);
  return run(options, rule);
}

async function* run<D extends Draw>(
  {
    network,
    degradation,
    S,
    shape,
    seed = 1,
    residue,
    z: start,
    from = 1,
    drawn,
    draw: source,
  }: WalkBack<D> & { draw: DrawSource },
  rule: Rule,
): AsyncGenerator<Turn, void, void> {
  const stop = listenForStop();
  const predict = borrowCompiled(network, { name: 'walkBack', variant: shape }, (z: Images, t: tf.Tensor1D) =>
    network(z, t),
  );
  const newDraw = (i: number): Draw => tf.tidy(() => degradation.draw(key(seed, i), shape));
  let draw: Draw = {};
  let z: Images | undefined;
  let x0: Images | undefined;
  try {
    draw = drawn ? clones(drawn) : newDraw(0);
    z = start ? start.clone() : tf.tidy(() => degradation.end(draw as D, shape, residue).clone());
    yield { t: from, z };
    for (let i = 1; i <= S; i++) {
      await stop.turn();
      const [t, s] = [(from * (S - i + 1)) / S, (from * (S - i)) / S];
      if (source === 'fresh') {
        tf.dispose(draw);
        draw = {};
        draw = newDraw(i);
      }
      const current: Images = z;
      const next = tf.tidy(() => {
        const clean = predict.run(current, tf.fill([shape[0]], t));
        const used = source === 'inferred' ? (degradation as unknown as Gaussian).infer(current, clean, t) : draw;
        // Clones: a degradation may return a tensor that it was given.
        return [clean.clone(), rule({ degradation, draw: used, z: current, x0: clean, t, s }).clone()];
      });
      tf.dispose([z, x0]);
      [x0, z] = next;
      yield { t: s, z, x0 };
    }
  } finally {
    stop.close();
    tf.dispose([draw, z, x0]);
    predict.release();
  }
}

function clones(draw: Draw): Draw {
  return Object.fromEntries(Object.entries(draw).map(([name, tensor]) => [name, tensor.clone()]));
}
