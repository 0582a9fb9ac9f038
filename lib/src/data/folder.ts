import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanvas, loadImage, type Image } from 'canvas';
import { mustBePositive } from './idx.js';
import { imageFault } from './image-file.js';
import { ImageSet } from './image-set.js';
import { resample } from './resample.js';

/** What the images of a folder should become. */
export interface FolderOptions {
  /** Height and width of the result. Default 32. */
  size?: number;
  /** 3 for colour (default), 1 for grey. */
  channels?: 1 | 3;
  /** Keep only the first ones, by file name. Default: all. */
  limit?: number;
  /** Look into folders within the folder, too. Default: no. */
  recursive?: boolean;
}

/**
 * Reads the PNG, JPEG and WebP files of a folder in the order of their names: each is cropped to the square in its
 * middle and resized; what is transparent becomes white. Files with other endings are passed over. Throws an error that
 * names the folder or file when there is no image in it, or one is damaged.
 */
export async function loadFolder(
  path: string,
  { size = 32, channels = 3, limit, recursive = false }: FolderOptions = {},
): Promise<ImageSet> {
  mustBePositive('loadFolder', 'size', size);
  if (limit !== undefined) mustBePositive('loadFolder', 'limit', limit);
  if (channels !== 1 && channels !== 3) throw new Error(`loadFolder: channels must be 1 or 3, got ${channels}`);
  const files = (await imageFiles(path, recursive)).slice(0, limit);
  const each = size * size * channels;
  const pixels = new Uint8Array(files.length * each);
  for (const [i, file] of files.entries()) {
    pixels.set(toSquare(await readImage(file), size, channels), i * each);
  }
  return new ImageSet({ name: path, height: size, width: size, channels, pixels });
}

async function imageFiles(path: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive }).catch((cause: Error) => {
    throw new Error(`loadFolder: cannot read the folder ${path} (${cause.message})`, { cause });
  });
  const files = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && /\.(png|jpe?g|webp)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new Error(`loadFolder: ${path} holds no PNG, JPEG or WebP file`);
  return files;
}

async function readImage(path: string): Promise<Image> {
  const bytes = await readFile(path);
  const fault = imageFault(bytes);
  if (fault) throw new Error(`loadFolder: ${path} is damaged or not an image: ${fault}`);
  return loadImage(bytes).catch((cause: Error) => {
    throw new Error(`loadFolder: ${path} is damaged: ${cause.message}`, { cause });
  });
}

/** The square in the middle of an image, resized, as bytes `[size, size, channels]`. */
function toSquare(image: Image, size: number, channels: 1 | 3): Uint8Array {
  const side = Math.min(image.width, image.height);
  const canvas = createCanvas(side, side);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.drawImage(image, -Math.floor((image.width - side) / 2), -Math.floor((image.height - side) / 2));
  const rgba = context.getImageData(0, 0, side, side).data;
  const small = resample(rgba, { side, size, channels: 4 });
  const bytes = new Uint8Array(size * size * channels);
  for (let i = 0; i < size * size; i++) {
    const [r, g, b] = small.subarray(4 * i, 4 * i + 3);
    if (channels === 3) bytes.set([Math.round(r), Math.round(g), Math.round(b)], 3 * i);
    else bytes[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b); // luma, ITU-R BT.601
  }
  return bytes;
}
