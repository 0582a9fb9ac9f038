/** Bytes as base64 text. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  // In parts, for a call takes so many arguments at most.
  for (let at = 0; at < bytes.length; at += 2 ** 14) text += String.fromCharCode(...bytes.subarray(at, at + 2 ** 14));
  return btoa(text);
}
