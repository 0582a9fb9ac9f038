import type { Random } from 'naive-diffusion';

/** Ways to damage a file: as disks, broken downloads, other programs and hands do. */
const mutations: Record<string, (bytes: Buffer, random: Random) => Buffer> = {
  'a bit flipped': (bytes, random) => changed(bytes, place(bytes, random), (byte) => byte ^ (1 << random.int(8))),
  'a byte replaced': (bytes, random) => changed(bytes, place(bytes, random), () => random.int(256)),
  'a byte all ones or zeros': (bytes, random) => changed(bytes, place(bytes, random), () => 255 * random.int(2)),
  'a digit replaced': (bytes, random) => {
    const digits = [...bytes.keys()].filter((at) => bytes[at] >= 0x30 && bytes[at] <= 0x39);
    if (digits.length === 0) return changed(bytes, place(bytes, random), () => random.int(256));
    return changed(bytes, digits[random.int(digits.length)], () => 0x30 + random.int(10));
  },
  truncated: (bytes, random) => bytes.subarray(0, random.int(bytes.length)),
  longer: (bytes, random) => Buffer.concat([bytes, noise(1 + random.int(40), random)]),
  'a stretch removed': (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  'a stretch twice': (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  'a stretch of zeros': (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), Buffer.alloc(to - from), bytes.subarray(to)]);
  },
  'a stretch of noise': (bytes, random) => {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), noise(to - from, random), bytes.subarray(to)]);
  },
};

/** A damaged copy of a file, and how it was damaged. */
export function mutate(bytes: Buffer, random: Random): { how: string; bytes: Buffer } {
  const names = Object.keys(mutations);
  const how = names[random.int(names.length)];
  return { how, bytes: mutations[how](bytes, random) };
}

/** Half of the time within the first 64 bytes, where most formats say what follows. */
function place(bytes: Buffer, random: Random): number {
  return random.int(random.int(2) === 0 ? Math.min(64, bytes.length) : bytes.length);
}

function stretch(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = place(bytes, random);
  return [from, Math.min(bytes.length, from + 1 + random.int(32))];
}

function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => random.int(256)));
}

function changed(bytes: Buffer, at: number, value: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value(copy[at]);
  return copy;
}
