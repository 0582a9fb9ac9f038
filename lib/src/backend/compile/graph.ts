/** What is known of a tensor of a graph. */
export interface Kind {
  /** TensorFlow's number for its type. */
  dtype: number;
  shape: readonly number[];
}

/** One operation of a graph. Inputs are written `node:output`. */
export interface GraphNode {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, AttributeMessage>;
}

/** Whether an operation waits for other processes. */
export function waitsForOthers({ op }: GraphNode): boolean {
  return /^(Collective|NaiveDiffusionWorkers)/.test(op);
}

/** The protocol message AttrValue. */
export interface AttributeMessage {
  s?: Uint8Array;
  i?: number;
  f?: number;
  b?: boolean;
  type?: number;
  shape?: ShapeMessage;
  tensor?: TensorMessage;
  list?: { s?: Uint8Array[]; i?: number[]; f?: number[]; b?: boolean[] };
}

/** The protocol message TensorShapeProto. */
export interface ShapeMessage {
  dim: { size: number }[];
  unknownRank?: boolean;
}

/** The protocol message TensorProto. A single value in `floatVal`, `intVal` or `boolVal` fills the whole tensor. */
export interface TensorMessage {
  dtype: number;
  tensorShape: ShapeMessage;
  tensorContent?: Uint8Array;
  floatVal?: number[];
  intVal?: number[];
  boolVal?: boolean[];
}

export function shapeMessage(shape: readonly number[]): ShapeMessage {
  return { dim: shape.map((size) => ({ size })) };
}
