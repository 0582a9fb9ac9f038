/** What of Node's modules the chapters use, for a worker: files come from the site. */
import { unzlibSync, zlibSync } from 'fflate';

/** Fetches a file while the worker waits, as `readFileSync` does. */
function fetchSync(path: string): Uint8Array {
  const request = new XMLHttpRequest();
  request.open('GET', path, false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`readFileSync: the site has no ${path} (${request.status})`);
  return new Uint8Array(request.response as ArrayBuffer);
}

export const fs = {
  readFileSync(path: string, encoding?: string): string | Uint8Array {
    const bytes = fetchSync(path);
    return encoding ? new TextDecoder().decode(bytes) : bytes;
  },
  statSync: (path: string) => ({ size: fetchSync(path).length }),
};

export const zlib = {
  deflateSync: (bytes: Uint8Array, { level = 6 }: { level?: number } = {}) =>
    zlibSync(bytes, { level: Math.min(9, Math.max(0, level)) as 6 }),
  inflateSync: (bytes: Uint8Array) => unzlibSync(bytes),
};

export const process = {
  /** A page cannot tell the processor's time from the clock's. */
  cpuUsage: (before?: { user: number }) => ({ user: performance.now() * 1000 - (before?.user ?? 0), system: 0 }),
};

/** As much of Node's global of that name as cells use: bytes out of text. */
const Buffer = {
  from(text: string, encoding: 'base64' | 'utf8' = 'utf8'): Uint8Array {
    if (encoding === 'utf8') return new TextEncoder().encode(text);
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  },
};

/** What cells use of Node's global object. */
export const globals: Readonly<Record<string, object>> = { Buffer, process };
