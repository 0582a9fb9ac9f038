import { createCanvas, loadImage } from 'canvas';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../lib/src/platform/node/images.ts';
import { chunk, png, rows } from '../data/png.ts';

const canvas = createCanvas(24, 24);
const context = canvas.getContext('2d');
for (let i = 0; i < 576; i++) {
  context.fillStyle = `rgb(${(i * 37) % 256}, ${(i * 91) % 256}, ${(i * 53) % 256})`;
  context.fillRect(i % 24, Math.floor(i / 24), 1, 1);
}

describe.each([
  ['PNG', canvas.toBuffer('image/png')],
  ['JPEG', canvas.toBuffer('image/jpeg', 90)],
  ['WebP', canvas.toBuffer('image/webp', 90)],
])('decodeImage of a %s', (_, bytes) => {
  it('gives the pixels that another decoder finds', async () => {
    const { width, height, data } = await decodeImage('x', bytes, false);
    const other = createCanvas(24, 24).getContext('2d');
    other.drawImage(await loadImage(bytes), 0, 0);
    const expected = [...other.getImageData(0, 0, 24, 24).data].filter((_, at) => at % 4 < 3);
    expect([width, height, data.length]).toEqual([24, 24, expected.length]);
    // decoders may round, and enlarge the colours of JPEG and WebP, in ways of their own
    expected.forEach((value, at) => expect(Math.abs(value - data[at])).toBeLessThanOrEqual(3));
  });

  it('refuses every truncation, or gives the whole picture where only the last mark lacks', async () => {
    const whole = await decodeImage('x', bytes, false);
    for (let length = 0; length < bytes.length; length += length < 64 || length > bytes.length - 64 ? 1 : 13) {
      const image = await decodeImage('x', bytes.subarray(0, length), false).catch((error: Error) => error.message);
      if (typeof image === 'string') expect(image).toMatch(/^x is damaged or not an image: /);
      else expect(image, `${length} of ${bytes.length}`).toEqual(whole);
    }
  });

  it('does not take the beginning of something else for an image', async () => {
    await expect(decodeImage('x', Buffer.concat([Buffer.from('y'), bytes]))).rejects.toThrow(
      'x is damaged or not an image: it begins as neither a PNG, a JPEG nor a WebP file does',
    );
  });
});

describe('a PNG', () => {
  const size = { width: 16, height: 16 };
  const data = rows(16, 48, (at) => (at * 37) % 256);
  const whole = png({ ...size, data: chunk('IDAT', data) });
  const flipped = Buffer.from(whole);
  flipped[whole.indexOf('IDAT') + 40] ^= 4;

  it('without a fault is read', async () => {
    expect((await decodeImage('x', whole)).data.length).toBe(768);
  });

  it.each([
    ['a changed byte', flipped],
    ['a wrong checksum', png({ ...size, data: chunk('IDAT', data, 0) })],
    ['half of the compressed data', png({ ...size, data: chunk('IDAT', data.subarray(0, data.length >> 1)) })],
    ['too few rows', png({ ...size, data: chunk('IDAT', rows(9, 48)) })],
    ['no data', png({ ...size, data: chunk('IDAT', Buffer.alloc(0)) })],
    ['no data at all', png({ ...size, data: Buffer.alloc(0) })],
    ['no rows', png({ width: 16, height: 0, data: chunk('IDAT', data) })],
    ['an unknown kind of colours', png({ ...size, kind: 5, data: chunk('IDAT', data) })],
  ])('with %s is refused', async (_, bytes) => {
    await expect(decodeImage('x', bytes)).rejects.toThrow(/^x is damaged or not an image: ./);
  });

  it('that claims more than its bytes can hold is refused before memory is taken', async () => {
    const tiny = png({ width: 10_000, height: 10_000, data: chunk('IDAT', rows(1, 1)) });
    expect(tiny.length).toBeLessThan(80);
    await expect(decodeImage('x', tiny)).rejects.toThrow(
      `it claims 10000x10000 pixels, which its ${tiny.length} bytes cannot hold`,
    );
    const vast = png({ width: 100_000, height: 100_000, data: chunk('IDAT', rows(1, 1)) });
    await expect(decodeImage('x', vast)).rejects.toThrow('it has more than 134217728 pixels');
  });

  it('that compresses as well as deflate can is read all the same', async () => {
    const even = png({ width: 4000, height: 4000, depth: 1, kind: 0, data: chunk('IDAT', rows(4000, 500)) });
    expect(4000 * 500).toBeGreaterThan(900 * even.length);
    expect((await decodeImage('x', even, false)).width).toBe(4000);
  });

  it.each([
    ['grey in one bit', { depth: 1, kind: 0, bytes: 1 }],
    ['grey with opacity', { depth: 8, kind: 4, bytes: 16 }],
    ['RGB in 16 bits', { depth: 16, kind: 2, bytes: 48 }],
    ['a palette', { depth: 1, kind: 3, bytes: 1, before: [chunk('PLTE', Buffer.from([0, 0, 0, 255, 0, 0]))] }],
  ])('in %s becomes 8 bits of red, green and blue', async (_, { bytes, ...parts }) => {
    const image = await decodeImage('x', png({ width: 8, height: 8, ...parts, data: chunk('IDAT', rows(8, bytes)) }));
    expect(image.data.length).toBe(64 * image.channels);
  });
});

describe('a JPEG', () => {
  it('whose data ends early is refused, also where the last mark is there', async () => {
    const jpeg = canvas.toBuffer('image/jpeg', 90);
    const cut = Buffer.concat([jpeg.subarray(0, jpeg.length - 100), Buffer.from([0xff, 0xd9])]);
    await expect(decodeImage('x', cut)).rejects.toThrow(/x is damaged or not an image: .*premature end of data/);
  });

  it('is turned upright', async () => {
    const raw = { width: 2, height: 1, channels: 3 } as const;
    const flat = sharp(Buffer.from([255, 0, 0, 0, 0, 255]), { raw }).resize(32, 16, { kernel: 'nearest' });
    const turned = await flat.withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
    const { width, height, data } = await decodeImage('x', turned);
    expect([width, height]).toEqual([16, 32]);
    expect(data[0]).toBeGreaterThan(240); // what was at the left is at the top
    expect(data.at(-1)).toBeGreaterThan(240);
  });
});

it('refuses other formats that the decoder knows', async () => {
  const gif = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .gif()
    .toBuffer();
  await expect(decodeImage('x', gif)).rejects.toThrow('it is gif, expected PNG, JPEG or WebP');
});
