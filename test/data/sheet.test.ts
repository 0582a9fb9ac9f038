import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { cutSheet, layOut } from '../../lib/src/data/sheet.ts';
import { Random } from '../../lib/src/random.ts';

describe('a sheet of tiles', () => {
  const random = new Random(1);

  it.each(Array.from({ length: 20 }, (_, i) => i))('gives back the tiles that were laid out (%i)', async () => {
    const layout = { count: 1 + random.int(12), size: 1 + random.int(9), perRow: 1 + random.int(6) };
    const channels = random.int(2) === 0 ? 3 : 4;
    const tiles = Uint8Array.from({ length: layout.count * layout.size ** 2 * channels }, () => random.int(256));
    const { width, height, data } = layOut(tiles, { ...layout, channels });
    const cut = await cutSheet('x', encode({ width, height, data, channels }), { ...layout, channels });
    expect(Array.from(cut)).toEqual(Array.from(tiles));
  });

  it('puts the second tile to the right of the first', () => {
    const { width, height, data } = layOut(Uint8Array.of(1, 2, 3), { count: 3, size: 1, perRow: 2, channels: 1 });
    expect([width, height, Array.from(data)]).toEqual([2, 2, [1, 2, 3, 0]]);
  });

  it('of another size, or damaged, is refused by name', async () => {
    const sheet = encode({ width: 4, height: 4, data: new Uint8Array(48), channels: 3 });
    await expect(cutSheet('f: x.png', sheet, { count: 5, size: 2, perRow: 2, channels: 3 })).rejects.toThrow(
      'f: x.png is 4x4, but its 5 tiles take 4x6',
    );
    await expect(
      cutSheet('f: x.png', sheet.subarray(0, 50), { count: 4, size: 2, perRow: 2, channels: 3 }),
    ).rejects.toThrow('f: x.png is damaged or not an image');
  });
});
