/**
 * Cartoon faces with known attributes: facesjs turns a configuration into an SVG, resvg turns that into pixels, and
 * everything that chance decides comes from a seed.
 */
import { Resvg } from '@resvg/resvg-js';
import { faceToSvgString } from 'facesjs';
import { FaceSet, faceAttributes, type FaceAttribute, type FaceCombination } from '../../lib/src/data/faces.ts';
import { Random } from '../../lib/src/random.ts';

/** Height and width of a face, if nothing else is said. */
export const size = 32;

/** Each value of each attribute, with its probability. */
export const chances: Record<FaceAttribute, Record<string, number>> = {
  background: {
    skyblue: 1 / 8,
    lilac: 1 / 8,
    rose: 1 / 8,
    peach: 1 / 8,
    mint: 1 / 8,
    lemon: 1 / 8,
    slate: 1 / 8,
    white: 1 / 8,
  },
  skin: { pale: 1 / 5, light: 1 / 5, tan: 1 / 5, brown: 1 / 5, dark: 1 / 5 },
  hairColor: { black: 1 / 6, brown: 1 / 6, auburn: 1 / 6, blond: 1 / 6, red: 1 / 6, grey: 1 / 6 },
  hair: { bald: 0.1, short: 0.35, curly: 0.2, long: 0.35 },
  glasses: { none: 0.65, clear: 0.23, dark: 0.12 },
  facialHair: { none: 0.64, moustache: 0.12, goatee: 0.12, beard: 0.12 },
};

/**
 * No face of the training split has one of these. No face can have two, and no background, skin or hair colour is in
 * them.
 */
export const heldOut: FaceCombination[] = [
  { glasses: 'dark', facialHair: 'beard' },
  { hair: 'bald', glasses: 'clear' },
  { hair: 'curly', facialHair: 'goatee' },
  { hair: 'long', facialHair: 'moustache' },
];

const vocabulary = mapAttributes((name) => Object.keys(chances[name]));
const proportions = mapAttributes((name) => Object.values(chances[name]));

/** How many faces, and which. */
export interface DrawFacesOptions {
  count: number;
  seed: number;
  /** The first of them: face i of a seed is the same face however many are drawn, and from wherever. Default 0. */
  start?: number;
  /** Height and width: 32 by default. The same face, drawn larger or smaller. */
  size?: number;
}

/** Draws faces that have the look of the committed ones, with all colours (the committed ones have 256). */
export function drawFaces({ count, seed, start = 0, size: side = size }: DrawFacesOptions): FaceSet {
  const each = side * side * 3;
  const pixels = new Uint8Array(count * each);
  const attributes = mapAttributes(() => new Uint8Array(count));
  const fatness = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const random = new Random({ seed, count: (start + i) * numbersPerFace });
    for (const name of faceAttributes) attributes[name][i] = choose(random.uniform(), proportions[name]);
    fatness[i] = random.int(101) / 100;
    const words = mapAttributes((name) => vocabulary[name][attributes[name][i]]);
    pixels.set(rasterise(faceSvg(words, fatness[i], random), side), i * each);
    if (random.state.count > (start + i + 1) * numbersPerFace)
      throw new Error('drawFaces: a face took more random numbers than are set apart for it');
  }
  const name = `faces (${count} of seed ${seed})`;
  return new FaceSet(
    { name, height: side, width: side, channels: 3, pixels },
    { attributes, vocabulary, proportions, heldOut, fatness },
  );
}

/** Random numbers set apart for each face, so that one face does not depend on those before it. */
const numbersPerFace = 64;

const backgrounds: Record<string, string> = {
  skyblue: '#9fc9f0',
  lilac: '#c0aede',
  rose: '#f5b5c4',
  peach: '#f8c79a',
  mint: '#b5e0b5',
  lemon: '#f2e58c',
  slate: '#7f93a8',
  white: '#f4f4f4',
};
const skins: Record<string, string> = {
  pale: '#f7d7c4',
  light: '#eab687',
  tan: '#c08b6e',
  brown: '#94624a',
  dark: '#65443f',
};
/** Each at least 45 (in RGB, of 255) from every skin, so that a beard always shows. */
const hairColors: Record<string, string> = {
  black: '#1f1b1a',
  brown: '#4a2c1b',
  auburn: '#86391c',
  blond: '#e8cc5a',
  red: '#d4552b',
  grey: '#b9b9b9',
};

