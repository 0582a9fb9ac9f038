import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type SafeTensors } from 'naive-diffusion';
import { Random } from '../../lib/src/random.ts';
import { temporaryFolder } from '../data/temporary.ts';

const folder = temporaryFolder();
const file = join(folder, 'x.safetensors');

/** Writes a file of the format as it is described, without the library: its header as text, and so many bytes. */
function write(header: string | Buffer, bytes = 16, length?: bigint): void {
  const text = Buffer.from(header);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  writeFileSync(file, Buffer.concat([size, text, Buffer.alloc(bytes)]));
}

const entry = (from: number, to: number, shape = [(to - from) / 4]) =>
  `{"dtype":"F32","shape":[${shape}],"data_offsets":[${from},${to}]}`;

describe('readSafetensors', () => {
  it.each([
    ['tensors one after another', `{"a":${entry(0, 8)},"b":${entry(8, 16)}}`, ['a', 'b']],
    ['tensors in another order than their bytes', `{"b":${entry(8, 16)},"a":${entry(0, 8)}}`, ['b', 'a']],
    [
      'an empty tensor and a scalar',
      `{"a":${entry(0, 0, [3, 0])},"b":${entry(0, 4, [])},"c":${entry(4, 16)}}`,
      ['a', 'b', 'c'],
    ],
    ['spaces after the header', `{"a":${entry(0, 16)}}       `, ['a']],
    ['any name', `{"__proto__":${entry(0, 8)},"constructor":${entry(8, 16)}}`, ['__proto__', 'constructor']],
  ])('reads %s', async (_, header, names) => {
    write(header);
    const { tensors, metadata } = await readSafetensors(file);
    expect(Object.keys(tensors)).toEqual(names);
    expect(metadata).toEqual({});
  });

  it.each([
    ['a name twice', `{"a":${entry(0, 8)},"a":${entry(8, 16)}}`, 'the header has two entries named "a"'],
    [
      'an overlap',
      `{"a":${entry(0, 8)},"b":${entry(4, 16)}}`,
      'b begins at byte 4 of the values, within another tensor',
    ],
    ['the same bytes twice', `{"a":${entry(0, 16)},"b":${entry(0, 16)}}`, 'b begins at byte 0 of the values, within'],
    ['a hole', `{"a":${entry(0, 4)},"b":${entry(8, 16)}}`, 'bytes 4 to 8 of the values, before b, belong to no tensor'],
    ['a hole at the start', `{"a":${entry(4, 16)}}`, 'bytes 0 to 4 of the values, before a, belong to no tensor'],
    ['bytes left over', `{"a":${entry(0, 8)}}`, '8 bytes after the last tensor belong to none'],
    ['no tensor for its bytes', '{}', '16 bytes after the last tensor belong to none'],
    ['too few bytes', `{"a":${entry(0, 20)}}`, 'truncated: a ends at byte 20 of the values, the file has 16'],
    [
      'an offset below 0',
      `{"a":${entry(-12, -4)}}`,
      'a must have data_offsets from its first byte to its end, got [-12,-4]',
    ],
    ['offsets the wrong way round', '{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,0]}}', 'got [8,0]'],
    ['a broken offset', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}}', 'got [0.5,4.5]'],
    ['three offsets', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}', 'got [0,4,8]'],
    [
      'no offsets',
      '{"a":{"dtype":"F32","shape":[4]}}',
      'a must have data_offsets from its first byte to its end, got undefined',
    ],
    [
      'no shape',
      '{"a":{"dtype":"F32","data_offsets":[0,16]}}',
      'a must have a shape of whole numbers of at least 0, got undefined',
    ],
    ['a negative shape', `{"a":${entry(0, 16, [-2, -2])}}`, 'got [-2,-2]'],
    ['a broken shape', `{"a":${entry(0, 16, [1.5])}}`, 'got [1.5]'],
    [
      'an unsafe shape',
      '{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,16]}}',
      'got [9007199254740992]',
    ],
    ['a shape that does not fit', `{"a":${entry(0, 16, [3])}}`, 'a takes 16 bytes, shape [3] needs 12'],
    [
      'another kind of number',
      '{"a":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]}}',
      'a holds BF16, expected F16 or F32',
    ],
    [
      'an unknown kind',
      '{"a":{"dtype":"F31","shape":[4],"data_offsets":[0,16]}}',
      'a holds "F31", which is no kind of number',
    ],
    [
      'a kind named as what every object has',
      '{"a":{"dtype":"toString","shape":[4],"data_offsets":[0,16]}}',
      'a holds "toString"',
    ],
    ['no kind', '{"a":{"shape":[4],"data_offsets":[0,16]}}', 'a holds undefined'],
    ['null for a tensor', '{"a":null}', 'a must have dtype, shape and data_offsets, got null'],
    ['a list for a tensor', '{"a":[]}', 'a must have dtype, shape and data_offsets, got []'],
    ['null', 'null', 'the header is no JSON object'],
    ['a list', '[]', 'the header is no JSON object'],
    ['spaces before the header', ` {"a":${entry(0, 16)}}`, 'the header is no JSON object'],
    ['half a header', '{"a":', 'the header is not valid JSON'],
    ['no text', Buffer.from([0x7b, 0xff, 0x7d]), 'the header is not UTF-8 text'],
    [
      'metadata that is no text',
      `{"__metadata__":{"a":1},"a":${entry(0, 16)}}`,
      '__metadata__ must hold texts by name',
    ],
    ['metadata that is a list', `{"__metadata__":["a"],"a":${entry(0, 16)}}`, '__metadata__ must hold texts by name'],
    [
      'metadata twice',
      `{"__metadata__":{"a":"1","a":"2"},"a":${entry(0, 16)}}`,
      'the header has two entries named "a"',
    ],
  ])('refuses %s', async (_, header, message) => {
    write(header);
    const failure = readSafetensors(file);
    await expect(failure).rejects.toThrow(`readSafetensors: ${file}: not a usable safetensors file: `);
    await expect(failure).rejects.toThrow(message);
  });

  it.each([
    [2n ** 63n, 'the header should take 9223372036854775808 bytes, at most 100000000 are allowed'],
    [100_000_001n, 'the header should take 100000001 bytes, at most 100000000 are allowed'],
    [50_000n, 'truncated: the header should take 50000 bytes, the file has 18'],
  ])('refuses a header of %s bytes', async (length, message) => {
    write('{}', 16, length);
    await expect(readSafetensors(file)).rejects.toThrow(message);
  });

  it('says what it cannot read', async () => {
    await expect(readSafetensors(folder)).rejects.toThrow(`readSafetensors: cannot read ${folder}: it is a folder`);
    const missing = join(folder, 'no.safetensors');
    await expect(readSafetensors(missing)).rejects.toThrow(`readSafetensors: cannot read ${missing}: there is no such`);
    writeFileSync(file, Buffer.alloc(5));
    await expect(readSafetensors(file)).rejects.toThrow('5 bytes, at least 8 expected');
  });
});

