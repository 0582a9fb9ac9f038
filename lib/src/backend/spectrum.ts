import FFT from 'fft.js';

/**
 * How strong each frequency is in a stretch of a sound: the size of the Fourier transform of `samples` under a Hann
 * window, for the frequencies i·rate/size up to half of the rate. A sine of size 1 in the middle of a bin has 1 there.
 * @param size a power of 2; samples that are fewer are filled up with zeros, which interpolates
 */
export function spectrumOf(samples: Float32Array, size: number): Float32Array {
  const fft = new FFT(size);
  const n = Math.min(samples.length, size);
  const input = new Array<number>(size).fill(0);
  for (let i = 0; i < n; i++) input[i] = samples[i] * Math.sin((Math.PI * (i + 0.5)) / n) ** 2;
  const output = fft.createComplexArray() as number[];
  fft.realTransform(output, input);
  // The window has the mean ½, and a sine shares its size between a frequency and its mirror image.
  return Float32Array.from({ length: size / 2 + 1 }, (_, i) => (4 / n) * Math.hypot(output[2 * i], output[2 * i + 1]));
}

/**
 * The spectra of stretches of `window` samples, one beginning each `hop`, as far as whole ones fit.
 */
export function spectraOf(
  samples: Float32Array,
  { window, hop, size = window }: { window: number; hop: number; size?: number },
): Float32Array[] {
  const count = Math.max(1, 1 + Math.floor((samples.length - window) / hop));
  return Array.from({ length: count }, (_, i) => spectrumOf(samples.subarray(i * hop, i * hop + window), size));
}
