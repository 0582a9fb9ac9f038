import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as browser from './browser.ts';
import * as node from './node.ts';

const sources = fileURLToPath(new URL('../../lib/src', import.meta.url));
const read = (file: string) => readFileSync(join(sources, file), 'utf8');

/** What the library imports of a platform: names by file. */
function imported(): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    for (const [, names, from] of read(file).matchAll(/import \{([^}]*)\} from '#platform\/([\w-]+)\.js'/g)) {
      const known = all.get(from) ?? new Set();
      for (const name of names.split(',')) known.add(name.trim().split(' as ')[0]);
      all.set(from, known);
    }
  }
  return all;
}

it('what the library imports of a platform, both offer', async () => {
  const all = imported();
  expect(all.size).toBeGreaterThan(10);
  for (const [file, names] of all) {
    for (const side of ['node', 'browser']) {
      const offered = (await import(join(sources, 'platform', side, `${file}.ts`))) as Record<string, unknown>;
      for (const name of names) if (name) expect(offered, `${side}/${file}`).toHaveProperty(name);
    }
  }
});

it.each([0, 1, 2, 3, 64, 40_000])('hash and base64 of %i bytes are the same on both', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * i + 7) % 256);
  expect(browser.sha256(bytes)).toBe(node.sha256(bytes));
  expect(browser.base64(bytes)).toBe(node.base64(bytes));
});

describe('paths', () => {
  it.each([
    ['data', 'results', '.'],
    ['/data/', '/faces.png'],
    ['a/b', '..', '..', 'c'],
    ['..', 'a', './b/'],
    ['a', '', 'b'],
    ['/'],
    ['..', '..'],
    ['a', '..'],
  ])('%s %s %s %s are joined as in Node', (...parts) => {
    const given = parts.filter((part) => part !== undefined);
    expect(browser.join(...given)).toBe(posix.join(...given).replace(/(.)\/$/, '$1'));
  });

  it('keep the address of a site', () => {
    expect(browser.join('https://example.org/data', 'a', '../b.json')).toBe('https://example.org/data/b.json');
    expect(browser.join('https://example.org', 'b.json')).toBe('https://example.org/b.json');
  });

  it.each(['a.png', 'a/b.tar.gz', '.hidden', 'a.b/c', 'a/.png', 'a.', ''])('%s has the ending that Node sees', (path) =>
    expect(browser.extname(path)).toBe(posix.extname(path)),
  );

  it('lead from a folder to what lies in it', () => {
    expect(browser.relative('a/b', 'a/b/c/d')).toBe('c/d');
    expect(browser.relative('a/b/', 'a/b/c')).toBe('c');
    expect(browser.relative('a/b', 'a/bc')).toBe('a/bc');
  });
});

describe('gunzip', () => {
  const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
  const zipped = new Uint8Array(gzipSync(content));

  it.each([
    ['node', node.gunzip],
    ['browser', browser.gunzip],
  ])('%s: unpacks, asks how much there may be, and takes no more', async (_, gunzip) => {
    const begins: Uint8Array[] = [];
    const most = (begin: Uint8Array) => {
      begins.push(begin);
      return 300_000;
    };
    expect(Buffer.from(await gunzip(zipped, most)).equals(Buffer.from(content))).toBe(true);
    expect([...begins[0].subarray(0, 100)]).toEqual([...content.subarray(0, 100)]);
    await expect(gunzip(zipped, () => 299_999)).rejects.toThrow(RangeError);
    await expect(gunzip(zipped.subarray(0, 1000), () => 300_000)).rejects.toThrow();
    await expect(gunzip(content, () => 300_000)).rejects.not.toThrow(RangeError);
  });
});

