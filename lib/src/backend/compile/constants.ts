import { shapeMessage, type AttributeMessage, type TensorMessage } from './graph.js';
import type { Binding, OpAttribute } from './native.js';

const TF_FLOAT = 1;
const TF_INT32 = 3;
const TF_STRING = 7;
const TF_BOOL = 10;

/**
 * An array made in JavaScript as a constant of the graph. It is copied: the array may be changed later.
 * Arrays of one repeated number (the ones and zeros of gradients) are written as that number.
 */
export function tensorMessage(shape: readonly number[], dtype: number, values: ArrayBufferView): TensorMessage {
  if (dtype === TF_STRING) throw new TypeError('strings cannot be compiled');
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const message = { dtype, tensorShape: shapeMessage(shape) };
  const first = (values as unknown as ArrayLike<number>)[0];
  if (isRepeated(bytes, elementSize(dtype)) && !Number.isNaN(first)) {
    if (dtype === TF_FLOAT) return { ...message, floatVal: [first] };
    if (dtype === TF_INT32) return { ...message, intVal: [first] };
    if (dtype === TF_BOOL) return { ...message, boolVal: [first !== 0] };
  }
  return { ...message, tensorContent: bytes.slice() };
}

/** An operation's attribute, from the form that the binding takes to the form that a graph has. */
export function attributeMessage(binding: Binding, { name, type, value }: OpAttribute): AttributeMessage {
  const list = Array.isArray(value);
  switch (type) {
    case binding.TF_ATTR_STRING:
      return list ? { list: { s: value.map(utf8) } } : { s: utf8(value as string) };
    case binding.TF_ATTR_INT:
      return list ? { list: { i: value as number[] } } : { i: value as number };
    case binding.TF_ATTR_FLOAT:
      return list ? { list: { f: value as number[] } } : { f: value as number };
    case binding.TF_ATTR_BOOL:
      return list ? { list: { b: value as boolean[] } } : { b: value as boolean };
    case binding.TF_ATTR_TYPE:
      return { type: value as number };
    case binding.TF_ATTR_SHAPE:
      return { shape: shapeMessage(value as number[]) };
    default:
      throw new TypeError(`attribute ${name} has the unknown type ${type}`);
  }
}

function elementSize(dtype: number): number {
  return dtype === TF_BOOL ? 1 : 4;
}

function isRepeated(bytes: Uint8Array, size: number): boolean {
  if (bytes.length < size) return false;
  for (let i = size; i < bytes.length; i++) if (bytes[i] !== bytes[i - size]) return false;
  return true;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
