import { tf } from './tf.js';

/** The part of the native backend that is used here: it runs TensorFlow operations by name. */
interface NativeBackend {
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: tf.TensorInfo[], outputs: number): tf.Tensor[];
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
    readonly TF_BOOL: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_Version: string;
  };
}

/** A named attribute of an operation, in the form that the binding takes. */
export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** An attribute's value: a whole number, a list of them, a truth value, a string, a list of strings, a type or a float. */
export type AttributeValue = number | number[] | boolean | string | string[] | { type: 'float32' | 'int32' | 'bool' } | { float: number };

/** Whether tensors live in TensorFlow itself, so that {@link nativeOp} can be used. */
export function isNative(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** The native backend. Only call it when {@link isNative}. */
export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/**
 * Runs one TensorFlow operation on the native backend, and returns its only output.
 * The operation knows no gradient: call it inside `tf.customGrad`, or where none is needed.
 *
 * ```ts
 * nativeOp('ReluGrad', [dy, y], { T: float32 })
 * ```
 */
export function nativeOp<R extends tf.Rank = tf.Rank>(name: string, inputs: tf.TensorInfo[], attributes: Record<string, AttributeValue>): tf.Tensor<R> {
  return nativeOps(name, inputs, attributes, 1)[0] as tf.Tensor<R>;
}

/** As {@link nativeOp}, for an operation with several outputs. */
export function nativeOps(name: string, inputs: tf.TensorInfo[], attributes: Record<string, AttributeValue>, outputs: number): tf.Tensor[] {
  const backend = nativeBackend();
  const list = Object.entries(attributes).map(([key, value]) => attribute(backend, key, value));
  return backend.executeMultipleOutputs(name, list, inputs, outputs);
}

/** The attribute `T` of most operations. */
export const float32 = { type: 'float32' } as const;
/** As {@link float32}. */
export const int32 = { type: 'int32' } as const;

/** A shape or a list of axes as the int32 vector that operations take. The caller disposes of it, or a scope does. */
export function int32Vector(values: readonly number[]): tf.Tensor1D {
  return tf.tensor1d(values as number[], 'int32');
}

function attribute({ binding: b }: NativeBackend, name: string, value: AttributeValue): Attribute {
  const sample = Array.isArray(value) ? value[0] : value;
  switch (typeof sample) {
    case 'number': return { name, type: b.TF_ATTR_INT, value };
    case 'boolean': return { name, type: b.TF_ATTR_BOOL, value };
    case 'string': return { name, type: b.TF_ATTR_STRING, value };
    default:
  }
  if ('float' in (sample as object)) return { name, type: b.TF_ATTR_FLOAT, value: (sample as { float: number }).float };
  const types = { float32: b.TF_FLOAT, int32: b.TF_INT32, bool: b.TF_BOOL };
  return { name, type: b.TF_ATTR_TYPE, value: types[(sample as { type: 'float32' | 'int32' | 'bool' }).type] };
}
