import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWav, Random, saveWav, toWav } from 'naive-diffusion';
import { temporaryFolder } from './temporary.js';

const random = new Random(3);
const samples = Float32Array.from({ length: 500 }, () => 2 * random.uniform() - 1);
const folder = temporaryFolder();

describe('WAV files', () => {
  it('come back to half a step of 16 bits, with their rate', async () => {
    const file = path.join(folder, 'a.wav');
    saveWav(file, samples, 4000);
    const back = await loadWav(file);
    expect(back.rate).toBe(4000);
    expect(back.samples.length).toBe(500);
    back.samples.forEach((value, i) => {
      expect(Math.abs(value - samples[i])).toBeLessThan(1.01 / 32768);
    });
  });

  it('have the header that the format asks for: RIFF, one channel, 16 bits', () => {
    const bytes = Buffer.from(toWav(samples, 8000));
    expect(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
    expect([bytes.readUInt32LE(4), bytes.readUInt16LE(20), bytes.readUInt16LE(22)]).toEqual([bytes.length - 8, 1, 1]);
    expect([bytes.readUInt32LE(24), bytes.readUInt16LE(34)]).toEqual([8000, 16]);
    expect(bytes.length).toBe(44 + 1000);
  });

  it("are read by Python's own module", () => {
    const file = path.join(folder, 'b.wav');
    saveWav(file, Float32Array.of(0, 0.5, -1), 4000);
    const program = `import wave,struct
w=wave.open(${JSON.stringify(file)});print(w.getframerate(),w.getnchannels(),*struct.unpack('<3h',w.readframes(3)))`;
    const said = execFileSync('python3', ['-c', program], { encoding: 'utf8' }).trim().split(' ').map(Number);
    expect(said.slice(0, 2)).toEqual([4000, 1]);
    [0, 16384, -32768].forEach((value, i) => expect(Math.abs(said[2 + i] - value)).toBeLessThanOrEqual(1));
  });

  it('clip what is too loud', async () => {
    const file = path.join(folder, 'c.wav');
    saveWav(file, Float32Array.of(3, -3), 4000);
    const { samples: clipped } = await loadWav(file);
    expect([...clipped].map((value) => Math.round(100 * value))).toEqual([100, -100]);
  });

  it('are refused with their name when they are damaged, and an old file survives what cannot be written', async () => {
    const file = path.join(folder, 'd.wav');
    writeFileSync(file, toWav(samples, 4000).subarray(0, 600));
    await expect(loadWav(file)).rejects.toThrow(`loadWav: ${file} is cut off: it should have 1044 bytes, not 600`);
    writeFileSync(file, 'no sound');
    await expect(loadWav(file)).rejects.toThrow(`loadWav: ${file} is no sound that can be read`);
    await expect(loadWav(path.join(folder, 'none.wav'))).rejects.toThrow('none.wav');
    expect(() => saveWav(file, Float32Array.of(NaN), 4000)).toThrow('samples must hold finite numbers, got NaN');
    expect(readFileSync(file, 'utf8')).toBe('no sound');
  });

  it('are refused when there is nothing to write', () => {
    expect(() => toWav([1] as unknown as Float32Array, 4000)).toThrow('toWav: samples must be a Float32Array, got [1]');
    expect(() => toWav(new Float32Array(0), 4000)).toThrow('toWav: samples must be some, got none');
    expect(() => toWav(samples, 0)).toThrow('toWav: rate must be a whole number from 1 to 1048576, got 0');
    expect(() => saveWav('a.mp3', samples, 4000)).toThrow("saveWav: path must end in .wav, got 'a.mp3'");
  });
});
