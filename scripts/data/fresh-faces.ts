import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faceAttributes, FaceSet, writeWhole, type FaceAttribute } from 'naive-diffusion';
import { chances, drawFaces, heldOut, size as usualSize, type DrawFacesOptions } from './draw-faces.ts';

/** Bytes of a face in the cache: its pixels, one for each attribute, one for its fatness in hundredths. */
const bytesOf = (size: number): number => size * size * 3 + faceAttributes.length + 1;
const atOnce = 1000;

/**
 * The faces that {@link drawFaces} draws, from a file under `runs/` where they have been drawn before: it draws 365 a
 * second. Use a seed other than 1, which is that of the committed faces.
 */
export function freshFaces(
  { count, seed, size = usualSize }: Omit<DrawFacesOptions, 'start'>,
  folder = 'runs',
): FaceSet {
  const file = join(folder, `faces${size === usualSize ? '' : `-${size}`}-of-seed-${seed}.bin`);
  const each = bytesOf(size);
  let known = existsSync(file) ? new Uint8Array(readFileSync(file)) : new Uint8Array(0);
  while (known.length < count * each) {
    const start = known.length / each;
    const more = pack(drawFaces({ count: Math.min(atOnce, count - start), seed, start, size }), size);
    known = Uint8Array.from(Buffer.concat([known, more]));
    writeWhole('freshFaces', file, known);
    console.log(`drew ${known.length / each} of ${count} faces of seed ${seed}`);
  }
  return unpack(known, { count, seed, size });
}

function pack(faces: FaceSet, size: number): Uint8Array {
  const each = bytesOf(size);
  const bytes = new Uint8Array(faces.length * each);
  const pixels = size * size * 3;
  for (let i = 0; i < faces.length; i++) {
    bytes.set(faces.pixels.subarray(i * pixels, (i + 1) * pixels), i * each);
    bytes.set(
      [...faceAttributes.map((name) => faces.attributes[name][i]), Math.round(faces.fatness[i] * 100)],
      i * each + pixels,
    );
  }
  return bytes;
}

function unpack(bytes: Uint8Array, { count, seed, size }: { count: number; seed: number; size: number }): FaceSet {
  const each = bytesOf(size);
  const length = size * size * 3;
  const pixels = new Uint8Array(count * length);
  for (let i = 0; i < count; i++) pixels.set(bytes.subarray(i * each, i * each + length), i * length);
  const column = (at: number) => Uint8Array.from({ length: count }, (_, i) => bytes[i * each + length + at]);
  const table = <T>(value: (name: FaceAttribute, at: number) => T) =>
    Object.fromEntries(faceAttributes.map((name, at) => [name, value(name, at)])) as Record<FaceAttribute, T>;
  return new FaceSet(
    { name: `faces (${count} of seed ${seed})`, height: size, width: size, channels: 3, pixels },
    {
      attributes: table((_, at) => column(at)),
      vocabulary: table((name) => Object.keys(chances[name])),
      proportions: table((name) => Object.values(chances[name])),
      heldOut,
      fatness: Float32Array.from(column(faceAttributes.length), (hundredths) => hundredths / 100),
    },
  );
}
