import { absolute, readWhole } from '#platform/files.js';
import { gunzip } from '#platform/gunzip.js';
import { checkWhole } from '../check.js';
import { checkSetSize, ImageSet } from './image-set.js';

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
  /**
   * Swaps rows and columns, for files that hold images column by column, as those of EMNIST do: without it, their
   * letters lie on their side, mirrored. Nothing in a file says which it is. Default: no.
   */
  transpose?: boolean;
}

/**
 * Reads images, and labels where given, from IDX files such as those of MNIST and Fashion-MNIST; of EMNIST with
 * `transpose: true`. A leading `~` in a path is the home folder.
 * @throws {TypeError | RangeError} when an option is out of range
 * @throws {Error} naming the file and the fault: missing, a folder, truncated, not IDX, not bytes, larger than `size`,
 * or with another number of labels than images
 */
export async function loadIdx(o: IdxOptions): Promise<ImageSet> {
  const { images } = o ?? {};
  if (typeof images !== 'string')
    throw new TypeError(`loadIdx: images must be the path of a file, got ${typeof images}`);
  return loadIdxAs('loadIdx', images.split(/[\\/]/).pop() ?? images, o);
}

/** `loadIdx` under another function's name, for its messages, and with a name for the set. */
export async function loadIdxAs(caller: string, name: string, o: IdxOptions, remedy?: string): Promise<ImageSet> {
  const { size = 32, transpose = false } = o;
  checkWhole(caller, 'size', size);
  if (o.limit !== undefined) checkWhole(caller, 'limit', o.limit);
  if (o.channels !== undefined && o.channels !== 1 && o.channels !== 3) {
    throw new RangeError(`${caller}: channels must be 1 or 3, got ${o.channels}`);
  }
  if (typeof transpose !== 'boolean')
    throw new TypeError(`${caller}: transpose must be true or false, got ${String(transpose)}`);
  const file = await readIdx(o.images, caller, remedy);
  const tags = o.labels === undefined ? undefined : await readIdx(o.labels, caller, remedy);
  const path = absolute(o.images);
  const [count, rows, columns, depth = 1] = file.dims;
  if (!(file.data instanceof Uint8Array) || file.dims.length < 3 || file.dims.length > 4 || ![1, 3].includes(depth)) {
    throw new Error(
      `${caller}: ${path} must hold bytes [n, height, width] or [n, height, width, 1 or 3], got ${file.type} [${file.dims}]`,
    );
  }
  if (file.data.length === 0) throw new Error(`${caller}: ${path} holds no image: uint8 [${file.dims}]`);
  const [height, width] = transpose ? [columns, rows] : [rows, columns];
  if (height > size || width > size) {
    throw new Error(
      `${caller}: ${path} holds images of ${height}x${width}, larger than size ${size}; pass a larger size`,
    );
  }
  const { channels = depth } = o;
  if (channels < depth)
    throw new Error(`${caller}: channels must be 3 for ${path}, which holds colours, got ${channels}`);
  if (tags) checkLabels(caller, tags, absolute(o.labels!), count, path);
  const kept = Math.min(count, o.limit ?? count);
  checkSetSize(caller, kept, size, size, channels);
  const upright = transpose ? transposed(file.data, { count: kept, rows, columns, depth }) : file.data;
  const pixels = pad(upright, { count: kept, height, width, depth, size, channels });
  const labels = tags && Int32Array.from(tags.data.subarray(0, kept));
  return new ImageSet({ name, height: size, width: size, channels, pixels, labels });
}

function checkLabels(caller: string, labels: Idx, path: string, count: number, images: string): void {
  if (!(labels.data instanceof Uint8Array) || labels.dims.length !== 1)
    throw new Error(`${caller}: ${path} must hold bytes [n], got ${labels.type} [${labels.dims}]`);
  if (labels.dims[0] !== count)
    throw new Error(`${caller}: ${path} has ${labels.dims[0]} labels, but ${images} has ${count} images`);
}

/** Images that are stored column by column, row by row. */
function transposed(
  data: Uint8Array,
  { count, rows, columns, depth }: Record<'count' | 'rows' | 'columns' | 'depth', number>,
): Uint8Array {
  const result = new Uint8Array(count * rows * columns * depth);
  for (let i = 0, to = 0; i < count; i++) {
    for (let x = 0; x < columns; x++) {
      for (let y = 0; y < rows; y++) {
        const from = ((i * rows + y) * columns + x) * depth;
        for (let c = 0; c < depth; c++) result[to++] = data[from + c];
      }
    }
  }
  return result;
}

/** The content of an IDX file. */
export interface Idx {
  type: 'uint8' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64';
  dims: number[];
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** Reads any IDX file, gzipped or not. Throws an error that names the file and what is wrong with it. */
export async function readIdx(path: string, caller = 'readIdx', remedy?: string): Promise<Idx> {
  const bytes = await readWhole(caller, path, remedy);
  const name = `${caller}: ${absolute(path)}`;
  return parseIdx(bytes[0] === 0x1f && bytes[1] === 0x8b ? await unzipped(bytes, name) : bytes, name);
}

/** A gzip file's content, which may be no longer than its IDX header says: a small file can hold any length. */
async function unzipped(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, (begin) => Math.max(expectedLength(begin, name), 2 ** 20));
  } catch (cause) {
    const fault =
      cause instanceof RangeError
        ? 'is too long: it holds more than its header says'
        : `is a damaged gzip file (${(cause as Error).message})`;
    throw new Error(`${name} ${fault}`, { cause });
  }
}

/** What the header says of the length; 0 where it is none, which shows when all of it is read. */
function expectedLength(begin: Uint8Array, name: string): number {
  try {
    return parseHeader(begin, name).expected;
  } catch {
    return 0;
  }
}

const kinds = {
  0x08: { type: 'uint8', size: 1, array: Uint8Array, read: 'getUint8' },
  0x09: { type: 'int8', size: 1, array: Int8Array, read: 'getInt8' },
  0x0b: { type: 'int16', size: 2, array: Int16Array, read: 'getInt16' },
  0x0c: { type: 'int32', size: 4, array: Int32Array, read: 'getInt32' },
  0x0d: { type: 'float32', size: 4, array: Float32Array, read: 'getFloat32' },
  0x0e: { type: 'float64', size: 8, array: Float64Array, read: 'getFloat64' },
} as const;

interface IdxHeader {
  kind: (typeof kinds)[keyof typeof kinds];
  dims: number[];
  count: number;
  /** Where the elements begin, and how long the file must be. */
  start: number;
  expected: number;
}

/**
 * The IDX format (http://yann.lecun.com/exdb/mnist): two zero bytes, the code of the element type, the number of
 * dimensions, each dimension as a big-endian 32-bit number, then the elements, big-endian, last dimension fastest.
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const { kind, dims, count, start, expected } = parseHeader(bytes, name);
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? 'is truncated' : 'is too long';
    throw new Error(`${name} ${fault}: ${kind.type} [${dims}] takes ${expected} bytes, the file has ${bytes.length}`);
  }
  if (kind.type === 'uint8') return { type: kind.type, dims, data: bytes.subarray(start) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new kind.array(count);
  for (let i = 0; i < count; i++) data[i] = view[kind.read](start + i * kind.size);
  return { type: kind.type, dims, data };
}

function parseHeader(bytes: Uint8Array, name: string): IdxHeader {
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
  if (expected > 2 ** 32) throw new Error(`${name} claims to hold ${kind.type} [${dims}], more than 4 GiB`);
  return { kind, dims, count, start, expected };
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
