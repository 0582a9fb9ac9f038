/**
 * Resizes a square image `[side, side, channels]` to `[size, size, channels]`, rows first, then columns. Each new value
 * is a weighted mean of the old ones, with weights that fall off linearly over one pixel of the coarser of the two
 * grids: no old pixel is passed over when shrinking, and enlarging is bilinear.
 */
export function resample(
  values: ArrayLike<number>,
  { side, size, channels }: { side: number; size: number; channels: number },
): Float32Array {
  const taps = weights(side, size);
  const across = pass(values, taps, {
    lines: side,
    step: channels,
    stride: side * channels,
    to: size * channels,
    channels,
  });
  const down = pass(across, taps, {
    lines: size,
    step: size * channels,
    stride: channels,
    to: channels,
    channels,
    outStep: size * channels,
  });
  return down;
}

interface Taps {
  first: number;
  weights: Float64Array;
}

function weights(side: number, size: number): Taps[] {
  const ratio = side / size;
  const reach = Math.max(1, ratio);
  return Array.from({ length: size }, (_, i) => {
    const centre = (i + 0.5) * ratio;
    const first = Math.max(0, Math.floor(centre - reach));
    const last = Math.min(side, Math.ceil(centre + reach));
    const raw = Float64Array.from({ length: last - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((w) => w / sum) };
  });
}

interface Pass {
  lines: number;
  step: number;
  stride: number;
  to: number;
  channels: number;
  outStep?: number;
}

/** Resizes each of `lines` lines, whose values lie `step` apart and whose starts lie `stride` apart. */
function pass(
  values: ArrayLike<number>,
  taps: Taps[],
  { lines, step, stride, to, channels, outStep = channels }: Pass,
): Float32Array {
  const result = new Float32Array(lines * taps.length * channels);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < taps.length; i++) {
      const { first, weights } = taps[i];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * values[line * stride + (first + k) * step + c];
        result[line * to + i * outStep + c] = sum;
      }
    }
  }
  return result;
}
