import { beforeAll, describe, expect, it } from 'vitest';
import { hear, loadSounds, noteOf, ready, tf } from 'naive-diffusion';
import { spectraOf, spectrumOf } from '../../lib/src/backend/spectrum.js';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const sine = (frequency: number, { size = 1, length = 2048, rate = 4000, decay = Infinity } = {}) =>
  Float32Array.from(
    { length },
    (_, i) => size * Math.exp(-i / rate / decay) * Math.sin((2 * Math.PI * frequency * i) / rate),
  );
const asSounds = (...sounds: Float32Array[]) =>
  tf.concat(sounds.map((each) => tf.tensor4d(each, [1, 1, each.length, 1]))) as tf.Tensor4D;

describe('spectrumOf', () => {
  it('has the size of a sine at its frequency, and next to nothing elsewhere', () => {
    const spectrum = spectrumOf(sine(500, { size: 0.3, length: 256 }), 256); // bin 32 of 256 at 4000
    expect(spectrum[32]).toBeCloseTo(0.3, 3);
    expect(spectrum[31]).toBeCloseTo(0.15, 2); // a Hann window has half of it in the bins beside
    for (const [i, value] of spectrum.entries()) if (Math.abs(i - 32) > 4) expect(value).toBeLessThan(1e-3);
  });

  it('agrees with the sum that defines it, zeros behind the samples included', () => {
    const samples = Float32Array.of(0.1, -0.4, 0.3, 0.7, -0.2, 0.5);
    const spectrum = spectrumOf(samples, 16);
    for (const [i, value] of spectrum.entries()) {
      let [re, im] = [0, 0];
      samples.forEach((sample, n) => {
        const weighted = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / 6));
        re += weighted * Math.cos((2 * Math.PI * i * n) / 16);
        im -= weighted * Math.sin((2 * Math.PI * i * n) / 16);
      });
      expect(value).toBeCloseTo((4 / 6) * Math.hypot(re, im), 6);
    }
  });

  it('is taken of whole stretches, one each hop', () => {
    const samples = sine(500, { length: 100 });
    const spectra = spectraOf(samples, { window: 32, hop: 10 });
    expect(spectra.length).toBe(7);
    expect(spectra[3]).toEqual(spectrumOf(samples.subarray(30, 62), 32));
  });
});

describe('hear', () => {
  it('hears a sine to a hundredth of a semitone, and when it has faded', () => {
    for (const frequency of [131, 262.3, 493.9, 1234]) {
      const [heard] = hear(asSounds(sine(frequency, { decay: 0.1 })), { rate: 4000 });
      expect(Math.abs(noteOf(heard.frequency) - noteOf(frequency))).toBeLessThan(0.01);
      expect(heard.decay).toBeCloseTo(0.1, 2); // of which half a second cuts e⁻¹⁰ off
      expect(Math.abs(heard.centroid - frequency)).toBeLessThan(20);
    }
  });

  it('hears the pitch of every sound of loadSounds, within 2 hundredths of a semitone of what was played', async () => {
    const sounds = await loadSounds({ split: 'test' });
    hear(sounds, { rate: sounds.rate }).forEach(({ frequency }, i) => {
      const { note, cents } = sounds.tones[i];
      expect(Math.abs(noteOf(frequency) - note - cents / 100)).toBeLessThan(0.02);
    });
  });

  it('hears nothing in silence, and not what is below the least frequency', () => {
    expect(hear(asSounds(new Float32Array(2048)), { rate: 4000 })).toEqual([{ frequency: 0, centroid: 0, decay: 0 }]);
    const low = asSounds(sine(30).map((value, i) => value + sine(300, { size: 0.1 })[i]));
    expect(hear(low, { rate: 4000 })[0].frequency).toBeCloseTo(300, 0);
    expect(hear(low, { rate: 4000, least: 10 })[0].frequency).toBeCloseTo(30, 0);
  });

  it('refuses what is no sound', () => {
    const ask =
      (sounds: unknown, options: object = { rate: 4000 }) =>
      () =>
        hear(sounds as tf.Tensor4D, options as never);
    expect(ask(undefined)).toThrow('hear: sounds must be a tensor, [batch, 1, samples, 1], or a set of sounds');
    expect(ask(tf.zeros([2, 8, 8, 1]))).toThrow('hear: sounds must have shape [batch, 1, samples, 1], got [2,8,8,1]');
    expect(ask(tf.zeros([2, 1, 100, 1]))).toThrow('hear: sounds must last 0.32 seconds, got 100 samples at 4000');
    expect(ask({ values: new Float32Array(5), length: 2 })).toThrow('must all have one length, got 5 samples of 2');
    const broken = sine(300).fill(NaN, 2000);
    expect(ask(asSounds(sine(300), broken))).toThrow('hear: sounds must hold finite numbers, got NaN in sound 1');
    const gone = asSounds(sine(300));
    gone.dispose();
    expect(ask(gone)).toThrow('must not be disposed of');
  });

  it('leaks no tensors', async () => {
    const sounds = asSounds(sine(300));
    await expectNoLeak(() => hear(sounds, { rate: 4000 }));
  });
});
