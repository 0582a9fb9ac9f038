import { withBase } from 'vitepress';

/** Where the library finds what it needs on the site, in a worker: see `platform/browser/environment.ts` in it. */
export function settings(): Record<string, string> {
  return {
    QUICK: '1',
    NAIVE_DIFFUSION_DATA: withBase('/data'),
    NAIVE_DIFFUSION_WASM: withBase('/run'),
    NAIVE_DIFFUSION_FONTS: withBase('/run'),
  };
}
