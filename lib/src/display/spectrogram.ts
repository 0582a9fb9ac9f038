import { createCanvas } from '#platform/canvas.js';
import { spectraOf } from '../backend/spectrum.js';
import { checkNumber, checkNumbers, checkWhole } from '../check.js';
import { type Sounds, soundsOf } from '../metrics/hearing.js';
import type { Canvas } from '../platform/types.js';
import type { Picture } from './picture.js';
import { drawSheet, type SheetOptions } from './sheet.js';
import { viridis } from './theme.js';

/** Options of {@link spectrogram}. */
export interface SpectrogramOptions extends SheetOptions {
  /** Pictures in a row; by default 6, or as many as there are names for. */
  columns?: number;
  /** A text below each picture. */
  labels?: readonly (string | number)[];
  /** Draws only the first so many sounds. */
  limit?: number;
  /** Samples of each stretch that is looked at, a power of 2: more tell frequencies apart, fewer moments. 256. */
  window?: number;
  /** How much weaker than the strongest of all is black, in decibels: 60. */
  range?: number;
}

/**
 * Sounds as pictures: time from left to right, frequency from 0 at the bottom to half of the rate at the top, and as
 * colour how strong it is there, on a logarithmic scale, which is the same for all. Each row of pixels is one frequency
 * of the Fourier transform under a Hann window, each column begins a 1/100 of the sound later than the one before.
 * @param sounds `[batch, 1, samples, 1]` or a set such as `loadSounds()` returns; they stay the caller's
 * @throws {TypeError | RangeError} when they are no sounds of at least one window, when a number is not finite, or when
 * an option is out of range
 */
export function spectrogram(sounds: Sounds, o: SpectrogramOptions = {}): Picture {
  checkNumbers('spectrogram', o, '');
  const { window = 256, range = 60 } = o;
  const { values, count: all, length } = soundsOf('spectrogram', sounds);
  const count = Math.min(all, checkWhole('spectrogram', 'limit', o.limit ?? all));
  const isPower = (n: number) => Number.isInteger(Math.log2(n)) && n >= 4 && n <= length;
  checkNumber('spectrogram', 'window', window, isPower, `be a power of 2 from 4 to the ${length} samples`);
  checkNumber('spectrogram', 'range', range, (n) => n > 0 && n <= 300, 'be above 0, up to 300');
  const names = o.columnLabels?.length ?? Math.ceil(count / (o.rowLabels?.length ?? Math.ceil(count / 6)));
  const columns = checkWhole('spectrogram', 'columns', o.columns ?? names);
  if (o.labels && o.labels.length !== count)
    throw new RangeError(`spectrogram: labels must have ${count} entries, got ${o.labels.length}`);
  const hop = Math.max(1, Math.round(length / 100));
  const spectra = Array.from({ length: count }, (_, i) =>
    spectraOf(values.subarray(i * length, (i + 1) * length), { window, hop }),
  );
  const loudest = Math.max(1e-9, ...spectra.flat().map((spectrum) => spectrum.reduce((a, b) => Math.max(a, b))));
  const tiles = spectra.map((each) => tile(each, loudest, range));
  const inRows = <T>(items: readonly T[]) =>
    Array.from({ length: Math.ceil(count / columns) }, (_, row) => items.slice(row * columns, (row + 1) * columns));
  return drawSheet(
    'spectrogram',
    {
      width: spectra[0].length,
      height: window / 2,
      rows: inRows(tiles),
      texts: o.labels && inRows(o.labels.map(String)),
    },
    { scale: 1, padding: 4, ...o },
  );
}

/** A pixel for each stretch and frequency. */
function tile(spectra: Float32Array[], loudest: number, range: number): Canvas {
  const [width, height] = [spectra.length, spectra[0].length - 1];
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const decibels = 20 * Math.log10(Math.max(spectra[x][height - 1 - y], 1e-12) / loudest);
      picture.data.set([...viridis(1 + decibels / range), 255], 4 * (y * width + x));
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