describe('pictures', () => {
  const side = 7;
  const pixels = Uint8Array.from({ length: 4 * side * side }, (_, i) => (i * 37 + (i % 4 === 3 ? 90 : 0)) % 256);
  const raw = { raw: { width: side, height: side, channels: 4 as const } };
  const kinds: [string, () => Promise<Buffer>][] = [
    ['with opacity', () => sharp(pixels, raw).png().toBuffer()],
    ['without', () => sharp(pixels, raw).removeAlpha().png().toBuffer()],
    ['with a palette', () => sharp(pixels, raw).removeAlpha().png({ palette: true }).toBuffer()],
    ['grey', () => sharp(pixels, raw).removeAlpha().greyscale().png().toBuffer()],
  ];

  it.each(kinds)('a PNG file %s has the same pixels on both', async (_, make) => {
    const file = new Uint8Array(await make());
    for (const alpha of [undefined, true, false]) {
      const [a, b] = [await node.decodeImage('x', file, alpha), await browser.decodeImage('x', file, alpha)];
      expect([b.width, b.height]).toEqual([side, side]);
      const [one, other] = [a, b].map(({ data, channels }) =>
        Array.from({ length: side * side }, (_, i) => [...data.subarray(i * channels, i * channels + channels)]),
      );
      expect(b.channels).toBe(a.channels);
      // On white, both round in their own way.
      for (const [i, pixel] of one.entries())
        pixel.forEach((value, c) => expect(Math.abs(value - other[i][c])).toBeLessThanOrEqual(alpha === false ? 1 : 0));
    }
  });

  it('a damaged one is an error on both', async () => {
    const file = new Uint8Array(await kinds[1][1]());
    file[60] ^= 255;
    for (const decode of [node.decodeImage, browser.decodeImage])
      await expect(decode('here', file)).rejects.toThrow(/^here is damaged or not an image: /);
  });

  it('the colours of a GIF are at most 256, and few are kept', async () => {
    const length = 4 * 64 * 64;
    const many = Uint8ClampedArray.from({ length }, (_, i) => (i % 4 === 3 ? 255 : (i * i + (i >> 6)) % 256));
    const reduced = await browser.reduceColours(many, 64, 64);
    const colours = new Set(Array.from({ length: 64 * 64 }, (_, i) => reduced.subarray(4 * i, 4 * i + 4).join()));
    expect(colours.size).toBeGreaterThan(100);
    expect(colours.size).toBeLessThanOrEqual(256);
  });
});

describe('files of a page', () => {
  const site: Record<string, string> = {
    'https://site.example/data/a.json': '{}',
    'https://site.example/data/index.json': '["a.json", "inner/"]',
    'https://site.example/odd/index.json': '{"a": 1}',
  };
  beforeEach(() => {
    vi.stubGlobal('location', { href: 'https://site.example/page.html' });
    vi.stubGlobal('fetch', async (address: string) =>
      address in site ? new Response(site[address]) : new Response('', { status: address.includes('odd') ? 500 : 404 }),
    );
  });
  afterEach(() => vi.unstubAllGlobals());
  const text = async (path: string) => new TextDecoder().decode(await browser.readWhole('test', path));

  it('are read from its own site, or from what it has written', async () => {
    expect(await text('data/a.json')).toBe('{}');
    browser.writeWhole('test', 'data/a.json', 'mine');
    browser.writeWhole('test', 'data/deep/b.json', Uint8Array.of(104, 105));
    expect([await text('/data/a.json'), await text('data/deep/b.json')]).toEqual(['mine', 'hi']);
    const entries = await browser.listFolder('test', 'data');
    expect(entries.filter(({ isFolder }) => isFolder).map(({ name }) => name)).toEqual(['deep', 'inner']);
    expect(entries.filter(({ isFolder }) => !isFolder).map(({ name }) => name)).toEqual(['a.json']);
  });

  it('what is missing is named, with what to do', async () => {
    await expect(text('none')).rejects.toThrow(
      'test: cannot read https://site.example/none: there is no such file; check the path',
    );
    await expect(text('odd')).rejects.toThrow('the site answers 500');
    expect(await browser.listFolder('test', 'none', { missing: 'empty' })).toEqual([]);
    await expect(browser.listFolder('test', 'none')).rejects.toThrow('test: cannot read the folder https://site');
    await expect(browser.listFolder('test', 'odd')).rejects.toThrow('its index.json is no list of names');
    expect(() => browser.writeWhole('test', '', 'x')).toThrow('path must name a file');
  });
});

it('giving way lets what waits happen first, and a stop is heard', async () => {
  const order: string[] = [];
  setTimeout(() => order.push('timer'), 0);
  for (let i = 0; i < 200 && order.length === 0; i++) await browser.giveWay();
  expect(order).toEqual(['timer']);
  await Promise.all([browser.giveWay(), browser.giveWay()]);
  const target = new EventTarget();
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target));
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target));
  const stop = () => target.dispatchEvent(new Event('naive-diffusion-stop'));
  const hear = () => void order.push('stop');
  browser.onStop(hear);
  browser.onStop(hear);
  stop();
  stop();
  browser.onStop(hear);
  browser.offStop(hear);
  stop();
  vi.unstubAllGlobals();
  expect(order).toEqual(['timer', 'stop']);
});
