import { promisify } from 'node:util';
import { constants, gunzip as gunzipped, gunzipSync } from 'node:zlib';

const unzip = promisify(gunzipped);

/**
 * A gzip file's content. A small file can hold any length: what `mostOf` says of the content's beginning is the most
 * that is taken, in bytes.
 * @throws {RangeError} when there is more
 * @throws {Error} when the file is damaged, or `mostOf` throws
 */
export async function gunzip(bytes: Uint8Array, mostOf: (begin: Uint8Array) => number): Promise<Uint8Array> {
  let begin = new Uint8Array(0);
  try {
    begin = gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // What is wrong with it shows below.
  }
  try {
    return await unzip(bytes, { maxOutputLength: mostOf(begin) });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new RangeError(message, { cause });
    throw cause;
  }
}
