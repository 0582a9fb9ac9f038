import { convertIndexedToRgb, decode, type DecodedPng, hasPngSignature } from 'fast-png';
import { gifenc } from '../../gifenc.js';
import type { DecodedImage } from '../types.js';

/** The most pixels that a picture may have: 4 bytes for each are taken while it is read. */
const mostPixels = 2 ** 27;

/**
 * Decodes a PNG, JPEG or WebP file to 8 bits a value in sRGB, upright as its EXIF data says.
 *
 * A PNG of 8 bits is read to the last bit, and its damage is an error; others are read as the browser reads them, which
 * draws what is there and leaves the rest empty.
 * @param what begins the error: function and file
 * @param alpha `true`: always with opacity, `false`: on white; by default as the file has it
 * @throws {Error} naming the fault
 */
export async function decodeImage(what: string, bytes: Uint8Array, alpha?: boolean): Promise<DecodedImage> {
  try {
    const image = exactly(bytes) ?? (await byBrowser(bytes));
    if (alpha === true) return withChannels(image, 4);
    return alpha === false ? withChannels(image, 3) : image;
  } catch (cause) {
    throw new Error(`${what} is damaged or not an image: ${(cause as Error).message}`, { cause });
  }
}

/** A PNG of 8 bits a value; nothing where the file is another one. */
function exactly(bytes: Uint8Array): DecodedImage | undefined {
  if (!hasPngSignature(bytes)) return undefined;
  const png = decode(bytes, { checkCrc: true });
  const { width, height, depth, palette, transparency } = png;
  checkSize(width, height);
  if (palette) {
    const data = Uint8Array.from(convertIndexedToRgb(png));
    return { width, height, data, channels: (data.length / (width * height)) as 3 | 4 };
  }
  return depth === 8 && !transparency ? colours(png) : undefined;
}

/** Grey values become colours. */
function colours({ width, height, channels, data }: DecodedPng): DecodedImage {
  if (channels >= 3) return { width, height, channels: channels as 3 | 4, data: Uint8Array.from(data) };
  const wide = (channels + 2) as 3 | 4;
  const out = new Uint8Array(width * height * wide);
  for (let i = 0; i < width * height; i++) {
    out.fill(data[i * channels], i * wide, i * wide + 3);
    if (channels === 2) out[i * wide + 3] = data[2 * i + 1];
  }
  return { width, height, channels: wide, data: out };
}

async function byBrowser(bytes: Uint8Array): Promise<DecodedImage> {
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  try {
    const { width, height } = bitmap;
    checkSize(width, height);
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const data = Uint8Array.from(context.getImageData(0, 0, width, height).data);
    const image: DecodedImage = { width, height, channels: 4, data };
    const opaque = data.every((value, i) => i % 4 !== 3 || value === 255);
    return opaque ? withChannels(image, 3) : image;
  } finally {
    bitmap.close();
  }
}

function checkSize(width: number, height: number): void {
  if (width * height > mostPixels) throw new Error(`it has more than ${mostPixels} pixels`);
}

/** With opacity, or on white without it. */
function withChannels({ width, height, channels, data }: DecodedImage, wanted: 3 | 4): DecodedImage {
  if (channels === wanted) return { width, height, channels, data };
  const out = new Uint8Array(width * height * wanted);
  for (let i = 0; i < width * height; i++) {
    const opacity = channels === 4 ? data[4 * i + 3] / 255 : 1;
    for (let c = 0; c < 3; c++) {
      const value = data[i * channels + c];
      out[i * wanted + c] = wanted === 4 ? value : Math.round(value * opacity + 255 * (1 - opacity));
    }
    if (wanted === 4) out[4 * i + 3] = 255;
  }
  return { width, height, channels: wanted, data: out };
}

/** The pixels in at most 256 colours, without dithering: a flat area stays flat. */
export async function reduceColours(rgba: Uint8ClampedArray, width: number, height: number): Promise<Uint8Array> {
  const palette = gifenc.quantize(rgba, 256);
  const index = gifenc.applyPalette(rgba, palette);
  const out = new Uint8Array(4 * width * height);
  index.forEach((entry, i) => out.set([...palette[entry].slice(0, 3), 255], 4 * i));
  return out;
}
