import { tf } from './tf.js';

/** The part of the native backend that is used here: it runs TensorFlow operations by name. */
interface NativeBackend {
  executeSingleOutput(name: string, attributes: Attribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: tf.TensorInfo[], outputs: number): tf.Tensor[];
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_Version: string;
  };
}

interface Attribute {
  name: string;
  type: number;
  value: number | number[] | boolean | string;
}

/** An attribute's value: a whole number, a list of them, another number, a truth value, a string, or a type. */
export type AttributeValue = number | number[] | { float: number } | boolean | string | typeof float32 | typeof int32;

/** The type of 32-bit floating-point numbers, as the attribute `T` of most operations. */
export const float32 = { type: 'TF_FLOAT' } as const;
/** The type of 32-bit whole numbers. */
export const int32 = { type: 'TF_INT32' } as const;

/** Whether tensors live in TensorFlow itself, so that `nativeOp` can be used. */
export function isNative(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** The native backend. Only call it when {@link isNative}. */
export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/**
 * Runs one TensorFlow operation on the native backend, and returns its only output.
 * The operation knows no gradient: call it inside a {@link kernel}, or where none is needed.
 *
 * ```ts
 * nativeOp('ReluGrad', [dy, y], { T: float32 })
 * ```
 */
export function nativeOp<R extends tf.Rank = tf.Rank>(
  name: string,
  inputs: tf.TensorInfo[],
  attributes: Record<string, AttributeValue>,
): tf.Tensor<R> {
  const backend = nativeBackend();
  return backend.executeSingleOutput(name, attributeList(backend, attributes), inputs) as tf.Tensor<R>;
}

/** {@link nativeOp} for an operation with several outputs, all of which are returned. */
export function nativeOps(
  name: string,
  inputs: tf.TensorInfo[],
  attributes: Record<string, AttributeValue>,
  outputs: number,
): tf.Tensor[] {
  const backend = nativeBackend();
  return backend.executeMultipleOutputs(name, attributeList(backend, attributes), inputs, outputs);
}

/** A shape or a list of axes as the int32 vector that operations take. The caller disposes of it, or a scope does. */
export function int32Vector(values: readonly number[]): tf.Tensor1D {
  return tf.tensor1d(values as number[], 'int32');
}

function attributeList(backend: NativeBackend, attributes: Record<string, AttributeValue>): Attribute[] {
  return Object.entries(attributes).map(([key, value]) => attribute(backend, key, value));
}

function attribute({ binding }: NativeBackend, name: string, value: AttributeValue): Attribute {
  if (typeof value === 'object' && 'type' in value)
    return { name, type: binding.TF_ATTR_TYPE, value: binding[value.type] };
  if (typeof value === 'object' && 'float' in value) return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
  if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
  if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
  return { name, type: binding.TF_ATTR_INT, value };
}
