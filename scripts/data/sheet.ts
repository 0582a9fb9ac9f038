/**
 * Lays tiles `[count, size, size]` of `bytes` bytes a pixel out in rows of `perRow`; what is left of the last row stays
 * 0.
 */
export function sheet(
  tiles: Uint8Array,
  { size, perRow, bytes }: { size: number; perRow: number; bytes: number },
): { width: number; height: number; data: Uint8Array } {
  const line = size * bytes;
  const count = tiles.length / (line * size);
  const width = perRow * size;
  const height = Math.ceil(count / perRow) * size;
  const data = new Uint8Array(width * height * bytes);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < size; y++) {
      const from = (i * size + y) * line;
      data.set(
        tiles.subarray(from, from + line),
        ((Math.floor(i / perRow) * size + y) * width + (i % perRow) * size) * bytes,
      );
    }
  }
  return { width, height, data };
}
