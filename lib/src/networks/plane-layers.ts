import { type Addend, convolution, transposedConvolution } from '../backend/convolution.js';
import { tf } from '../backend/tf.js';
import type { Weights } from './network.js';
import { countPlanes, type Facts, planeParts } from './planes.js';

/**
 * What layers of one size are told of the level and of where each pixel lies: the planes, as {@link planeParts} splits
 * them.
 */
export interface Told {
  parts: tf.Tensor4D;
  level: tf.Tensor1D;
}

/** A layer on features and what it is told beside them. */
export type PlaneLayer = (x: tf.Tensor4D, told: Told | undefined) => tf.Tensor4D;

/** What the layers of images of `height` × `width` are told; undefined where there is nothing to tell. */
export function tell(level: tf.Tensor1D, height: number, width: number, facts: Facts): Told | undefined {
  return countPlanes(facts) === 0 ? undefined : { parts: planeParts(height, width, facts), level };
}

/**
 * A convolution with bias, which sees the planes as further channels; relu follows unless it is left out.
 * @param options.side of the filter; @param options.extra how many planes there are
 */
export function planeConvolution(
  weights: Weights,
  name: string,
  {
    side,
    inputs,
    outputs,
    extra,
    stride = 1,
    gain = 2,
    relu = true,
  }: {
    side: number;
    inputs: number;
    outputs: number;
    extra: number;
    stride?: 1 | 2;
    gain?: number;
    relu?: boolean;
  },
): PlaneLayer & Layer {
  const shape = [side, side, inputs + extra, outputs];
  const filter = weights.normal(`${name}.filter`, shape, { fanIn: side * side * (inputs + extra), gain });
  const layer = { filter, bias: weights.constant(`${name}.bias`, [outputs], 0) } as Layer;
  const convolve: Convolve = (x, own, addend, rectified) => convolution(x, own, addend, { stride, relu: rectified });
  return Object.assign((x: tf.Tensor4D, told: Told | undefined) => apply(layer, 2, convolve, { x, told, relu }), layer);
}

/** A 4×4 deconvolution, which doubles height and width, with bias and relu; it sees the planes as further channels. */
export function planeDeconvolution(
  weights: Weights,
  name: string,
  { inputs, outputs, extra }: { inputs: number; outputs: number; extra: number },
): PlaneLayer {
  // Its filter has the output channels before the input channels, and each output pixel sees 2×2 of the 4×4 taps.
  const filter = weights.normal(`${name}.filter`, [4, 4, outputs, inputs + extra], { fanIn: 4 * (inputs + extra) });
  const layer = { filter, bias: weights.constant(`${name}.bias`, [outputs], 0) } as Layer;
  const convolve: Convolve = (x, own, addend, relu) => transposedConvolution(x, own, addend, { stride: 2, relu });
  return (x, told) => apply(layer, 3, convolve, { x, told, relu: true });
}

/** The weights of one layer. */
export interface Layer {
  filter: tf.Variable<tf.Rank.R4>;
  bias: tf.Variable<tf.Rank.R1>;
}

type Convolve = (x: tf.Tensor4D, filter: tf.Tensor4D, addend: Addend | undefined, relu: boolean) => tf.Tensor4D;

/**
 * The layer on x and the planes. They would make each convolution wider for every image; a convolution is linear, so
 * that what it makes of them is computed once for all images, and added.
 * @param axis where the filter has its input channels
 */
function apply(
  { filter, bias }: Layer,
  axis: 2 | 3,
  convolve: Convolve,
  { x, told, relu }: { x: tf.Tensor4D; told: Told | undefined; relu: boolean },
): tf.Tensor4D {
  if (!told) return convolve(x, filter, bias, relu);
  const { parts, level } = told;
  const extra = parts.shape[3];
  const [own, ofPlanes] = tf.split(filter, [filter.shape[axis] - extra, extra], axis) as tf.Tensor4D[];
  const made = convolve(parts, ofPlanes, undefined, false);
  // TensorFlow.js cannot take the gradient of a split into one.
  const [still, ...moving] = made.shape[0] === 1 ? [made] : (tf.split(made, made.shape[0]) as tf.Tensor4D[]);
  const biased = tf.add<tf.Tensor4D>(still, bias); // the bias belongs to the part that does not change with the level
  const planes = moving.length === 0 ? biased : tf.concat4d([biased, ...moving], 0);
  return convolve(x, own, { parts: planes, level }, relu);
}
