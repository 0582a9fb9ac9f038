import { createCanvas } from 'canvas';
import { describe, expect, it } from 'vitest';
import { imageFault } from '../../lib/src/data/image-file.ts';

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
])('imageFault of a %s', (_, bytes) => {
  it('finds nothing wrong with a whole file, nor with more bytes after it', () => {
    expect(imageFault(bytes)).toBeUndefined();
    expect(imageFault(Buffer.concat([bytes, Buffer.alloc(100, 1)]))).toBeUndefined();
  });

  it('finds every truncation from the first mark to the last', () => {
    for (let length = 12; length < bytes.length - 8; length++) {
      expect(imageFault(bytes.subarray(0, length)), `${length} of ${bytes.length}`).toBe(
        `it is truncated: its end is missing after ${length} bytes`,
      );
    }
  });

  it('does not take the beginning of something else for an image', () => {
    expect(imageFault(Buffer.concat([Buffer.from('x'), bytes]))).toBe(
      'it begins as neither a PNG, a JPEG nor a WebP file does',
    );
    expect(imageFault(bytes.subarray(0, 2))).toBe('it begins as neither a PNG, a JPEG nor a WebP file does');
  });
});

it('a JPEG is not whole because a thumbnail within it is', () => {
  const jpeg = canvas.toBuffer('image/jpeg', 90);
  const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1, (jpeg.length + 2) >> 8, (jpeg.length + 2) & 255]), jpeg]);
  const whole = Buffer.concat([jpeg.subarray(0, 2), thumbnail, jpeg.subarray(2)]);
  expect(imageFault(whole)).toBeUndefined();
  expect(imageFault(whole.subarray(0, whole.length - 20))).toMatch(/truncated/);
});
