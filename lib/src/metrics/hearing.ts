import { spectrumOf } from '../backend/spectrum.js';
import { tf } from '../backend/tf.js';
import { checkFinite, checkNumber, checkWhole, shown } from '../check.js';

/** Sounds, `[batch, 1, samples, 1]`, or a set of them, such as `loadSounds` returns. */
export type Sounds = tf.Tensor4D | { readonly values: Float32Array; readonly length: number };

/** What is heard of a sound. */
export interface Heard {
  /** The frequency of its strongest partial, in hertz; 0 where there is silence. */
  frequency: number;
  /** Where the middle of its spectrum lies, in hertz: a bright sound has it far above its frequency. */
  centroid: number;
  /** Seconds after which it has faded to 1/e, from how its loudness falls. */
  decay: number;
}

/** The stretch in which the pitch is heard, in seconds: after the attack of a drum, before all is silent. */
const [FROM, FOR] = [0.06, 0.256];

/**
 * Listens to sounds: pitch, brightness and decay of each. The pitch is the highest place of the spectrum between 60 and
 * 316 milliseconds, found between its bins by a parabola through the logarithms of three (Smith and Serra 1987, PARSHL,
 * section 5). That is right for instruments whose lowest partial is the strongest, and for no others.
 * @param sounds `[batch, 1, samples, 1]` or a set; they stay the caller's
 * @param options.rate samples for each second
 * @param options.least the lowest frequency that counts as a pitch: 50 hertz when left out
 * @throws {TypeError | RangeError} when they are no sounds of at least 0.32 seconds, a number is not finite, or an
 * option is out of range
 */
export function hear(sounds: Sounds, options: { rate: number; least?: number }): Heard[] {
  if (typeof options?.rate !== 'number') throw new TypeError(`hear: options must name a rate, got ${shown(options)}`);
  const { rate, least = 50 } = options;
  checkWhole('hear', 'rate', rate);
  checkNumber('hear', 'least', least, (n) => n >= 0 && n < rate / 2, 'lie from 0 to half of the rate');
  const { values, count, length } = soundsOf('hear', sounds);
  if (length < (FROM + FOR) * rate)
    throw new RangeError(`hear: sounds must last 0.32 seconds, got ${length} samples at ${rate} for a second`);
  return Array.from({ length: count }, (_, i) => listen(values.subarray(i * length, (i + 1) * length), rate, least));
}

/** All samples of sounds, how many sounds, and how many samples each has. */
export function soundsOf(caller: string, sounds: Sounds): { values: Float32Array; count: number; length: number } {
  if (sounds instanceof tf.Tensor) {
    const [count, height, length, channels] = sounds.shape as number[];
    if (sounds.rank !== 4 || height !== 1 || channels !== 1)
      throw new TypeError(`${caller}: sounds must have shape [batch, 1, samples, 1], got [${sounds.shape}]`);
    if (sounds.isDisposed) throw new TypeError(`${caller}: sounds must not be disposed of before they are heard`);
    const values = sounds.dataSync() as Float32Array;
    checkFinite(caller, values, 'sounds', { group: { name: 'sound', size: length } });
    return { values, count, length };
  }
  if (!(sounds?.values instanceof Float32Array) || !(Number.isInteger(sounds.length) && sounds.length >= 1))
    throw new TypeError(
      `${caller}: sounds must be a tensor, [batch, 1, samples, 1], or a set of sounds, got ${shown(sounds)}`,
    );
  const [count, length] = [sounds.length, sounds.values.length / sounds.length];
  if (!Number.isInteger(length))
    throw new RangeError(`${caller}: sounds must all have one length, got ${sounds.values.length} samples of ${count}`);
  checkFinite(caller, sounds.values, 'sounds', { group: { name: 'sound', size: length } });
  return { values: sounds.values, count, length };
}

function listen(samples: Float32Array, rate: number, least: number): Heard {
  const start = Math.round(FROM * rate);
  const stretch = samples.subarray(start, start + Math.round(FOR * rate));
  const size = 2 ** Math.ceil(Math.log2(2 * stretch.length));
  const spectrum = spectrumOf(stretch, size);
  return {
    frequency: (peak(spectrum, Math.ceil((least * size) / rate)) * rate) / size,
    centroid: centroid(spectrumOf(samples, 2 ** Math.ceil(Math.log2(samples.length))), rate),
    decay: decayOf(samples, rate),
  };
}

/** Where the spectrum is highest from the bin `first` on, with fractions. */
function peak(spectrum: Float32Array, first: number): number {
  let top = Math.max(1, first);
  for (let i = top; i < spectrum.length - 1; i++) if (spectrum[i] > spectrum[top]) top = i;
  if (!(spectrum[top] > 0)) return 0;
  const [a, b, c] = [-1, 0, 1].map((step) => Math.log(Math.max(spectrum[top + step], 1e-12)));
  const bend = a - 2 * b + c;
  return bend < 0 ? top + (0.5 * (a - c)) / bend : top;
}

/** The mean frequency, each counted by its energy. */
function centroid(spectrum: Float32Array, rate: number): number {
  let sum = 0;
  let all = 0;
  for (const [i, size] of spectrum.entries()) {
    sum += i * size ** 2;
    all += size ** 2;
  }
  return all > 0 ? ((sum / all) * rate) / (2 * (spectrum.length - 1)) : 0;
}

/**
 * The time that fits how loudness falls: with E the energy from each moment on, of a sound that fades as exp(−t/decay)
 * ∫E/E(0) is decay/2.
 */
function decayOf(samples: Float32Array, rate: number): number {
  let energy = 0;
  let moment = 0;
  for (const [i, value] of samples.entries()) {
    energy += value ** 2;
    moment += (i + 0.5) * value ** 2;
  }
  return energy > 0 ? (2 * moment) / energy / rate : 0;
}
