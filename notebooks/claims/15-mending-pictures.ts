// What chapter 15 claims of its outputs, and of the files that it reads.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const KINDS = ['mask', 'pixelate', 'desaturate', 'blur'];
const SPECIALISTS = ['specialist, direct', 'specialist, algorithm 2'];
/** The ways to mend, in the order in which the mask's are spoken of. */
const WAYS = ['guided', 'replaced', 'spectral', 'guided by the slope', 'replaced, resampled'];
/** A number of the tables of damage without noise, and of those with noise. */
const clean = (o: Outputs, kind: string, method: string, column: string) =>
  o.table('const tables = KINDS.map(', KINDS.indexOf(kind)).number(method, column);
const grainy = (o: Outputs, kind: string, method: string, column: string) =>
  o.table('const grainy = KINDS.map(', KINDS.indexOf(kind)).number(method, column);
const row = (degradation: string, method: string, noise = 0) =>
  Json.read('data/results/mending.json').at('rows').one({ degradation, method, noise });
/** The best that a specialist has. */
const least = (o: Outputs, kind: string, column: string) =>
  Math.min(...SPECIALISTS.map((method) => clean(o, kind, method, column)));
const answers = (o: Outputs, kind: string, index: number) => o.number(`${kind}: of 3072 answers`, index);
const pair = (o: Outputs, way: string) => o.numbers(`${way}: mean`);
const ratio = (o: Outputs, kind: string) => o.number(`${kind}: between`, -1);
/** What a pull brings, and at which noise, in turns. */
const brought = (o: Outputs, kind: string) => o.numbers(`a pull on ${kind} brings`);
const told = (o: Outputs, what: string) => o.number(`told t = ${what}: RMSE`);

