import { checkChoice, checkNumber, checkPositive, checkWhole } from '../check.js';
import { Random } from '../random.js';

/** What can be played. */
export const instruments = ['pluck', 'bell', 'drum'] as const;
/** One of {@link instruments}. */
export type Instrument = (typeof instruments)[number];

/** All that there is to know of a sound. */
export interface Tone {
  instrument: Instrument;
  /** Semitones above the C at 131 Hz; the sounds of `loadSounds` have 0 to 23, two octaves. */
  note: number;
  /** How far it is out of tune, in hundredths of a semitone. */
  cents: number;
  /** How strong its overtones are, 0 to 1: each is about so many times as strong as the one below. */
  brightness: number;
  /** Seconds after which its lowest partial has faded to 1/e. */
  decay: number;
  /** Where in its swing the lowest partial begins, 0 to 1. */
  phase: number;
}

/** The frequency of a note in hertz, in equal temperament with A at 440: note 0 is the C below middle C. */
export const frequencyOf = (note: number) => 440 * 2 ** ((note - 21) / 12);
/** The note of a frequency in hertz, with fractions: undoes {@link frequencyOf}. */
export const noteOf = (frequency: number) => 21 + 12 * Math.log2(frequency / 440);

/**
 * Where the partials of each instrument lie, as multiples of the lowest: a string has all whole ones, a bar that rings
 * freely and a round skin have those of the equations of bars and skins (Fletcher and Rossing, The Physics of Musical
 * Instruments, sections 2.15 and 3.6).
 */
const partials: Record<Instrument, number[]> = {
  pluck: Array.from({ length: 16 }, (_, i) => i + 1),
  bell: [1, 2.757, 5.404, 8.933],
  drum: [1, 1.593, 2.136, 2.296, 2.653],
};

/**
 * The sound of a tone, as `length` numbers in about [−1, 1], `rate` for each second: a sum of sines that fade, the
 * higher the sooner. A drum begins too high and with a hiss, which is drawn from `seed`.
 * @throws {RangeError} when there is no such instrument, or a number of the tone or an option is out of range
 */
export function play(
  tone: Tone,
  { rate, length, seed = 1 }: { rate: number; length: number; seed?: number },
): Float32Array {
  checkTone(tone, rate, length);
  const { instrument, note, cents, brightness, decay, phase } = tone;
  const isDrum = instrument === 'drum';
  const frequency = frequencyOf(note + cents / 100);
  // What is above half of the rate cannot be heard, and would come back as something lower.
  const heard = partials[instrument].filter((ratio) => ratio * frequency < 0.45 * rate);
  const strengths = heard.map((_, i) => brightness ** i);
  const loudness = 0.9 / strengths.reduce((a, b) => a + b);
  const fades = heard.map((ratio) => Math.exp(-(1 + ratio) / (2 * decay * rate)));
  const hiss = new Random(seed);
  const samples = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const time = i / rate;
    // A third too high at first; its pitch falls to where it belongs, and this is how many swings it has made.
    const swings = phase + frequency * (time + (isDrum ? 0.3 * 0.02 * (1 - Math.exp(-time / 0.02)) : 0));
    let sum = isDrum ? 0.3 * brightness * hiss.normal() * Math.exp(-time / 0.015) : 0;
    for (let k = 0; k < heard.length; k++) {
      sum += strengths[k] * Math.sin(2 * Math.PI * heard[k] * swings);
      strengths[k] *= fades[k];
    }
    samples[i] = loudness * sum * Math.min(1, time / 0.003);
  }
  return samples;
}

function checkTone(tone: Tone, rate: number, length: number): void {
  checkChoice('play', 'instrument', tone?.instrument, instruments);
  const { note, cents, brightness, decay, phase } = tone;
  for (const [name, value] of Object.entries({ note, cents, phase }))
    checkNumber('play', name, value, Number.isFinite, 'be a finite number');
  checkNumber('play', 'brightness', brightness, (n) => n >= 0 && n <= 1, 'lie in [0, 1]');
  checkPositive('play', { decay, rate });
  checkWhole('play', 'length', length, 1, 2 ** 27);
  const lowest = frequencyOf(note + cents / 100);
  checkNumber('play', 'note', note, () => lowest < 0.45 * rate, `be one below 0.45 of the rate, ${0.45 * rate} hertz`);
}
