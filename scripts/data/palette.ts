import { createRequire } from 'node:module';

// Its ES module is found by bundlers only; Node and vitest must load the same one.
const gifenc = createRequire(import.meta.url)('gifenc') as {
  quantize(rgba: Uint8Array, colors: number, o: { format: 'rgb565' }): number[][];
};

/**
 * The `colors` colours that stand for all pixels with the least squared error that k-means finds, and for each pixel
 * the number of the nearest one. No dithering: a flat area stays flat.
 * The start is gifenc's palette (pairwise nearest neighbour clustering), then Lloyd's algorithm on the distinct
 * colours.
 * @param rgb pixels, three bytes each
 */
export function quantise(
  rgb: Uint8Array,
  colors = 256,
  rounds = 25,
): { palette: number[][]; indices: Uint8Array; psnr: number } {
  const { values, weights } = distinctColours(rgb);
  let centres = gifenc.quantize(withAlpha(rgb), colors, { format: 'rgb565' }).map((colour) => colour.slice(0, 3));
  let nearest = assign(values, centres);
  for (let round = 0; round < rounds; round++) {
    centres = means(values, weights, nearest, centres);
    nearest = assign(values, centres);
  }
  const palette = centres.map((centre) => centre.map(Math.round));
  return { palette, ...paint(rgb, palette) };
}

/** For each pixel the number of the nearest colour of a palette, and how far that is from the original, in decibels. */
export function paint(rgb: Uint8Array, palette: number[][]): { indices: Uint8Array; psnr: number } {
  const { values, of } = distinctColours(rgb);
  const nearest = assign(values, palette);
  const indices = Uint8Array.from(of, (colour) => nearest[colour]);
  let squared = 0;
  for (let at = 0; at < rgb.length; at++) squared += (rgb[at] - palette[indices[Math.floor(at / 3)]][at % 3]) ** 2;
  return { indices, psnr: 10 * Math.log10(255 ** 2 / (squared / rgb.length)) };
}

/** The distinct colours, how often each occurs, and for each pixel which one it has. */
function distinctColours(rgb: Uint8Array): { values: Uint8Array; weights: Uint32Array; of: Uint32Array } {
  const number = new Int32Array(1 << 24).fill(-1);
  const of = new Uint32Array(rgb.length / 3);
  const found: number[] = [];
  for (let i = 0; i < of.length; i++) {
    const colour = (rgb[3 * i] << 16) | (rgb[3 * i + 1] << 8) | rgb[3 * i + 2];
    if (number[colour] < 0) number[colour] = found.push(colour) - 1;
    of[i] = number[colour];
  }
  const values = Uint8Array.from(
    { length: found.length * 3 },
    (_, at) => (found[Math.floor(at / 3)] >> (16 - 8 * (at % 3))) & 255,
  );
  const weights = new Uint32Array(found.length);
  for (const colour of of) weights[colour]++;
  return { values, weights, of };
}

/** For each colour the number of the nearest centre. */
function assign(values: Uint8Array, centres: number[][]): Uint8Array {
  const flat = Float64Array.from(centres.flat());
  const nearest = new Uint8Array(values.length / 3);
  for (let i = 0; i < nearest.length; i++) {
    const [r, g, b] = [values[3 * i], values[3 * i + 1], values[3 * i + 2]];
    let least = Infinity;
    for (let k = 0; k < centres.length; k++) {
      const distance = (r - flat[3 * k]) ** 2 + (g - flat[3 * k + 1]) ** 2 + (b - flat[3 * k + 2]) ** 2;
      if (distance < least) [least, nearest[i]] = [distance, k];
    }
  }
  return nearest;
}

/** The weighted mean of the colours nearest to each centre; a centre that none is nearest to stays. */
function means(values: Uint8Array, weights: Uint32Array, nearest: Uint8Array, centres: number[][]): number[][] {
  const sums = centres.map(() => [0, 0, 0, 0]);
  for (let i = 0; i < nearest.length; i++) {
    const sum = sums[nearest[i]];
    for (let c = 0; c < 3; c++) sum[c] += weights[i] * values[3 * i + c];
    sum[3] += weights[i];
  }
  return sums.map(([r, g, b, n], k) => (n ? [r / n, g / n, b / n] : centres[k]));
}

function withAlpha(rgb: Uint8Array): Uint8Array {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let i = 0; i < rgb.length / 3; i++) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  return rgba;
}
