/** A small GIF decoder of its own, by the GIF89a specification, to check the encoder against. Whole frames only. */
export function decodeGif(bytes: Uint8Array) {
  const word = (at: number) => bytes[at] | (bytes[at + 1] << 8);
  const table = (at: number, size: number) =>
    Array.from({ length: size }, (_, i) => [...bytes.subarray(at + 3 * i, at + 3 * i + 3)]);
  const width = word(6);
  const height = word(8);
  let at = 13;
  let global: number[][] = [];
  if (bytes[10] & 0x80) {
    const size = 2 << (bytes[10] & 7);
    global = table(at, size);
    at += 3 * size;
  }
  const frames: { delay: number; pixels: number[][] }[] = [];
  let delay = 0;
  let loops = false;
  while (bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      if (bytes[at + 1] === 0xf9) delay = 10 * word(at + 4);
      if (bytes[at + 1] === 0xff) loops = true;
      at += 2;
      while (bytes[at]) at += bytes[at] + 1;
      at++;
    } else {
      const flags = bytes[at + 9];
      at += 10;
      let colors = global;
      if (flags & 0x80) {
        const size = 2 << (flags & 7);
        colors = table(at, size);
        at += 3 * size;
      }
      const minimum = bytes[at++];
      const data: number[] = [];
      while (bytes[at]) {
        data.push(...bytes.subarray(at + 1, at + 1 + bytes[at]));
        at += bytes[at] + 1;
      }
      at++;
      frames.push({
        delay,
        pixels: unpack(data, minimum)
          .slice(0, width * height)
          .map((i) => colors[i]),
      });
    }
  }
  return { width, height, loops, frames };
}

/** LZW with codes of growing length, as GIF has it. */
function unpack(data: number[], minimum: number): number[] {
  const clear = 1 << minimum;
  const out: number[] = [];
  let codes: number[][] = [];
  let length = minimum + 1;
  let previous: number[] | undefined;
  const reset = () => {
    codes = Array.from({ length: clear }, (_, i) => [i]);
    codes.push([], []);
    length = minimum + 1;
    previous = undefined;
  };
  reset();
  let buffer = 0;
  let bits = 0;
  for (const byte of data) {
    buffer |= byte << bits;
    bits += 8;
    while (bits >= length) {
      const code = buffer & ((1 << length) - 1);
      buffer >>>= length;
      bits -= length;
      if (code === clear) {
        reset();
        continue;
      }
      if (code === clear + 1) return out;
      const entry = code < codes.length ? codes[code] : [...previous!, previous![0]];
      out.push(...entry);
      if (previous && codes.length < 4096) codes.push([...previous, entry[0]]);
      if (codes.length === 1 << length && length < 12) length++;
      previous = entry;
    }
  }
  return out;
}
