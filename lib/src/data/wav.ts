import { decodeWaveToFloat32Channels, encodeWaveFromFloat32Channels } from '@echogarden/wave-codec';
import { absolute, readWhole, writeWhole } from '#platform/files.js';
import { checkEnding } from '../check-path.js';
import { checkFinite, checkWhole, shown } from '../check.js';

/** A sound as a file has it: one voice, whatever number of channels there were. */
export interface Wav {
  /** In [−1, 1]. */
  samples: Float32Array;
  /** Samples for each second. */
  rate: number;
}

/**
 * The bytes of a WAV file of 16 bits: samples beyond [−1, 1] are clipped.
 * @throws {TypeError} when samples is no Float32Array
 * @throws {RangeError} when there are none, one is not finite, or rate is no whole number above 0
 */
export function toWav(samples: Float32Array, rate: number): Uint8Array {
  if (!(samples instanceof Float32Array))
    throw new TypeError(`toWav: samples must be a Float32Array, got ${shown(samples)}`);
  if (samples.length === 0) throw new RangeError('toWav: samples must be some, got none');
  checkFinite('toWav', samples, 'samples');
  checkWhole('toWav', 'rate', rate, 1, 2 ** 20);
  return encodeWaveFromFloat32Channels([samples], rate, 16);
}

/**
 * Writes a WAV file of 16 bits, as a whole or not at all.
 * @throws {TypeError} when the path does not end in `.wav`, or as {@link toWav}
 * @throws {Error} when it cannot be written
 */
export function saveWav(path: string, samples: Float32Array, rate: number): void {
  checkEnding('saveWav', path, ['.wav']);
  writeWhole('saveWav', path, toWav(samples, rate));
}

/**
 * Reads a WAV file of 8 to 64 bits. Several channels become their mean.
 * @throws {Error} naming the file and the fault, when it cannot be read, is no WAV file, or is cut off
 */
export async function loadWav(path: string): Promise<Wav> {
  const bytes = await readWhole('loadWav', path);
  const { audioChannels, sampleRate } = decode(absolute(path), bytes);
  const [first, ...others] = audioChannels;
  if (!first?.length) throw new Error(`loadWav: ${absolute(path)} must hold samples, and has none`);
  const samples = first.map((value, i) => others.reduce((sum, each) => sum + each[i], value) / audioChannels.length);
  checkFinite(`loadWav: ${absolute(path)}`, samples, 'samples');
  return { samples, rate: sampleRate };
}

function decode(file: string, bytes: Uint8Array): { audioChannels: Float32Array[]; sampleRate: number } {
  // The decoder would take as many bytes as are there; a file must say how many it has.
  const expected = bytes.length < 12 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8;
  const isRiff = new TextDecoder('latin1').decode(bytes.subarray(0, 4)) === 'RIFF';
  if (isRiff && expected > bytes.length)
    throw new Error(`loadWav: ${file} is cut off: it should have ${expected} bytes, not ${bytes.length}`);
  try {
    return decodeWaveToFloat32Channels(bytes, false, false);
  } catch (cause) {
    throw new Error(`loadWav: ${file} is no sound that can be read: ${(cause as Error).message}`, { cause });
  }
}
