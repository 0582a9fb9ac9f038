/** What a page may say before it uses the library: `globalThis.naiveDiffusion = { QUICK: '1' }`. */
const page = globalThis as { naiveDiffusion?: Record<string, string | undefined> };

/** A variable of the environment; nothing where it is not set. */
export function environment(name: string): string | undefined {
  return page.naiveDiffusion?.[name];
}

/** A name that no other run of the library on this page or in this notebook has. */
export const runName = Math.round(1000 * (performance.timeOrigin + performance.now())).toString(36);
