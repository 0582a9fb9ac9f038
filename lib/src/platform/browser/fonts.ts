import { environment } from './environment.js';
import { absolute } from './files.js';
import { join } from './paths.js';

/** The typefaces that a page or a worker knows. */
interface Fonts {
  add(face: FontFace): void;
}

/**
 * Makes the typeface known to the canvas under a name, once its files are there: `Inter-400.ttf` and `Inter-600.ttf` in
 * the folder that `NAIVE_DIFFUSION_FONTS` names. Until then, and where it names none, the page's own takes its place.
 */
export function registerFont(family: string): void {
  const folder = environment('NAIVE_DIFFUSION_FONTS');
  if (!folder) return;
  const place = globalThis as unknown as { document?: { fonts: Fonts }; fonts?: Fonts };
  const known = place.document?.fonts ?? place.fonts; // of the page, or of the worker
  for (const weight of ['400', '600']) {
    const face = new FontFace(family, `url(${absolute(join(folder, `Inter-${weight}.ttf`))})`, { weight });
    known?.add(face);
    void face.load().catch(() => console.warn(`naive-diffusion: ${folder} holds no Inter-${weight}.ttf`));
  }
}
