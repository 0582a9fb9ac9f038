import { absolute, readWhole, writeWhole } from '#platform/files.js';
import { Float16Array } from '@petamoriken/float16';
import { checkFinite } from '../check.js';
import { isObject, parseJson } from '../data/json.js';

/** A tensor as it lies in a file. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

/** The contents of a safetensors file. */
export interface SafeTensors {
  tensors: Record<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** How tensors are written. */
export interface SafetensorsOptions {
  /** `half` stores 16-bit floats, which lose digits beyond the third; by default `single`, which loses nothing. */
  precision?: 'half' | 'single';
  /** Writes NaN and Infinity, too; by default they are refused, for no network that holds them is worth keeping. */
  nonFinite?: boolean;
}

/** The most bytes that a header may have: what other readers of the format accept. */
const mostHeader = 100_000_000;

/** The bits of each kind of number that the format knows; of these `F16` and `F32` are read. */
const bits: Record<string, number> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8 },
  ...{ I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32, I64: 64, U64: 64, F64: 64, C64: 64 },
};

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Writes a file in the safetensors format (https://huggingface.co/docs/safetensors): an 8-byte length, a JSON header,
 * the values. A failed write leaves an older file of the same name as it was.
 * @throws {TypeError | RangeError} naming the tensor, before anything is written: its shape does not fit its values, a
 * value is NaN or Infinity, or too large for half precision
 * @throws {Error} naming the path and the reason, when it cannot be written
 */
export function writeSafetensors(path: string, contents: SafeTensors, options: SafetensorsOptions = {}): void {
  const { precision = 'single', nonFinite = false } = options;
  if (precision !== 'half' && precision !== 'single')
    throw new TypeError(`writeSafetensors: precision must be 'half' or 'single', got ${JSON.stringify(precision)}`);
  const header: [string, Entry | Record<string, string>][] = [['__metadata__', checkMetadata(contents?.metadata)]];
  if (!isObject(contents.tensors))
    throw new TypeError('writeSafetensors: tensors must be an object of tensors by name');
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(contents.tensors)) {
    checkTensor(name, tensor, nonFinite);
    const stored = precision === 'half' ? halves(name, tensor.data) : tensor.data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    const dtype = precision === 'half' ? 'F16' : 'F32';
    header.push([name, { dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes.length] }]);
    parts.push(bytes);
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = 8 * Math.ceil(json.length / 8); // the values begin at a multiple of 8
  if (headerLength > mostHeader)
    throw new RangeError(`writeSafetensors: the header may take ${mostHeader} bytes, got ${headerLength}`);
  const file = new Uint8Array(8 + headerLength + offset).fill(' '.charCodeAt(0), 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  writeWhole('writeSafetensors', path, file);
}

/**
 * Reads a safetensors file of 16- or 32-bit floats, and holds it to all rules of the format: the header is JSON without
 * repeated names, its shapes and kinds of numbers are known, and the tensors fill the rest of the file without a hole,
 * an overlap or anything left over. The format has no checksum: a changed value is not noticed.
 * @throws {Error} naming the file and what is wrong with it
 */
export function readSafetensors(path: string): Promise<SafeTensors> {
  return readSafetensorsAs('readSafetensors', path);
}

/** {@link readSafetensors} under another function's name, for its errors. */
export async function readSafetensorsAs(caller: string, path: string): Promise<SafeTensors> {
  const file = await readWhole(caller, path);
  const name = `${caller}: ${absolute(path)}`;
  const fail = (what: string): never => {
    throw new Error(`${name}: not a usable safetensors file: ${what}`);
  };
  if (file.length < 8) fail(`${file.length} bytes, at least 8 expected`);
  const claimed = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const headerLength = Number(claimed);
  if (headerLength > mostHeader) fail(`the header should take ${claimed} bytes, at most ${mostHeader} are allowed`);
  const begin = 8 + headerLength;
  if (begin > file.length)
    fail(`truncated: the header should take ${headerLength} bytes, the file has ${file.length - 8}`);
  const { entries, metadata } = readHeader(file.subarray(8, begin), fail);
  const values = file.subarray(begin);
  checkLayout(entries, values.length, fail);
  // fromEntries, for a tensor may have any name, `__proto__` too
  const tensors = Object.fromEntries(entries.map(([tensor, entry]) => [tensor, readTensor(values, entry)]));
  return { tensors, metadata };
}

type Fail = (what: string) => never;

function readHeader(bytes: Uint8Array, fail: Fail): { entries: [string, Entry][]; metadata: Record<string, string> } {
  let header: unknown;
  try {
    header = parseJson('the header', new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    return fail(error instanceof TypeError ? 'the header is not UTF-8 text' : (error as Error).message);
  }
  if (bytes[0] !== 0x7b || !isObject(header)) return fail('the header is no JSON object');
  const { __metadata__: metadata = {}, ...tensors } = header;
  if (!isObject(metadata) || !Object.values(metadata).every((text) => typeof text === 'string'))
    return fail('__metadata__ must hold texts by name');
  const entries = Object.entries(tensors).map(
    ([name, entry]) => [name, checkEntry(name, entry, fail)] as [string, Entry],
  );
  return { entries, metadata: metadata as Record<string, string> };
}

function checkEntry(name: string, entry: unknown, fail: Fail): Entry {
  if (!isObject(entry)) return fail(`${name} must have dtype, shape and data_offsets, got ${JSON.stringify(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Entry>;
  if (typeof dtype !== 'string' || !Object.hasOwn(bits, dtype))
    return fail(`${name} holds ${JSON.stringify(dtype)}, which is no kind of number of this format`);
  if (dtype !== 'F16' && dtype !== 'F32') return fail(`${name} holds ${dtype}, expected F16 or F32`);
  if (!Array.isArray(shape) || !shape.every(isSize))
    return fail(`${name} must have a shape of whole numbers of at least 0, got ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1])
    return fail(`${name} must have data_offsets from its first byte to its end, got ${JSON.stringify(offsets)}`);
  const needed = (sizeOf(shape) * bits[dtype]) / 8;
  const taken = offsets[1] - offsets[0];
  if (taken !== needed) return fail(`${name} takes ${taken} bytes, shape [${shape}] needs ${needed}`);
  return { dtype, shape, data_offsets: offsets };
}

/** The tensors, in the order of their bytes, must follow each other without a hole and end where the file ends. */
function checkLayout(entries: [string, Entry][], length: number, fail: Fail): void {
  const places = entries.map(
    ([
      name,
      {
        data_offsets: [from, to],
      },
    ]) => ({ name, from, to }),
  );
  places.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of places) {
    if (from < end) fail(`${name} begins at byte ${from} of the values, within another tensor, which ends at ${end}`);
    if (from > end) fail(`bytes ${end} to ${from} of the values, before ${name}, belong to no tensor`);
    end = to;
  }
  if (end > length) fail(`truncated: ${places.at(-1)!.name} ends at byte ${end} of the values, the file has ${length}`);
  if (end < length) fail(`${length - end} bytes after the last tensor belong to none`);
}

