import { absolute, listFolder, readWhole } from '#platform/files.js';
import { decodeImage } from '#platform/images.js';
import { extname, join, relative } from '#platform/paths.js';
import { checkPath } from '../check-path.js';
import { checkWhole } from '../check.js';
import type { DecodedImage } from '../platform/types.js';
import { checkSetSize, ImageSet } from './image-set.js';
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
  /**
   * What to do with files that are damaged or cannot be read: `throw` an error that names them (default), or `skip`
   * them with a warning that does.
   */
  onBadFile?: 'throw' | 'skip';
}

/** So many bad files are named; after them no more are read. */
const mostNamed = 10;

/**
 * Reads the PNG, JPEG and WebP files of a folder in the order of their names: each is turned upright as its EXIF data
 * says, cropped to the square in its middle and resized; what is transparent becomes white. Files with other endings
 * are passed over, and so are hidden files and folders, and those that other programs keep beside images
 * (`.ipynb_checkpoints`, `@eaDir`, `__MACOSX`). A leading `~` is the home folder.
 * @throws {TypeError | RangeError} when an option is out of range
 * @throws {Error} naming the folder when it cannot be read or holds no image, and the files that are damaged: JPEG and
 * WebP have no checksums, so that of these only damage that breaks their form is noticed
 */
export async function loadFolder(path: string, o: FolderOptions = {}): Promise<ImageSet> {
  const { size = 32, channels = 3, limit = Infinity, recursive = false, onBadFile = 'throw' } = o;
  checkPath('loadFolder', path);
  checkWhole('loadFolder', 'size', size);
  if (o.limit !== undefined) checkWhole('loadFolder', 'limit', limit);
  if (channels !== 1 && channels !== 3) throw new RangeError(`loadFolder: channels must be 1 or 3, got ${channels}`);
  if (onBadFile !== 'throw' && onBadFile !== 'skip')
    throw new TypeError(`loadFolder: onBadFile must be 'throw' or 'skip', got ${JSON.stringify(onBadFile)}`);
  const folder = absolute(path);
  const files = await imageFiles(folder, recursive);
  const most = Math.min(limit, files.length);
  checkSetSize('loadFolder', most, size, size, channels);
  const each = size * size * channels;
  const pixels = new Uint8Array(most * each);
  const bad: string[] = [];
  let kept = 0;
  let looked = 0;
  for (const file of files) {
    if (kept === most || (onBadFile === 'throw' && (bad.length === mostNamed || bad.length + kept === most))) break;
    looked++;
    try {
      const bytes = await readWhole('loadFolder', file);
      const image = toSquare(await decodeImage(relative(folder, file), bytes, false), size, channels);
      pixels.set(image, kept * each);
      kept++;
    } catch (error) {
      bad.push((error as Error).message.replace(/^loadFolder: cannot read /, ''));
    }
  }
  if (bad.length > 0) {
    const many = `${bad.length} of the first ${looked} images of ${folder}`;
    const rest = bad.length > mostNamed ? `\n  and ${bad.length - mostNamed} more` : '';
    const faults = `${bad.slice(0, mostNamed).join('\n  ')}${rest}`;
    const remedy = kept > 0 ? "mend or remove them, or pass onBadFile: 'skip'" : 'mend or remove them';
    if (onBadFile === 'throw' || kept === 0) throw new Error(`loadFolder: cannot use ${many}; ${remedy}:\n  ${faults}`);
    console.warn(`loadFolder: skipped ${many}:\n  ${faults}`);
  }
  return new ImageSet({ name: path, height: size, width: size, channels, pixels: pixels.slice(0, kept * each) });
}

const endings = ['.png', '.jpg', '.jpeg', '.webp'];

/** What systems and programs keep beside images: thumbnails, copies, what was thrown away. */
const besides = new Set(['@eadir', '__macosx', '$recycle.bin', '#recycle', '#snapshot', 'lost+found']);

async function imageFiles(folder: string, recursive: boolean): Promise<string[]> {
  const files: string[] = [];
  let inner = 0;
  const folders = [folder];
  while (folders.length > 0) {
    const at = folders.pop()!;
    const entries = await listFolder('loadFolder', at, { remedy: 'check the path' });
    for (const entry of entries) {
      if (entry.name.startsWith('.') || besides.has(entry.name.toLowerCase())) continue;
      const file = join(at, entry.name);
      if (entry.isFolder) {
        if (entry.isLink) continue; // it may lead in a circle
        inner++;
        if (recursive) folders.push(file);
      } else if (endings.includes(extname(entry.name).toLowerCase())) {
        files.push(file);
      }
    }
  }
  if (files.length === 0) {
    const hint =
      inner > 0 && !recursive ? `; it has ${inner} inner folders: pass recursive: true to look into them` : '';
    throw new Error(`loadFolder: ${folder} holds no PNG, JPEG or WebP file${hint}`);
  }
  return files.sort();
}

/** The square in the middle of an image, resized, as bytes `[size, size, channels]`. */
function toSquare({ width, height, channels: depth, data }: DecodedImage, size: number, channels: 1 | 3): Uint8Array {
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const square = new Uint8Array(side * side * depth);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * depth;
    square.set(data.subarray(from, from + side * depth), y * side * depth);
  }
  const small = resample(square, { side, size, channels: depth });
  const bytes = new Uint8Array(size * size * channels);
  for (let i = 0; i < size * size; i++) {
    const [r, g, b] = small.subarray(depth * i, depth * i + 3);
    if (channels === 3) bytes.set([Math.round(r), Math.round(g), Math.round(b)], 3 * i);
    else bytes[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b); // luma, ITU-R BT.601
  }
  return bytes;
}
