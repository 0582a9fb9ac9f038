import { giveWay } from '#platform/turns.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkWhole } from '../check.js';
import { Random } from '../random.js';
import { FloatSet } from './float-set.js';
import { positions, type Selection } from './image-set.js';
import { type Instrument, instruments, play, type Tone } from './synthesiser.js';

/** Which sounds, and how many. */
export interface SoundsOptions {
  /** Those to train with (default), or others to test with. */
  split?: 'train' | 'test';
  /** How many; 3,000 to train with and 600 to test with when left out. */
  count?: number;
}

/** Numbers for each second of a sound of {@link loadSounds}. */
const RATE = 4000;
/** Numbers of each sound: half a second. */
const LENGTH = 2048;
/** How many notes there are: two octaves. */
const NOTES = 24;
/** Seconds after which an instrument fades to 1/e: from, to. */
const decays: Record<Instrument, [number, number]> = { pluck: [0.1, 0.3], bell: [0.2, 0.5], drum: [0.06, 0.15] };

/** Sounds of one instrument each, of which everything is known: a source of `[1, samples, 1]`. */
export class SoundSet extends FloatSet {
  /** Samples for each second. */
  readonly rate: number;
  /** What was played, one for each. */
  readonly tones: readonly Tone[];

  /**
   * @param parts.values all samples one after another
   * @throws {RangeError} when there is not one tone for each sound, or rate is no whole number above 0
   */
  constructor(parts: { name: string; rate: number; values: Float32Array; tones: readonly Tone[] }) {
    const { name, rate, values, tones } = parts;
    const labels = Int32Array.from(tones, ({ instrument }) => instruments.indexOf(instrument));
    super({ name, shape: [1, values.length / tones.length, 1], values, labels });
    this.rate = checkWhole('SoundSet', 'rate', rate);
    this.tones = tones;
  }

  /** The samples of one sound: a view, not a copy. */
  samples(at: number): Float32Array {
    checkWhole('samples', 'at', at, 0, this.length - 1);
    return this.values.subarray(at * this.shape[1], (at + 1) * this.shape[1]);
  }

  /** What a network is told of the sounds at `which`: number of the instrument, and note. The caller owns both. */
  given(which: ArrayLike<number>): { instrument: tf.Tensor1D; note: tf.Tensor1D } {
    const rows = positions('given', this.length, which);
    const tones = Array.from(rows, (row) => this.tones[row]);
    return {
      instrument: tf.tensor1d(tones.map(({ instrument }) => instruments.indexOf(instrument))),
      note: tf.tensor1d(tones.map(({ note }) => note)),
    };
  }

  /** The chosen sounds as a set of their own. */
  subset(which: Selection, name = this.name): SoundSet {
    const rows = Array.from(positions('subset', this.length, which));
    const values = new Float32Array(rows.length * this.shape[1]);
    rows.forEach((row, i) => values.set(this.samples(row), i * this.shape[1]));
    return new SoundSet({ name, rate: this.rate, values, tones: rows.map((row) => this.tones[row]) });
  }
}

/**
 * Whether the training sounds leave a note of an instrument out: four of the 24 for each. What a model plays when it is
 * asked for one, it has heard from nobody.
 */
export function neverPlayed({ instrument, note }: Pick<Tone, 'instrument' | 'note'>): boolean {
  return (note + 2 * instruments.indexOf(instrument)) % 6 === 5;
}

/**
 * Plucked strings, bells and drums of half a second, 2,048 numbers each at 4,000 for a second. They are not recorded
 * but played when they are loaded, by {@link play}: note and instrument are drawn evenly, and so are tuning (within 20
 * hundredths of a semitone), brightness (0.3 to 0.8), decay and phase. The training sounds have none of the notes that
 * were {@link neverPlayed}, the others have them too. The same split gives the same sounds.
 * @throws {RangeError | TypeError} for options that there are not
 */
export async function loadSounds(options: SoundsOptions = {}): Promise<SoundSet> {
  const { split = 'train', count = split === 'train' ? 3000 : 600 } = options;
  checkKnown('loadSounds', options, ['split', 'count']);
  checkChoice('loadSounds', 'split', split, ['train', 'test']);
  checkWhole('loadSounds', 'count', count, 1, 2 ** 17);
  const isTest = split === 'test';
  const random = new Random(isTest ? 2 : 1);
  const tones: Tone[] = [];
  while (tones.length < count) {
    const tone = drawTone(random);
    if (isTest || !neverPlayed(tone)) tones.push(tone);
  }
  const values = new Float32Array(count * LENGTH);
  for (const [i, tone] of tones.entries()) {
    values.set(play(tone, { rate: RATE, length: LENGTH, seed: 2 * i + (isTest ? 1 : 0) }), i * LENGTH);
    // The event loop gets its turn.
    if (i % 100 === 99) await giveWay();
  }
  return new SoundSet({ name: `sounds (${split})`, rate: RATE, values, tones });
}

function drawTone(random: Random): Tone {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const instrument = instruments[random.int(instruments.length)];
  return {
    instrument,
    note: random.int(NOTES),
    cents: between(-20, 20),
    brightness: between(0.3, 0.8),
    decay: between(...decays[instrument]),
    phase: random.uniform(),
  };
}