function readTensor(values: Uint8Array, { dtype, shape, data_offsets: [from, to] }: Entry): StoredTensor {
  const bytes = new Uint8Array(values.subarray(from, to)).buffer; // a copy, aligned
  return { shape, data: dtype === 'F16' ? Float32Array.from(new Float16Array(bytes)) : new Float32Array(bytes) };
}

function checkTensor(name: string, tensor: StoredTensor, nonFinite: boolean): void {
  const what = `writeSafetensors: tensor '${name}' must`;
  if (name === '__metadata__') throw new TypeError(`${what} have another name, for this one is the format's own`);
  if (!Array.isArray(tensor?.shape) || !tensor.shape.every(isSize))
    throw new TypeError(`${what} have a shape of whole numbers, got ${JSON.stringify(tensor?.shape)}`);
  if (!(tensor.data instanceof Float32Array)) throw new TypeError(`${what} have its values as a Float32Array`);
  if (tensor.data.length !== sizeOf(tensor.shape))
    throw new RangeError(
      `${what} have the ${sizeOf(tensor.shape)} values of [${tensor.shape}], got ${tensor.data.length}`,
    );
  if (!nonFinite) checkFinite('writeSafetensors', tensor.data, `tensor '${name}'`);
}

function checkMetadata(metadata: unknown): Record<string, string> {
  if (!isObject(metadata)) throw new TypeError('writeSafetensors: metadata must be an object of texts by name');
  for (const [name, text] of Object.entries(metadata)) {
    if (typeof text !== 'string')
      throw new TypeError(`writeSafetensors: metadata must hold texts, got ${typeof text} for ${name}`);
  }
  return metadata as Record<string, string>;
}

/** 16-bit floats; finite values from 65,520 on would become Infinity there, and are refused. */
function halves(name: string, data: Float32Array): Float16Array {
  const stored = new Float16Array(data);
  const at = stored.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(data[i]));
  if (at >= 0) {
    const came = `got ${data[at]} at position ${at}; write it with precision 'single'`;
    throw new RangeError(`writeSafetensors: tensor '${name}' must lie within ±65,504 for half precision, ${came}`);
  }
  return stored;
}

function isSize(n: unknown): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 0;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
