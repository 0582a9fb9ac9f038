import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadSounds, loadWav, player, ready, show, spectrogram, tf } from 'naive-diffusion';
import { expectNoLeak } from '../support.js';
import { inFakeKernel, inFolder } from './support.js';

beforeAll(() => ready());

const tones = (...frequencies: number[]) =>
  tf.tensor4d(
    frequencies.flatMap((f) => Array.from({ length: 2048 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * f * i) / 4000))),
    [frequencies.length, 1, 2048, 1],
  );

test('a player holds each sound as a WAV file, with its label, and shows itself', async () => {
  const sounds = tones(440, 500);
  const [{ data }] = await inFakeKernel(() =>
    show(player(sounds, { rate: 4000, labels: ['A < B', 'B'], title: 'Two', caption: 'Listen.' })),
  );
  const html = data['text/html'] as string;
  expect(html).toContain('A &lt; B');
  expect(html).toContain('Listen.');
  const files = [...html.matchAll(/src="data:audio\/wav;base64,([^"]+)"/g)].map(([, text]) =>
    Buffer.from(text, 'base64'),
  );
  expect(files.length).toBe(2);
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'b.wav'), files[1]);
    const { samples, rate } = await loadWav(join(folder, 'b.wav'));
    expect(rate).toBe(4000);
    const wanted = sounds.dataSync().subarray(2048);
    expect(Math.max(...samples.map((value, i) => Math.abs(value - wanted[i])))).toBeLessThan(1e-4);
  });
  expect(data['text/plain']).toBe('[2 sounds, 1.0 seconds]');
});

test('a player of a set knows its rate, and saves all sounds one after another', async () => {
  const sounds = await loadSounds({ count: 3 });
  await inFolder(async (folder) => {
    player(sounds).save(join(folder, 'all.wav'));
    const { samples, rate } = await loadWav(join(folder, 'all.wav'));
    expect([samples.length, rate]).toEqual([3 * 2048, 4000]);
    expect(() => player(sounds).save(join(folder, 'all.mp3'))).toThrow('Player.save: path must end in .wav');
  });
});

test('the spectrogram of a pure tone is one bright line, at its frequency', () => {
  // 500 of 2,000 hertz: a quarter of the way up, in all columns; 97 of them begin within the sound.
  const { canvas } = spectrogram(tones(500), { window: 128 });
  const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  expect(height).toBe(64);
  const columns = 1 + Math.floor((2048 - 128) / 20);
  expect(width).toBe(columns);
  for (let x = 0; x < width; x++) {
    const green = Array.from({ length: height }, (_, y) => data[4 * (y * width + x) + 1]);
    expect(green.indexOf(Math.max(...green))).toBe(63 - 16);
    expect(Math.min(...green.slice(0, 40))).toBeLessThan(10); // dark violet elsewhere
  }
});

test('spectrograms stand in rows, as many as there are, or as names say', () => {
  const six = tones(300, 400, 500, 600, 700, 800);
  const one = spectrogram(six.slice([0], [1]));
  expect(spectrogram(six).width).toBe(6 * one.width + 5 * 4);
  expect(spectrogram(six, { columns: 3 }).height).toBe(2 * one.height + 4);
  expect(spectrogram(six, { limit: 2 }).width).toBe(2 * one.width + 4);
  expect(spectrogram(six, { rowLabels: ['a', 'b'] }).width).toBeGreaterThan(3 * one.width);
});

test('silence is a picture too', () => {
  expect(spectrogram(tf.zeros([1, 1, 2048, 1]) as tf.Tensor4D).height).toBe(128);
});

test('both refuse what is no sound, and options out of range', () => {
  const sounds = tones(440);
  expect(() => player(tf.zeros([1, 8, 8, 1]) as tf.Tensor4D, { rate: 4000 })).toThrow(
    'player: sounds must have shape [batch, 1, samples, 1], got [1,8,8,1]',
  );
  expect(() => player(sounds)).toThrow('player: rate must be a whole number from 3000 to 192000, got undefined');
  expect(() => player(sounds, { rate: 4000, labels: [] })).toThrow('player: labels must have 1 entries, got 0');
  expect(() => spectrogram(undefined as never)).toThrow('spectrogram: sounds must be a tensor');
  expect(() => spectrogram(sounds, { window: 100 })).toThrow('window must be a power of 2 from 4 to the 2048 samples');
  expect(() => spectrogram(sounds, { labels: ['a', 'b'] })).toThrow('spectrogram: labels must have 1 entries, got 2');
});

test('neither leaves tensors behind', async () => {
  const sounds = tones(440);
  await expectNoLeak(() => {
    player(sounds, { rate: 4000 });
    spectrogram(sounds);
    expect(() => spectrogram(sounds, { range: 0 })).toThrow();
  });
});
