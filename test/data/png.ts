import { crc32, deflateSync } from 'node:zlib';

/** One chunk of a PNG file: length, name, data, checksum. */
export function chunk(name: string, data: Uint8Array, checksum?: number): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum ?? crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** What a PNG file is made of. */
export interface PngParts {
  width: number;
  height: number;
  /**
   * Bits of each value, and the format's number for the kind of colours: 0 grey, 2 RGB, 3 palette, 4 and 6 with alpha.
   */
  depth?: number;
  kind?: number;
  /** The chunk of compressed data. */
  data: Buffer;
  before?: Buffer[];
}

/** A PNG file as its format is described, written without any library. */
export function png({ width, height, depth = 8, kind = 2, data, before = [] }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, kind], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), ...before, data, chunk('IEND', Buffer.alloc(0))]);
}

/** Rows of a picture with a filter byte before each, compressed. */
export function rows(count: number, bytes: number, value: (at: number) => number = () => 0): Buffer {
  const raw = Buffer.alloc(count * (bytes + 1));
  for (let at = 0; at < raw.length; at++) if (at % (bytes + 1) !== 0) raw[at] = value(at);
  return deflateSync(raw);
}
