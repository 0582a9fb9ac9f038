import { tf } from '../tf.js';

/** A tensor as the binding knows it: a number for its handle, its shape, and TensorFlow's number for its type. */
export interface Handle {
  id: number;
  shape: number[];
  dtype: number;
}

/** An operation's attribute, as the binding takes it. */
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** What is used here of the C++ binding of `@tensorflow/tfjs-node-gpu`. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  executeOp(op: string, attributes: OpAttribute[], inputs: number[], outputs: number): Handle[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(model: number): void;
  /** Feeds and fetches are lists of `node:output`, joined by commas. */
  runSavedModel(model: number, inputs: number[], feeds: string, fetches: string): Handle[];
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_Version: string;
}

/**
 * What the backend keeps for a tensor's data. `values` are there as long as JavaScript's data has not been handed over.
 */
export interface Entry {
  readonly id: number;
  shape: number[];
  dtype: number;
  values: ArrayBufferView | null;
  refCount: number;
}

/** What is used here of the native backend. */
export interface Backend {
  binding: Binding;
  readonly tensorMap: { get(dataId: object): Entry; set(dataId: object, entry: Entry): void };
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(handle: Handle): tf.Tensor;
  move(dataId: object, values: ArrayBufferView, shape: number[], dtype: string, refCount: number): void;
  read(dataId: object): Promise<ArrayBufferView>;
  readSync(dataId: object): ArrayBufferView;
}

/** What is used here of TensorFlow.js's engine, beyond its public part. */
export interface Engine {
  readonly state: { readonly gradientDepth: number; readonly registeredVariables: Record<string, tf.Variable> };
  runKernel(name: string, inputs: unknown, attributes: unknown): unknown;
}

/** The engine of TensorFlow.js. */
export function engine(): Engine {
  return tf.engine() as unknown as Engine;
}

/** The native backend, or nothing where another one runs. */
export function compilingBackend(): Backend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as Backend) : undefined;
}
