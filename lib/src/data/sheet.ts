import { decodeImage } from '#platform/images.js';

/** How square tiles lie in a sheet: row by row, each row from left to right. */
export interface SheetLayout {
  /** How many tiles there are; what is left of the last row is empty. */
  count: number;
  /** Height and width of a tile. */
  size: number;
  /** How many tiles are in a row. */
  perRow: number;
}

/** A sheet as an encoder of PNG files takes it. */
export interface Sheet {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
}

/** Lays tiles `[count, size, size, channels]` out in a sheet; what is left of its last row stays 0. */
export function layOut(tiles: Uint8Array, layout: SheetLayout & { channels: number }): Sheet {
  const { channels } = layout;
  const { width, height } = sizeOf(layout);
  const data = new Uint8Array(width * height * channels);
  eachLine(layout, (inTiles, inSheet, length) => {
    data.set(tiles.subarray(inTiles * channels, (inTiles + length) * channels), inSheet * channels);
  });
  return { width, height, channels, data };
}

/**
 * Cuts a sheet, a PNG file with or without a palette, into its tiles, one after another.
 * @param what begins the error: function and file
 * @returns bytes `[count, size, size, channels]`
 * @throws {Error} when the file is damaged, or has not the size that its tiles take
 */
export async function cutSheet(
  what: string,
  png: Uint8Array,
  layout: SheetLayout & { channels: 3 | 4 },
): Promise<Uint8Array> {
  const { channels, count, size } = layout;
  const sheet = await decodeImage(what, png, channels === 4);
  const { width, height } = sizeOf(layout);
  if (sheet.width !== width || sheet.height !== height)
    throw new Error(`${what} is ${sheet.width}x${sheet.height}, but its ${count} tiles take ${width}x${height}`);
  const tiles = new Uint8Array(count * size * size * channels);
  eachLine(layout, (inTiles, inSheet, length) => {
    tiles.set(sheet.data.subarray(inSheet * channels, (inSheet + length) * channels), inTiles * channels);
  });
  return tiles;
}

function sizeOf({ count, size, perRow }: SheetLayout): { width: number; height: number } {
  return { width: perRow * size, height: Math.ceil(count / perRow) * size };
}

/**
 * Calls `act` for each line of each tile: where it begins among the tiles and in the sheet, in pixels, and its length.
 */
function eachLine(
  { count, size, perRow }: SheetLayout,
  act: (inTiles: number, inSheet: number, length: number) => void,
): void {
  for (let tile = 0; tile < count; tile++) {
    for (let y = 0; y < size; y++) {
      const row = Math.floor(tile / perRow) * size + y;
      act((tile * size + y) * size, (row * perRow + (tile % perRow)) * size, size);
    }
  }
}
