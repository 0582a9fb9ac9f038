import { registerFont } from '#platform/fonts.js';

/** The typeface of every picture and figure. */
export const FONT = 'Inter';

/**
 * The colours of curves, bars and markers, one after another: people with any kind of colour blindness can tell them
 * apart (Okabe and Ito, 2008). Best contrast first.
 */
export const colourCycle = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#7F7F7F',
  '#000000',
] as const;

/** Colours of text, lines and backgrounds. */
export const INK = { text: '#1F2328', muted: '#59636E', line: '#D1D9E0', faint: '#EAEEF2', paper: '#FFFFFF' } as const;

/** A CSS font for the canvas, for example `600 15px "naive-diffusion"`. The first call loads the typeface. */
export function canvasFont(size: number, weight: 400 | 600 = 400): string {
  loadFont();
  return `${weight} ${size}px "${CANVAS_FAMILY}", sans-serif`;
}

/**
 * The name under which the canvas knows the typeface: one of its own, so that no font of the machine takes its place.
 */
export const CANVAS_FAMILY = 'naive-diffusion';

let loaded = false;

/** Registers the typeface with the canvas, once. */
export function loadFont(): void {
  if (loaded) return;
  registerFont(CANVAS_FAMILY);
  loaded = true;
}

/** Viridis, sampled at ten places: equal steps of the value are equal steps to the eye. */
export const VIRIDIS = [
  '#440154',
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6ece58',
  '#b5de2b',
  '#fde725',
] as const;

/** The colour of a share on the scale {@link VIRIDIS}: red, green and blue, 0 to 255; below 0 and above 1 the ends. */
export function viridis(share: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const part = (color: string, i: number) => Number.parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mix = (i: number) => {
    const from = part(VIRIDIS[low], i);
    return Math.round(from + (place - low) * (part(VIRIDIS[low + 1], i) - from));
  };
  return [mix(0), mix(1), mix(2)];
}
