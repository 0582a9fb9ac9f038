import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ImageSet } from './image-set.js';
import { mustExist } from './location.js';

const unzip = promisify(gunzip);

/** Where an IDX data set lies, and what its images should become. */
export interface IdxOptions {
  /** Path of the images: bytes `[n, height, width]`, or `[n, height, width, 1 | 3]`; gzipped or not. */
  images: string;
  /** Path of the labels: bytes `[n]`; gzipped or not. */
  labels?: string;
  /** Height and width of the result: smaller images are centred on black. Default 32. */
  size?: number;
  /** 3 repeats a grey image in all three channels. Default: as in the file. */
  channels?: 1 | 3;
  /** Keep only the first ones. Default: all. */
  limit?: number;
}

/**
 * Reads images, and labels where given, from IDX files such as those of MNIST, Fashion-MNIST and EMNIST.
 * Throws an error that names the file and the fault: missing, truncated, not IDX, not bytes, larger than `size`,
 * or with another number of labels than images.
 */
export async function loadIdx({ images, labels, size = 32, channels, limit }: IdxOptions): Promise<ImageSet> {
  return loadIdxAs('loadIdx', images.split(/[\\/]/).pop() ?? images, { images, labels, size, channels, limit });
}

/** `loadIdx` under another function's name, for its messages, and with a name for the set. */
export async function loadIdxAs(caller: string, name: string, o: IdxOptions): Promise<ImageSet> {
  const { size = 32 } = o;
  mustBePositive(caller, 'size', size);
  if (o.limit !== undefined) mustBePositive(caller, 'limit', o.limit);
  if (o.channels !== undefined && o.channels !== 1 && o.channels !== 3) {
    throw new Error(`${caller}: channels must be 1 or 3, got ${o.channels}`);
  }
  const [file, tags] = await Promise.all([readIdx(o.images, caller), o.labels && readIdx(o.labels, caller)]);
  const [count, height, width, depth = 1] = file.dims;
  if (
    !(file.data instanceof Uint8Array) ||
    file.dims.length < 3 ||
    file.dims.length > 4 ||
    (depth !== 1 && depth !== 3)
  ) {
    throw new Error(
      `${caller}: ${o.images} must hold bytes [n, height, width] or [n, height, width, 1 or 3], got ${file.type} [${file.dims}]`,
    );
  }
  if (height > size || width > size) {
    throw new Error(
      `${caller}: ${o.images} holds images of ${height}x${width}, larger than size ${size}; pass a larger size`,
    );
  }
  const { channels = depth } = o;
  if (channels < depth)
    throw new Error(`${caller}: channels must be 3 for ${o.images}, which holds colours, got ${channels}`);
  if (tags) {
    if (!(tags.data instanceof Uint8Array) || tags.dims.length !== 1) {
      throw new Error(`${caller}: ${o.labels} must hold bytes [n], got ${tags.type} [${tags.dims}]`);
    }
    if (tags.dims[0] !== count) {
      throw new Error(`${caller}: ${o.labels} has ${tags.dims[0]} labels, but ${o.images} has ${count} images`);
    }
  }
  const kept = Math.min(count, o.limit ?? count);
  const pixels = pad(file.data, { count: kept, height, width, depth, size, channels });
  return new ImageSet({
    name,
    height: size,
    width: size,
    channels,
    pixels,
    labels: tags ? Int32Array.from(tags.data.subarray(0, kept)) : undefined,
  });
}

/** The content of an IDX file. */
export interface Idx {
  type: 'uint8' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64';
  dims: number[];
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** Reads any IDX file, gzipped or not. Throws an error that names the file and what is wrong with it. */
export async function readIdx(path: string, caller = 'readIdx'): Promise<Idx> {
  await mustExist(caller, path, 'check the path');
  let bytes: Uint8Array = await readFile(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    bytes = await unzip(bytes).catch((cause: Error) => {
      throw new Error(`${caller}: ${path} is a damaged gzip file (${cause.message})`, { cause });
    });
  }
  return parseIdx(bytes, `${caller}: ${path}`);
}

const kinds = {
  0x08: { type: 'uint8', size: 1, array: Uint8Array, read: 'getUint8' },
  0x09: { type: 'int8', size: 1, array: Int8Array, read: 'getInt8' },
  0x0b: { type: 'int16', size: 2, array: Int16Array, read: 'getInt16' },
  0x0c: { type: 'int32', size: 4, array: Int32Array, read: 'getInt32' },
  0x0d: { type: 'float32', size: 4, array: Float32Array, read: 'getFloat32' },
  0x0e: { type: 'float64', size: 8, array: Float64Array, read: 'getFloat64' },
} as const;

/**
 * The IDX format (http://yann.lecun.com/exdb/mnist): two zero bytes, the code of the element type, the number of
 * dimensions, each dimension as a big-endian 32-bit number, then the elements, big-endian, last dimension fastest.
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4)
    throw new Error(`${name} is truncated: an IDX file has at least 4 bytes, this one ${bytes.length}`);
  const kind = kinds[bytes[2] as keyof typeof kinds];
  if (bytes[0] !== 0 || bytes[1] !== 0 || !kind || bytes[3] === 0) {
    throw new Error(
      `${name} is not an IDX file: wrong magic number 0x${view.getUint32(0).toString(16).padStart(8, '0')}`,
    );
  }
  const start = 4 + 4 * bytes[3];
  if (bytes.length < start)
    throw new Error(`${name} is truncated: its header should have ${start} bytes, the file has ${bytes.length}`);
  const dims = Array.from({ length: bytes[3] }, (_, i) => view.getUint32(4 + 4 * i));
  const count = dims.reduce((a, b) => a * b, 1);
  const expected = start + count * kind.size;
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? 'is truncated' : 'is too long';
    throw new Error(`${name} ${fault}: ${kind.type} [${dims}] takes ${expected} bytes, the file has ${bytes.length}`);
  }
  if (kind.type === 'uint8') return { type: kind.type, dims, data: bytes.subarray(start) };
  const data = new kind.array(count);
  for (let i = 0; i < count; i++) data[i] = view[kind.read](start + i * kind.size);
  return { type: kind.type, dims, data };
}

interface Padding {
  count: number;
  height: number;
  width: number;
  depth: number;
  size: number;
  channels: number;
}

/** Centres each image on black, and repeats a grey value in all channels. */
function pad(data: Uint8Array, { count, height, width, depth, size, channels }: Padding): Uint8Array {
  const pixels = new Uint8Array(count * size * size * channels);
  const top = (size - height) >> 1;
  const left = (size - width) >> 1;
  for (let row = 0; row < count * height; row++) {
    const image = Math.floor(row / height);
    const y = top + (row - image * height);
    const source = data.subarray(row * width * depth, (row + 1) * width * depth);
    const to = ((image * size + y) * size + left) * channels;
    if (channels === depth) pixels.set(source, to);
    else for (let x = 0, at = to; x < width; x++) pixels[at++] = pixels[at++] = pixels[at++] = source[x];
  }
  return pixels;
}

/** Throws unless `value` is a whole number of at least 1. */
export function mustBePositive(caller: string, argument: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) {
    throw new Error(`${caller}: ${argument} must be a whole number of at least 1, got ${value}`);
  }
}
