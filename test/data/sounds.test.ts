import { beforeAll, describe, expect, it } from 'vitest';
import {
  batches,
  frequencyOf,
  instruments,
  loadSounds,
  neverPlayed,
  noteOf,
  play,
  ready,
  SoundSet,
  tf,
  type Tone,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const tone: Tone = { instrument: 'pluck', note: 21, cents: 0, brightness: 0, decay: 0.2, phase: 0 };
const size = { rate: 4000, length: 2048 };

describe('play', () => {
  it('plays a string without overtones as a sine that fades, from its attack on', () => {
    const samples = play(tone, size);
    const frequency = 440;
    for (let i = 12; i < 2048; i++) {
      const time = i / 4000;
      const expected = 0.9 * Math.exp(-time / 0.2) * Math.sin(2 * Math.PI * frequency * time);
      expect(samples[i]).toBeCloseTo(expected, 5); // fades are multiplied up, in double precision
    }
    expect(samples[6]).toBeCloseTo(0.5 * 0.9 * Math.exp(-0.0015 / 0.2) * Math.sin(2 * Math.PI * 440 * 0.0015), 5);
  });

  it('is as loud for all instruments at most, and leaves out what is above half of the rate', () => {
    for (const instrument of instruments)
      for (const note of [0, 12, 23]) {
        const samples = play({ ...tone, instrument, note, brightness: 0.8 }, size);
        expect(Math.max(...samples.map(Math.abs))).toBeLessThan(instrument === 'drum' ? 2 : 0.9001);
      }
    // The second partial of a bell of 1,000 hertz would be at 2,757.
    const bell = { ...tone, instrument: 'bell', note: noteOf(1000) } as const;
    expect(play({ ...bell, brightness: 0.8 }, size)).toEqual(play({ ...bell, brightness: 0 }, size));
  });

  it('draws the hiss of a drum from its seed, and nothing else from it', () => {
    const drum = { ...tone, instrument: 'drum', brightness: 0.5 } as const;
    expect(play(drum, { ...size, seed: 5 })).toEqual(play(drum, { ...size, seed: 5 }));
    expect(play(drum, { ...size, seed: 5 })).not.toEqual(play(drum, { ...size, seed: 6 }));
    expect(play(tone, { ...size, seed: 5 })).toEqual(play(tone, { ...size, seed: 6 }));
  });

  it.each([
    [{ instrument: 'harp' as 'bell' }, {}, "play: instrument must be 'pluck', 'bell' or 'drum', got 'harp'"],
    [{ note: NaN }, {}, 'play: note must be a finite number, got NaN'],
    [{ note: 60 }, {}, 'play: note must be one below 0.45 of the rate, 1800 hertz, got 60'],
    [{ brightness: 1.5 }, {}, 'play: brightness must lie in [0, 1], got 1.5'],
    [{ decay: 0 }, {}, 'play: decay must be above 0, got 0'],
    [{}, { length: 0 }, 'play: length must be a whole number from 1 to 134217728, got 0'],
    [{}, { rate: -1 }, 'play: rate must be above 0, got -1'],
  ])('refuses %j with %j', (of, o, message) => {
    expect(() => play({ ...tone, ...of }, { ...size, ...o })).toThrow(message);
  });

  it('knows notes and frequencies', () => {
    expect(frequencyOf(21)).toBe(440);
    expect(frequencyOf(9)).toBeCloseTo(220, 9);
    expect(frequencyOf(0)).toBeCloseTo(130.813, 3); // C3 in equal temperament
    for (const note of [-3, 0, 7.25, 30]) expect(noteOf(frequencyOf(note))).toBeCloseTo(note, 9);
  });
});

describe('loadSounds', () => {
  it('plays what its tones say, the same each time, and others to test with', async () => {
    const [a, b] = [await loadSounds({ count: 40 }), await loadSounds({ count: 40 })];
    expect([a.length, a.rate, ...a.shape]).toEqual([40, 4000, 1, 2048, 1]);
    expect(a.values).toEqual(b.values);
    expect(a.tones).toEqual(b.tones);
    for (let i = 0; i < 40; i++) expect(a.samples(i)).toEqual(play(a.tones[i], { ...size, seed: 2 * i }));
    expect([...a.labels!]).toEqual(a.tones.map(({ instrument }) => instruments.indexOf(instrument)));
    const test = await loadSounds({ split: 'test', count: 40 });
    expect(test.tones).not.toEqual(a.tones);
    expect((await loadSounds({ count: 20 })).values).toEqual(a.subset({ end: 20 }).values);
  });

  it('draws instruments and notes evenly, but for those that were never played', async () => {
    const [train, test] = [await loadSounds({ count: 700 }), await loadSounds({ split: 'test', count: 700 })];
    const pairs = (tones: readonly Tone[]) => new Set(tones.map((each) => `${each.instrument} ${each.note}`));
    expect(pairs(train.tones).size).toBe(60);
    expect(pairs(test.tones).size).toBe(72);
    expect(train.tones.some(neverPlayed)).toBe(false);
    expect(new Set(train.tones.map(({ note }) => note)).size).toBe(24);
    for (const instrument of instruments) {
      const own = test.tones.filter((each) => each.instrument === instrument);
      expect(Math.abs(own.length - 700 / 3)).toBeLessThan(5 * Math.sqrt((700 * 2) / 9)); // five standard deviations
    }
    for (const { cents, brightness, phase, decay } of train.tones) {
      expect(Math.abs(cents)).toBeLessThanOrEqual(20);
      expect(brightness >= 0.3 && brightness <= 0.8 && phase >= 0 && phase < 1 && decay > 0.05).toBe(true);
    }
  });

  it('says what a network is told, and reads as batches do', async () => {
    const sounds = await loadSounds({ count: 10 });
    await expectNoLeak(() => {
      for (const { images, indices } of batches(sounds, { size: 4, seed: 1, epochs: 1 })) {
        const given = sounds.given(indices);
        expect([...given.note.dataSync()]).toEqual(Array.from(indices, (i) => sounds.tones[i].note));
        expect([...given.instrument.dataSync()]).toEqual(Array.from(indices, (i) => sounds.labels![i]));
        expect(Float32Array.from(images.dataSync().subarray(0, 2048))).toEqual(
          Float32Array.from(sounds.samples(indices[0])),
        );
        tf.dispose(given);
      }
    });
  });

  it.each([
    [{ split: 'all' as 'test' }, "loadSounds: split must be 'train' or 'test', got 'all'"],
    [{ count: 0 }, 'loadSounds: count must be a whole number from 1 to 131072, got 0'],
    [{ count: NaN }, 'got NaN'],
    [{ limit: 3 } as object, 'loadSounds: limit is not an option; there are split, count'],
  ])('refuses %j', (options, message) => expect(loadSounds(options)).rejects.toThrow(message));
});

describe('SoundSet', () => {
  it('refuses what does not fit together', async () => {
    const sounds = await loadSounds({ count: 3 });
    const { name, rate, values, tones } = sounds;
    expect(() => new SoundSet({ name, rate: 0, values, tones })).toThrow('SoundSet: rate must be a whole number');
    expect(() => new SoundSet({ name, rate, values, tones: tones.slice(1).concat(tones) })).toThrow('shape');
    expect(() => sounds.samples(3)).toThrow('samples: at must be a whole number from 0 to 2, got 3');
    expect(() => sounds.given([3])).toThrow('given: indices must be whole numbers from 0 to 2, got 3');
  });
});
