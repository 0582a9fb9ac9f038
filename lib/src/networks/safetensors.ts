import { readFile } from 'node:fs/promises';
import { Float16Array } from '@petamoriken/float16';
import { writeWhole } from '../files.js';

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

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Writes a file in the safetensors format (https://huggingface.co/docs/safetensors): an 8-byte length, a JSON header,
 * the values. A failed write leaves an older file of the same name as it was.
 * @param options.precision `half` stores 16-bit floats, which lose digits beyond the third
 * @throws {Error} naming the path and the reason, when it cannot be written
 */
export function writeSafetensors(
  path: string,
  { tensors, metadata }: SafeTensors,
  { precision = 'single' }: { precision?: 'half' | 'single' } = {},
): void {
  const header: Record<string, Entry | Record<string, string>> = { __metadata__: metadata };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const stored = precision === 'half' ? new Float16Array(data) : data;
    const bytes = Buffer.from(stored.buffer as ArrayBuffer, stored.byteOffset, stored.byteLength);
    header[name] = {
      dtype: precision === 'half' ? 'F16' : 'F32',
      shape,
      data_offsets: [offset, offset + bytes.length],
    };
    parts.push(bytes);
    offset += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  // the values begin at a multiple of 8
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeWhole('writeSafetensors', path, Buffer.concat([length, text, ...parts]));
}

/**
 * Reads a safetensors file of 16- or 32-bit floats.
 * @throws {Error} naming the file, when it is truncated, is no safetensors file, or holds another kind of numbers
 */
export async function readSafetensors(path: string): Promise<SafeTensors> {
  const file = await readFile(path);
  const fail = (what: string): never => {
    throw new Error(`${path}: not a usable safetensors file: ${what}`);
  };
  if (file.length < 8) fail(`${file.length} bytes, at least 8 expected`);
  const headerLength = Number(file.readBigUInt64LE());
  const begin = 8 + headerLength;
  if (begin > file.length) fail(`the header should take ${headerLength} bytes, the file has ${file.length}`);
  let header: Record<string, Entry> & { __metadata__?: Record<string, string> };
  try {
    header = JSON.parse(file.toString('utf8', 8, begin)) as typeof header;
  } catch {
    return fail('the header is not JSON');
  }
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors[name] = readTensor(file.subarray(begin), name, entry as Entry, fail);
  }
  return { tensors, metadata: header.__metadata__ ?? {} };
}

function readTensor(values: Buffer, name: string, entry: Entry, fail: (what: string) => never): StoredTensor {
  const { dtype, shape, data_offsets: [from, to] = [0, -1] } = entry;
  if (dtype !== 'F16' && dtype !== 'F32') fail(`${name} holds ${dtype}, expected F16 or F32`);
  const width = dtype === 'F16' ? 2 : 4;
  const size = shape.reduce((a, b) => a * b, 1);
  if (to - from !== size * width) fail(`${name} takes ${to - from} bytes, shape [${shape}] needs ${size * width}`);
  if (to > values.length) fail(`truncated: ${name} ends at byte ${to} of the values, the file has ${values.length}`);
  const bytes = new Uint8Array(values.subarray(from, to)).buffer; // a copy, aligned
  return { shape, data: dtype === 'F16' ? Float32Array.from(new Float16Array(bytes)) : new Float32Array(bytes) };
}
