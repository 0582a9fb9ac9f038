import { describe, expect, it } from 'vitest';
import { resample } from '../../lib/src/data/resample.ts';

/** A square image from a function of the middle of each pixel, in [0, 1]. */
const image = (side: number, value: (y: number, x: number) => number) =>
  Float32Array.from({ length: side * side }, (_, i) =>
    value((Math.floor(i / side) + 0.5) / side, ((i % side) + 0.5) / side),
  );

describe('resample', () => {
  it.each([
    [7, 7],
    [8, 4],
    [9, 4],
    [100, 3],
    [3, 10],
  ])('leaves a flat image flat, from %i to %i', (side, size) => {
    for (const value of resample(
      image(side, () => 0.7),
      { side, size, channels: 1 },
    ))
      expect(value).toBeCloseTo(0.7, 6);
  });

  it('leaves an image of the wanted size as it is', () => {
    const values = image(6, (y, x) => Math.sin(20 * y) + x);
    expect(resample(values, { side: 6, size: 6, channels: 1 })).toEqual(values);
  });

  it('halves a ramp into a ramp, except at the rim, where half of the weights lie outside', () => {
    const small = resample(
      image(32, (y, x) => 2 * x - y),
      { side: 32, size: 16, channels: 1 },
    );
    const exact = image(16, (y, x) => 2 * x - y);
    for (let i = 0; i < small.length; i++) {
      const [y, x] = [Math.floor(i / 16), i % 16];
      if (y > 0 && y < 15 && x > 0 && x < 15) expect(small[i]).toBeCloseTo(exact[i], 5);
    }
  });

  it('has weights 1, 3, 3, 1 of 8 when it halves', () => {
    const line = Array.from({ length: 8 }, (_, row) => row);
    for (const row of line) {
      const spike = image(8, (y) => (Math.floor(y * 8) === row ? 1 : 0));
      const second = resample(spike, { side: 8, size: 4, channels: 1 })[4];
      expect(second).toBeCloseTo([0, 1, 3, 3, 1, 0, 0, 0][row] / 8, 6);
    }
  });

  it('passes over no pixel when it shrinks a lot: a checkerboard becomes grey', () => {
    const board = Float32Array.from({ length: 64 * 64 }, (_, i) => (Math.floor(i / 64) + i) % 2);
    for (const value of resample(board, { side: 64, size: 4, channels: 1 })) expect(value).toBeCloseTo(0.5, 2);
  });

  it('keeps channels apart', () => {
    const colours = Float32Array.from({ length: 16 * 3 }, (_, i) => (i % 3) * 10);
    expect(Array.from(resample(colours, { side: 4, size: 2, channels: 3 }), Math.round)).toEqual([
      0, 10, 20, 0, 10, 20, 0, 10, 20, 0, 10, 20,
    ]);
  });

  it('turns with the image', () => {
    const turned = (y: number, x: number) => Math.sin(9 * x) * y;
    const a = resample(image(11, turned), { side: 11, size: 5, channels: 1 });
    const b = resample(
      image(11, (y, x) => turned(x, y)),
      { side: 11, size: 5, channels: 1 },
    );
    for (let y = 0; y < 5; y++) for (let x = 0; x < 5; x++) expect(a[y * 5 + x]).toBeCloseTo(b[x * 5 + y], 6);
  });
});
