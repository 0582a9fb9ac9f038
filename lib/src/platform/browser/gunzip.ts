/**
 * A gzip file's content. A small file can hold any length: what `mostOf` says of the content's beginning is the most
 * that is taken, in bytes.
 * @throws {RangeError} when there is more
 * @throws {Error} when the file is damaged, or `mostOf` throws
 */
export async function gunzip(bytes: Uint8Array, mostOf: (begin: Uint8Array) => number): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const parts: Uint8Array[] = [];
  let [length, most] = [0, 0];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (parts.length === 0) most = mostOf(value);
    parts.push(value);
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`it holds more than ${most} bytes`);
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