describe('writeSafetensors', () => {
  const of = (...values: number[]): SafeTensors => ({
    tensors: { w: { shape: [values.length], data: Float32Array.from(values) } },
    metadata: {},
  });

  it.each([['single'], ['half']] as const)('in %s precision gives back what was written', async (precision) => {
    const random = new Random(3);
    for (let round = 0; round < 30; round++) {
      const tensors = Object.fromEntries(
        Array.from({ length: random.int(5) }, (_, i) => {
          const shape = Array.from({ length: random.int(4) }, () => random.int(4));
          const size = shape.reduce((a, b) => a * b, 1);
          return [
            ['', 'ü"', '__proto__', 'a.b', 'w'][i],
            { shape, data: Float32Array.from({ length: size }, () => random.int(2049) / 4) },
          ];
        }),
      );
      const contents = { tensors, metadata: { 'a"': 'ü\n', b: '' } };
      writeSafetensors(file, contents, { precision });
      const read = await readSafetensors(file);
      expect(Object.entries(read.tensors)).toEqual(Object.entries(tensors)); // a quarter up to 512 is exact in 16 bits
      expect(read.metadata).toEqual(contents.metadata);
    }
  });

  it('keeps no network that holds NaN or Infinity, unless it is told to', async () => {
    writeSafetensors(file, of(7));
    for (const value of [NaN, Infinity, -Infinity]) {
      for (const precision of ['half', 'single'] as const)
        expect(() => writeSafetensors(file, of(1, value), { precision })).toThrow(
          `writeSafetensors: tensor 'w' must hold finite numbers, got ${value} at position 1`,
        );
    }
    expect([...(await readSafetensors(file)).tensors.w.data]).toEqual([7]);
    for (const precision of ['half', 'single'] as const) {
      writeSafetensors(file, of(NaN, -Infinity), { precision, nonFinite: true });
      expect([...(await readSafetensors(file)).tensors.w.data]).toEqual([NaN, -Infinity]);
    }
  });

  it('writes no value that half precision would make infinite', async () => {
    for (const value of [65_520, -65_520, 1e38])
      expect(() => writeSafetensors(file, of(0, 1, value), { precision: 'half' })).toThrow(
        `writeSafetensors: tensor 'w' must lie within ±65,504 for half precision, got ${Math.fround(value)} at position 2; write it with precision 'single'`,
      );
    writeSafetensors(file, of(65_504, -65_519), { precision: 'half' });
    expect([...(await readSafetensors(file)).tensors.w.data]).toEqual([65_504, -65_504]);
  });

  it.each([
    [
      { tensors: { w: { shape: [3], data: new Float32Array(2) } }, metadata: {} },
      "tensor 'w' must have the 3 values of [3], got 2",
    ],
    [
      { tensors: { w: { shape: [-1], data: new Float32Array(2) } }, metadata: {} },
      "tensor 'w' must have a shape of whole numbers, got [-1]",
    ],
    [
      { tensors: { w: { shape: [2], data: [1, 2] } }, metadata: {} },
      "tensor 'w' must have its values as a Float32Array",
    ],
    [{ tensors: { w: null }, metadata: {} }, "tensor 'w' must have a shape of whole numbers, got undefined"],
    [
      { tensors: { __metadata__: { shape: [], data: new Float32Array(1) } }, metadata: {} },
      "tensor '__metadata__' must have another name",
    ],
    [{ tensors: {}, metadata: { a: 1 } }, 'metadata must hold texts, got number for a'],
    [{ tensors: {} }, 'metadata must be an object of texts by name'],
    [{ metadata: {} }, 'tensors must be an object of tensors by name'],
    [null, 'metadata must be an object of texts by name'],
  ])('refuses %j', (contents, message) => {
    expect(() => writeSafetensors(file, contents as never)).toThrow(`writeSafetensors: ${message}`);
  });

  it('names the path that cannot be written', () => {
    mkdirSync(join(folder, 'taken.safetensors'));
    expect(() => writeSafetensors(join(folder, 'taken.safetensors'), of(1))).toThrow(
      /^writeSafetensors: cannot write .*taken/,
    );
    expect(() => writeSafetensors(file, of(1), { precision: 'double' as 'half' })).toThrow(
      `writeSafetensors: precision must be 'half' or 'single', got "double"`,
    );
  });
});
