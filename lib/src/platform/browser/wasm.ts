import { environment } from './environment.js';
import { absolute } from './files.js';

/**
 * Tells WebAssembly's backend where its three files are: in the folder that `NAIVE_DIFFUSION_WASM` names, else beside
 * the page.
 */
export function locateWasm(setFolder: (folder: string) => void): void {
  setFolder(absolute(environment('NAIVE_DIFFUSION_WASM') || '.').replace(/\/?$/, '/'));
}
