import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The SHA-256 of some bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** That of a file. */
export function sha256Of(file: string): string {
  return sha256(readFileSync(file));
}