export default [
  claim(
    'about two minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '15'),
    (seconds) => near(seconds, 120, 0.25),
  ),
  claim(
    'Their Fréchet distances are all between {0.7} and {1.8}.',
    (o) => {
      const all = WAYS.map((way) => clean(o, 'mask', way, 'Fréchet'));
      return [Math.min(...all), Math.max(...all)];
    },
  ),
  claim(
    'simple guidance has {0.1215}, `replacing` and `spectral` {0.105} and {0.106}, guidance by the slope {0.0885}, and `replacing` with each step taken four times {0.0853}. All but simple guidance are below the specialist\'s {0.1134}, the last two by most',
    (o) => [
      ...WAYS.map((way) => clean(o, 'mask', way, 'RMSE')),
      least(o, 'mask', 'RMSE'),
    ],
    (guided, replaced, spectral, slope, resampled, specialist) =>
      resampled < slope &&
      slope < Math.min(replaced, spectral) &&
      Math.max(replaced, spectral) < specialist &&
      specialist < guided,
  ),
  claim('whose ratios are {1.05} and {0.98}.', (o) => WAYS.slice(3).map((way) => clean(o, 'mask', way, 'ratio'))),
  claim(
    'on masks, pixels and colours: {0.7} against {1.3}, {0.2} against {0.5}, {1.3} against {2.1}, and by RMSE as well.',
    (o) =>
      ['Fréchet', 'RMSE'].flatMap((column) =>
        KINDS.slice(0, 3).flatMap((kind) =>
          ['guided by the slope', 'guided'].map((way) => clean(o, kind, way, column)),
        ),
      ),
    (...all) => [0, 2, 4, 6, 8, 10].every((at) => all[at] < all[at + 1]),
  ),
  claim('have answers that differ as they should, with a ratio of {1.06}.', (o) =>
    clean(o, 'desaturate', 'guided by the slope', 'ratio'),
  ),
  claim(
    'Through the slope the one model is ahead for pixels by RMSE, too, {0.0758}, though its answers are drawn; for colours it is not, {0.0861}.',
    (o) => [
      ...KINDS.slice(1, 3).map((kind) => clean(o, kind, 'guided by the slope', 'RMSE')),
      ...KINDS.slice(1, 3).map((kind) => least(o, kind, 'RMSE')),
    ],
    (pixels, colours, ...specialists) => pixels < specialists[0] && colours > specialists[1],
  ),
  claim(
    'at $\\sigma/\\alpha = 30$ it is {59} on grey faces, and from {37} to {74} on the four kinds, where {0.25} was assumed.',
    (o) => {
      const all = KINDS.map((kind) => brought(o, kind)[12]);
      return [brought(o, 'desaturate')[12], Math.min(...all), Math.max(...all), o.numbers('it was assumed to bring')[12]];
    },
  ),
  claim(
    'So the assumed step threw the guess more than two hundred times too far there',
    (o) => brought(o, 'desaturate')[12] / o.numbers('it was assumed to bring')[12],
    (times) => times > 200 && times < 300,
  ),
  claim(
    'Where there is less noise than face, a pull brings less than assumed, between half and nine tenths of it. Where there is more, it brings ever so much more',
    (o) => KINDS.flatMap((kind) => brought(o, kind).filter((_, i) => i % 2 === 0).map((value, i) => value / o.numbers('it was assumed to bring')[2 * i])),
    (...all) => all.every((times, i) => (i % 7 < 3 ? times > 0.5 && times < 0.9 : times > 1)),
  ),
  claim('By RMSE they are ahead of simple guidance in three of four', (o) =>
    KINDS.filter((kind) => least(o, kind, 'RMSE') < clean(o, kind, 'guided', 'RMSE')).length,
    (count) => count === 3,
  ),
  claim(
    'most of all: {20.1}, {23.9}, {44.0} and {26.4}.',
    (o) => [SPECIALISTS[1], SPECIALISTS[0]].flatMap((method) => KINDS.map((kind) => grainy(o, kind, method, 'Fréchet'))),
    (...all) => KINDS.every((_, i) => all[i] > all[i + 4]),
  ),
  claim(
    'at each damage: {0.8}, {0.4}, {1.3} and {0.7}.',
    (o) =>
      ['guided by the slope', 'guided'].flatMap((method) => KINDS.map((kind) => grainy(o, kind, method, 'Fréchet'))),
    (...all) => KINDS.every((_, i) => all[i] < all[i + 4]),
  ),
  claim(
    'On our faces the intervals of the two settings touch at each damage.',
    () =>
      KINDS.flatMap((kind) =>
        ['spectral', 'spectral, η = 0.85'].flatMap((method) =>
          ['low', 'high'].map((end) => row(kind, method).number(`frechet.${end}`)),
        ),
      ),
    (...ends) => KINDS.every((_, i) => ends[4 * i] <= ends[4 * i + 3] && ends[4 * i + 2] <= ends[4 * i + 1]),
  ),
  claim(
    'It stays at {1.7}, {0.9}, {2.1} and {1.5}, its answers are off what is known by about the 0.1 that the noise is, and their ratio stays within {5} % of 1.',
    (o) => [
      ...KINDS.map((kind) => grainy(o, kind, 'guided', 'Fréchet')),
      Math.max(...KINDS.map((kind) => 100 * Math.abs(grainy(o, kind, 'guided', 'ratio') - 1))),
      ...KINDS.map((kind) => grainy(o, kind, 'guided', 'off what is known')),
    ],
    (...all) => all.slice(5).every((off) => near(off, 0.1, 0.03)),
  ),
  claim('Pixelation leaves {192} numbers, and the loss of colours {1,024}; the rest is *gone*', (o) => [
    answers(o, 'pixelate', 0),
    answers(o, 'desaturate', 0),
  ]),
  claim('Are they the same', (o) => [o.number('put in: by hand and by the library'), o.number('a guess:')], (...apart) =>
    apart.every((each) => each < 0.001),
  ),
  claim(
    'Both simple ways fall short, at a mean of {0.719} and of {0.752} where {1.200} is right, and spread too far.',
    (o) => [
      pair(o, 'put in')[0],
      pair(o, 'believed')[0],
      o.number('the right answer: mean'),
      pair(o, 'put in')[1],
      pair(o, 'believed')[1],
      o.number('the right answer: mean', -1),
    ],
    (_, __, ___, put, believed, right) => put > 1.2 * right && believed > 1.2 * right,
  ),
  claim(
    'With four times at each level the mean is {1.080}, with sixteen {1.181}. The price, besides sixteen times the questions, is that the variance sinks to {0.300}',
    (o) => [pair(o, 'put in, 4 times')[0], pair(o, 'put in, 16 times')[0], pair(o, 'put in, 16 times')[1]],
  ),
  claim('one question finds its $\\mathbf{v}$: mean {1.213}, variance {0.334}', (o) => pair(o, 'believed, by the slope')),
  claim('comes to {1.079}. But it is nearly denoise/renoise, and has that one\'s fault: the variance is {0.293}.', (o) =>
    pair(o, 'spectral, η = 0.85'),
  ),
  claim(
    'All four ratios lie a little above 1: the answers differ nearly as much as they should, by {5} to {8} % too much.',
    (o) => {
      const all = KINDS.map((kind) => 100 * (ratio(o, kind) - 1));
      return [Math.min(...all), Math.max(...all)];
    },
  ),
  claim(
    'The mask: {1.3}, where the specialist has {9.9} at its best. Pixels: {0.5} against {3.3}. Colours: {2.1} against {10.5}. Blur: {0.1} against {5.7}. In no row do the intervals touch.',
    (o) => [
      ...KINDS.flatMap((kind) => [clean(o, kind, 'guided', 'Fréchet'), least(o, kind, 'Fréchet')]),
      ...KINDS.flatMap((kind) => [
        row(kind, 'guided').number('frechet.high'),
        ...SPECIALISTS.map((method) => row(kind, method).number('frechet.low')),
      ]),
    ],
    (...all) => [8, 11, 14, 17].every((at) => all[at] < Math.min(all[at + 1], all[at + 2])),
  ),
  claim(
    'are nearer to the truth when a specialist has mended them: {0.0801} against {0.0988}, and {0.0658} against {0.0907}.',
    (o) => KINDS.slice(1, 3).flatMap((kind) => [least(o, kind, 'RMSE'), clean(o, kind, 'guided', 'RMSE')]),
  ),
  claim(
    'For blur the one model is ahead in all columns, {0.0711} against {0.0929}, and {0.78} against {0.57} in SSIM',
    (o) => [
      clean(o, 'blur', 'guided', 'RMSE'),
      least(o, 'blur', 'RMSE'),
      clean(o, 'blur', 'guided', 'SSIM'),
      Math.max(...SPECIALISTS.map((method) => clean(o, 'blur', method, 'SSIM'))),
    ],
  ),
  claim(
    'The direct prediction of a specialist is off by ten times as much and more',
    (o) =>
      KINDS.map((kind) => clean(o, kind, SPECIALISTS[0], 'off what is known') / clean(o, kind, 'guided', 'off what is known')),
    (...times) => times.every((each) => each > 10),
  ),
  claim(
    'One answer {0.1294}, the specialist {0.1231}, the mean of sixteen answers {0.0918}.',
    (o) => [o.number('RMSE: one answer'), o.number('RMSE: one answer', -1), o.number('RMSE: one answer', -2)],
  ),
  claim(
    'RMSE falls from {0.1170} with 4 steps to {0.0998} with 32, and was {0.1209} with 8.',
    (o) => [4, 32, 8, 16].map((steps) => o.number(`${steps} steps: RMSE`)),
    (_, last, eight, sixteen) => falling(eight, sixteen, last),
  ),
  claim(
    'The truth costs {0.0793}. Told too little blur, 0.5, it finds faces that, blurred a little, look like the picture: soft ones, {0.1416}. Told too much, 0.7, it is worse by far, {0.2463}',
    (o) => ['0.6, noise 0.002', '0.5, noise 0.002', '0.7, noise 0.002'].map((what) => told(o, what)),
  ),
  claim('in which the contradiction is: {0.1551}, and faces again.', (o) => told(o, '0.7, noise 0.05')),
];

