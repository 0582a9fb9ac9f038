import type { Metadata, Sharp } from 'sharp';
import type { DecodedImage } from '../types.js';

/** The most pixels that a picture may have: 4 bytes for each are taken while it is read. */
const mostPixels = 2 ** 27;

/** Deflate, which PNG uses, makes no byte out of less than a 1,032nd (RFC 1951: 258 bytes for two bits). */
const deflateRatio = 1032;

/**
 * Decodes a PNG, JPEG or WebP file to 8 bits a value in sRGB, upright as its EXIF data says.
 *
 * Damage is an error, also where most programs draw what is there and leave the rest empty: a wrong checksum, missing
 * rows, compressed data that ends early. JPEG and WebP have no checksums: of these only damage that breaks their form
 * is noticed.
 * @param what begins the error: function and file
 * @param alpha `true`: always with opacity, `false`: on white; by default as the file has it
 * @throws {Error} naming the fault
 */
export async function decodeImage(what: string, bytes: Uint8Array, alpha?: boolean): Promise<DecodedImage> {
  // Loaded on demand: most who import the library decode nothing.
  const { default: sharp } = await import('sharp');
  let image: Sharp;
  try {
    image = sharp(bytes, { failOn: 'warning', limitInputPixels: mostPixels });
    checkHeader(await image.metadata(), bytes.length);
    image = image.autoOrient().toColourspace('srgb');
    if (alpha === true) image = image.ensureAlpha();
    if (alpha === false) image = image.flatten({ background: 'white' });
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== 3 && info.channels !== 4) throw new Error(`it has ${info.channels} channels`);
    return { width: info.width, height: info.height, channels: info.channels, data };
  } catch (cause) {
    throw new Error(`${what} is damaged or not an image: ${inWords((cause as Error).message)}`, { cause });
  }
}

/** Refuses, before memory is taken, what is another format, or a PNG whose size contradicts its bytes. */
function checkHeader({ format, width, height, channels, bitsPerSample = 8, isPalette }: Metadata, bytes: number): void {
  if (!['png', 'jpeg', 'webp'].includes(format)) throw new Error(`it is ${format}, expected PNG, JPEG or WebP`);
  const raw = (width * height * (isPalette ? 1 : channels) * bitsPerSample) / 8;
  // Four times as much as deflate can hold: `channels` counts a transparent colour as a channel of its own.
  if (format === 'png' && raw > 4 * deflateRatio * bytes)
    throw new Error(`it claims ${width}x${height} pixels, which its ${bytes} bytes cannot hold`);
}

/** What the decoder says, without the names of its parts. */
function inWords(message: string): string {
  if (message.includes('exceeds pixel limit')) return `it has more than ${mostPixels} pixels`;
  if (message.includes('unsupported image format')) return 'it begins as neither a PNG, a JPEG nor a WebP file does';
  if (message.includes('libpng read error')) return 'its data is incomplete or does not fit its checksums';
  const lines = message
    .replaceAll(/^(Input buffer has corrupt header: )?(Vips\w+|vips\w+|webp\w*): /gm, '')
    .split('\n');
  return [...new Set(lines.map((line) => line.trim()))].filter(Boolean).join(', ');
}

/**
 * The pixels in 256 colours, by way of a PNG file with a palette: libimagequant's way of choosing colours, in a thread
 * of its own. No dithering: a flat area stays flat. An effort of 4 takes a tenth of a second for noise and is off by
 * half a step for faces; more is slower and hardly better.
 */
export async function reduceColours(rgba: Uint8ClampedArray, width: number, height: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const options = { palette: true, colours: 256, dither: 0, effort: 4, compressionLevel: 0 };
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
  return sharp(await picture.png(options).toBuffer())
    .ensureAlpha()
    .raw()
    .toBuffer();
}