/** Names of drawings in facesjs, chosen because they can be told apart at 32x32. */
const drawings = {
  hair: {
    bald: ['bald'],
    short: ['short', 'short2', 'short3', 'crop-fade', 'parted', 'spike', 'middle-part', 'faux-hawk'],
    curly: ['afro', 'afro2', 'blowoutFade', 'curly3'],
    long: ['longHair', 'female1', 'female2', 'female5', 'female8', 'female10', 'shaggy1'],
  } as Record<string, string[]>,
  behind: ['longHair', 'female1', 'female2'],
  glasses: { none: ['none'], clear: ['glasses2-black', 'glasses1-primary'], dark: ['glasses2-black'] } as Record<
    string,
    string[]
  >,
  facialHair: {
    none: ['none'],
    moustache: ['none'],
    goatee: ['fullgoatee', 'fullgoatee3', 'fullgoatee4', 'fullgoatee5'],
    beard: ['beard1', 'beard2', 'beard3', 'beard4', 'beard6'],
  } as Record<string, string[]>,
  mouth: ['straight', 'closed', 'mouth2', 'smile', 'smile2', 'smile3', 'mouth', 'mouth4'],
  head: ['head2', 'head6', 'head13', 'head14', 'head16', 'head18', 'head1', 'head5', 'female1', 'female2'],
  eye: ['eye1', 'eye3', 'eye5', 'eye8', 'eye11', 'eye14', 'female1', 'female4', 'female8'],
  eyebrow: ['eyebrow1', 'eyebrow4', 'eyebrow7', 'eyebrow10'],
  nose: ['nose1', 'nose3', 'nose5', 'nose9', 'nose14'],
  ear: ['ear1', 'ear2', 'ear3'],
};

/** The lenses of dark glasses, which facesjs does not have. */
const lenses =
  '<g fill="#15151a"><rect x="92" y="275" width="92" height="58" rx="18"/><rect x="216" y="275" width="92" height="58" rx="18"/></g>';

/** A moustache: those of facesjs are thinner than a pixel at 32x32. */
const moustache =
  'M200 399 C178 384 146 398 134 432 C158 434 188 430 200 417 C212 430 242 434 266 432 C254 398 222 384 200 399 Z';

/**
 * One face as an SVG, cropped to the head, which is shifted a little; everything beyond the attributes is drawn evenly.
 */
function faceSvg(words: Record<FaceAttribute, string>, fatness: number, random: Random): string {
  const one = (names: string[]) => names[random.int(names.length)];
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const flip = () => random.uniform() < 0.5;
  const frame = '#2f2f35';
  const svg = faceToSvgString({
    fatness,
    teamColors: [frame, frame, frame],
    hairBg: { id: words.hair === 'long' ? one(drawings.behind) : 'none' },
    body: { id: 'body', color: skins[words.skin], size: between(0.9, 1) },
    jersey: { id: 'jersey' },
    ear: { id: one(drawings.ear), size: between(0.7, 1.2) },
    head: { id: one(drawings.head), shave: 'rgba(0,0,0,0)' },
    eyeLine: { id: 'none' },
    smileLine: { id: 'none', size: 1 },
    miscLine: { id: 'none' },
    facialHair: { id: one(drawings.facialHair[words.facialHair]) },
    eye: { id: one(drawings.eye), angle: Math.round(between(-5, 7)) },
    eyebrow: { id: one(drawings.eyebrow), angle: Math.round(between(-10, 10)) },
    hair: { id: one(drawings.hair[words.hair]), color: hairColors[words.hairColor], flip: flip() },
    mouth: { id: one(drawings.mouth), flip: flip() },
    nose: { id: one(drawings.nose), flip: flip(), size: between(0.6, 1) },
    glasses: { id: one(drawings.glasses[words.glasses]) },
    accessories: { id: 'none' },
  });
  const left = between(-32, -8).toFixed(1);
  const top = between(83, 107).toFixed(1);
  const open = /<svg([^>]*)width="100%" height="100%" viewBox="0 0 400 600"([^>]*)>/;
  if (!open.test(svg)) throw new Error('drawFaces: the SVG of facesjs does not begin as that of version 5.0.3 does');
  const paper = `<rect x="-90" y="-10" width="600" height="700" fill="${backgrounds[words.background]}"/>`;
  const lens = words.glasses === 'dark' ? lenses : '';
  const lip = words.facialHair === 'moustache' ? `<path d="${moustache}" fill="${hairColors[words.hairColor]}"/>` : '';
  return svg
    .replace(open, `<svg$1width="440" height="440" viewBox="${left} ${top} 440 440"$2>${paper}`)
    .replace('</svg>', `${lip}${lens}</svg>`);
}

const finer = 4;

/** Draws an SVG at four times the size, without any fonts of this machine, and averages blocks of 4x4. */
function rasterise(svg: string, side: number): Uint8Array {
  const image = new Resvg(svg, {
    fitTo: { mode: 'width', value: side * finer },
    font: { loadSystemFonts: false },
  }).render();
  const { pixels: rgba, width } = image;
  const rgb = new Uint8Array(side * side * 3);
  for (let at = 0; at < rgb.length; at++) {
    const [y, x, c] = [Math.floor(at / (side * 3)), Math.floor(at / 3) % side, at % 3];
    let sum = 0;
    for (let v = 0; v < finer; v++)
      for (let u = 0; u < finer; u++) sum += rgba[((y * finer + v) * width + x * finer + u) * 4 + c];
    rgb[at] = Math.round(sum / finer ** 2);
  }
  return rgb;
}

/** The number of the value that `u` from [0, 1) falls on. */
function choose(u: number, probabilities: number[]): number {
  let value = 0;
  while (value < probabilities.length - 1 && u >= probabilities[value]) u -= probabilities[value++];
  return value;
}

function mapAttributes<T>(value: (name: FaceAttribute) => T): Record<FaceAttribute, T> {
  return Object.fromEntries(faceAttributes.map((name) => [name, value(name)])) as Record<FaceAttribute, T>;
}
