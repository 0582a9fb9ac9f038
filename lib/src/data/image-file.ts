/**
 * What is wrong with the outer form of a PNG, JPEG or WebP file, or undefined where nothing is. Decoders draw what is
 * there of a truncated file and leave the rest empty without a word; here it is found by walking from part to part
 * until the end.
 */
export function imageFault(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (text: string, at = 0) => [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  let whole: boolean;
  if (begins('\x89PNG\r\n\x1a\n')) whole = pngIsWhole(view);
  else if (begins('\xff\xd8\xff')) whole = jpegIsWhole(bytes);
  else if (begins('RIFF') && begins('WEBP', 8)) whole = bytes.length >= view.getUint32(4, true) + 8;
  else return 'it begins as neither a PNG, a JPEG nor a WebP file does';
  return whole ? undefined : `it is truncated: its end is missing after ${bytes.length} bytes`;
}

/** A PNG is a chain of chunks (length, name, data, checksum) that ends with one named IEND. */
function pngIsWhole(view: DataView): boolean {
  for (let at = 8; at + 12 <= view.byteLength; at += view.getUint32(at) + 12) {
    if (view.getUint32(at + 4) === 0x49454e44) return true;
  }
  return false;
}

/**
 * A JPEG is a chain of segments (0xFF, kind, length, data), some followed by compressed data, that ends with the kind
 * 0xD9.
 */
function jpegIsWhole(bytes: Uint8Array): boolean {
  for (let at = 2; at + 1 < bytes.length;) {
    const kind = bytes[at] === 0xff ? bytes[at + 1] : 0;
    if (kind === 0xd9) return true;
    // Within compressed data: any other byte, a stuffed 0xFF 0x00, a restart mark, or a fill byte.
    if (kind === 0 || (kind >= 0xd0 && kind <= 0xd7) || kind === 0xff) at++;
    else at += 2 + (bytes[at + 2] << 8) + (bytes[at + 3] ?? 0);
  }
  return false;
}
