import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from 'fast-png';
import { type Checkpoint, ImageSet, type Model, sampleModel, type Spec, toBytes, writeWhole } from 'naive-diffusion';
import { sheet } from '../data/sheet.ts';
import { holdFolder, waitForWriter } from '../one-writer.ts';
import { readJson } from '../read-json.ts';
import { SamplingTime } from '../schemas.ts';

/** What is sampled, and where it is kept. */
interface Job {
  model: Checkpoint<Model>;
  sampler: Spec;
  data: ImageSet;
  name: string;
  sha256: string;
  count: number;
  seed: number;
  batchSize: number;
  out: string;
  /** Seconds that another process which writes the same has to end. */
  wait?: number;
}

const perRow = 25;

/** Samples batch by batch into PNG sheets; those that are there from an earlier run are not sampled again. */
export async function sampleIntoSheets(job: Job): Promise<{ images: ImageSet; secondsPerImage: number }> {
  const { model, sampler, data, name, sha256, count, seed, batchSize, out, wait = 0 } = job;
  const id = createHash('sha256')
    .update(JSON.stringify([sha256, sampler, seed, batchSize]))
    .digest('hex')
    .slice(0, 8);
  const folder = path.join(out, `${name}-${id}`);
  await waitForWriter(folder, wait);
  const hold = holdFolder('evaluate', folder);
  const { height, width, channels } = data;
  const file = (batch: number) => path.join(folder, `batch-${String(batch).padStart(4, '0')}.png`);
  const timing = path.join(folder, 'seconds.json');
  const shape = { size: height, perRow, bytes: channels };
  const remedy = `delete ${folder}, and the same command samples again`;

  const batches = Math.ceil(count / batchSize);
  const known: Uint8Array[] = [];
  while (known.length < batches && existsSync(file(known.length))) {
    try {
      known.push(cut(readFileSync(file(known.length)), batchSize, shape));
    } catch (error) {
      console.log(`${file(known.length)}: ${(error as Error).message}; it is sampled again`);
      break;
    }
  }
  let { images: timed, seconds } = existsSync(timing)
    ? readJson(timing, SamplingTime, remedy)
    : { images: 0, seconds: 0 };
  // A kill between a batch and its time leaves images that nobody has timed: one batch is timed in any case.
  if (timed === 0) known.length = Math.min(known.length, batches - 1);
  const from = known.length;
  if (from > 0) console.log(`${name}: ${Math.min(count, from * batchSize)} of ${count} samples are in ${folder}`);

  let begun = performance.now();
  // Whole batches, so that a later run with more samples can go on from here.
  const options = { model, sampler, count: batches * batchSize, seed, batchSize, skip: from, data };
  for await (const { images, batch, done } of sampleModel(options)) {
    [timed, seconds] = [timed + batchSize, seconds + (performance.now() - begun) / 1000];
    const bytes = toBytes(images);
    known.push(bytes);
    hold.check();
    writeWhole('evaluate', file(batch), encode({ ...sheet(bytes, shape), channels }));
    writeWhole('evaluate', timing, JSON.stringify({ images: timed, seconds }));
    console.log(
      `${name}: ${Math.min(done, count)} of ${count} samples, ${((1000 * seconds) / timed).toFixed(0)} ms each`,
    );
    begun = performance.now();
  }
  hold.release();
  const pixels = Uint8Array.from(Buffer.concat(known)).subarray(0, count * height * width * channels);
  return { images: new ImageSet({ name, height, width, channels, pixels }), secondsPerImage: seconds / timed };
}

/**
 * The tiles of a sheet, one after another.
 * @throws {Error} when it is not a sheet of so many tiles of that shape
 */
function cut(
  png: Uint8Array,
  tiles: number,
  { size, perRow, bytes }: { size: number; perRow: number; bytes: number },
): Uint8Array {
  const { data, width, height, channels, depth } = decode(png, { checkCrc: true });
  const expected = [perRow * size, Math.ceil(tiles / perRow) * size, bytes, 8].join();
  const got = [width, height, channels, depth].join();
  if (got !== expected) throw new Error(`width, height, channels and bits must be ${expected}, got ${got}`);
  const line = size * bytes;
  const pixels = new Uint8Array(tiles * size * line);
  for (let tile = 0, to = 0; tile < tiles; tile++) {
    for (let y = 0; y < size; y++, to += line) {
      const row = Math.floor(tile / perRow) * size + y;
      const at = (row * width + (tile % perRow) * size) * bytes;
      pixels.set(data.subarray(at, at + line), to);
    }
  }
  return pixels;
}
