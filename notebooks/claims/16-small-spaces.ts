// What chapter 16 claims of its outputs, and of the file that it reads.
import { statSync } from 'node:fs';
import { claim } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const measured = (having: Record<string, unknown>) =>
  Json.read('data/results/small-spaces.json').at('rows').one(having);
const restored = (steps: number) => measured({ model: 'autoencoder-faces', steps });
const samples = (model: string, steps: number) => measured({ model, way: 'samples', steps });
const [pixels, latents] = [samples('gaussian-faces-64', 600), samples('latent-faces', 2000)];
const distance = (row: Json) => row.number('frechet.distance');
const wishes = (weight: number) => measured({ model: 'captioned-latents', way: 'one attribute', weight });
const names = ['background', 'skin', 'hairColor', 'hair', 'glasses', 'facialHair'];
/** How much of what was asked for is there, in per cent. */
const met = (weight: number) => {
  const row = wishes(weight);
  const sum = (part: string) => names.reduce((total, name) => total + row.number(`adherence.${name}.${part}`), 0);
  return (100 * sum('met')) / sum('asked');
};

/** The same of chapter 14's model, with weight 3. */
const before = () => {
  const row = Json.read('data/results/guidance.json')
    .at('rows')
    .one({ way: 'caption', asked: 'one attribute', weight: 3 });
  const sum = (part: string) => names.reduce((total, name) => total + row.number(`adherence.${name}.${part}`), 0);
  return (100 * sum('met')) / sum('asked');
};

/** The distance of latents of a deviation. */
const size = (o: Outputs, deviation: string) => o.numbers(`deviation ${deviation}:`)[1];

export default [
  claim(
    'each for less than two minutes',
    () => [pixels.number('minutes'), latents.number('minutes')],
    (...minutes) => Math.max(...minutes) < 2,
  ),
  claim('about {four} minutes on two processor cores', () =>
    Math.round(tableOf('bench/README.md', 'chapter | 1').number('seconds', '16') / 60),
  ),
  claim(
    'The published one, after {7.25} minutes of two cores, comes to an SSIM of {0.930} and a Fréchet distance of {0.33}.',
    () => [restored(3800).number('minutes'), restored(3800).number('ssim'), distance(restored(3800))],
  ),
  claim('are at {1.48} from these', () => distance(measured({ way: 'real' }))),
  claim('after {500} steps it had an SSIM of {0.798} and a distance of {2.32}', () => [
    restored(500).number('steps'),
    restored(500).number('ssim'),
    distance(restored(500)),
  ]),
  claim(
    'Pixels are at {20.8} after {1.8} minutes of two cores, with a recall of {0.176}',
    () => [distance(pixels), pixels.number('minutes'), pixels.number('recall')],
  ),
  claim(
    'Latents are at {7.5} after {1.65}, with a recall of {0.870}. That is {0.36} of the distance of pixels',
    () => [
      distance(latents),
      latents.number('minutes'),
      latents.number('recall'),
      distance(latents) / distance(pixels),
      pixels.number('minutes'),
    ],
    (_, minutes, __, share, more) => minutes < more && share <= 0.5,
  ),
  claim('{7.25} of them. Where pixels would have come in {8.9} minutes', () => [
    restored(3800).number('minutes'),
    restored(3800).number('minutes') + latents.number('minutes'),
  ]),
  claim('after the first {700} steps, {0.6} minutes, latents were at {10.6} already', () => [
    samples('latent-faces', 700).number('steps'),
    samples('latent-faces', 700).number('minutes'),
    distance(samples('latent-faces', 700)),
  ]),
  claim(
    '{89.2} % of wishes are granted without guidance, {95.8} % with weight 2 and {96.8} % with weight 3, at a recall of {0.982}; chapter 14 had {100} % with weight 3',
    () => [met(1), met(2), met(3), wishes(3).number('recall'), before()],
  ),
  claim('Glasses come {76} times out of {76}. What is worst is the colour of hair, {72} of {84}', () => [
    wishes(3).number('adherence.glasses.met'),
    wishes(3).number('adherence.glasses.asked'),
    wishes(3).number('adherence.hairColor.met'),
    wishes(3).number('adherence.hairColor.asked'),
  ]),
  claim(
    'an SSIM of {0.930} and a Fréchet distance of {0.33}, far less than what diffusion comes to here',
    () => [restored(3800).number('ssim'), distance(restored(3800)), distance(latents), distance(pixels)],
    (_, lost, ...painted) => painted.every((each) => each > 10 * lost),
  ),
  claim('comes to {0.36} of the Fréchet distance of pixels, {7.5} against {20.8}', () => [
    distance(latents) / distance(pixels),
    distance(latents),
    distance(pixels),
  ]),
  claim('our faces take {1,279} bytes each', () => statSync('data/faces-64.png').size / 5000),
  claim('their deviations are {1.29}, {0.74}, {0.89} and {0.69} as they were learnt', (o) =>
    o.numbers('deviation: as learnt').slice(0, 4),
  ),
  claim(
    'the distances are {17.6} with an eighth, {21.9} as measured, and {19.3} with eight times',
    (o) => [size(o, '0.125'), size(o, '1'), size(o, '8')],
    (...all) => Math.max(...all) < 1.5 * Math.min(...all),
  ),
  claim(
    'In {0.3} minutes of two cores pixels get {108} steps, latents {393}; the distances are {107.9} and {21.9}.',
    (o) => [
      o.dial('const MINUTES = budget('),
      o.number(/^pixels: (?=.*steps)/),
      o.number(/^latents: (?=.*steps)/),
      o.number(/^pixels: .*Fréchet distance/),
      o.number(/^latents: .*Fréchet distance/),
    ],
  ),
  claim(
    'A step costs {212} million multiplications in pixels and {66} million among latents, and a face, with all its steps and with the decoder, {64} and {16} milliseconds of a processor.',
    (o) => [
      o.number(/^pixels: (?=.*million)/),
      o.number(/^latents: (?=.*million)/),
      1000 * pixels.number('processorSeconds'),
      1000 * latents.number('processorSeconds'),
    ],
  ),
  claim('a distance of {107.5}', (o) => o.number('guesses from 0 to 1: Fréchet distance')),
  claim(
    'without it an SSIM of {0.510} is left, and black hair is blue. Without the third, {0.691}, black and brown hair are red, and pale skins grey. Without the second, {0.793}, fair hair takes the colour of skin, and a blue wall that of mint. Without the fourth, {0.809},',
    (o) => [1, 3, 2, 4].map((number) => o.number(`without number ${number}: SSIM`)),
  ),
  claim(
    'leaves an SSIM of {0.806}, where these faces had {0.934} with the numbers themselves; after {40} steps together it is {0.833}. For that a face is {2,048} bits',
    (o) => [
      o.number('rounded: SSIM'),
      o.number('published: SSIM'),
      o.dial('const BOOK_STEPS = budget('),
      o.number(/after \d+ steps: SSIM/),
      o.number('a face in'),
    ],
  ),
  claim(
    "The published network's are at {18.74} from their nearest training face, and faces that nobody has seen are at {18.57}",
    (o) => [
      o.number('samples of the published network: nearest training face at'),
      o.number('unseen faces: nearest training face at'),
    ],
    (own, others) => own > 0.95 * others,
  ),
  claim('are at {24.20}, for they are not like any face yet', (o) =>
    o.number('our samples: nearest training face at'),
  ),
];
