// What chapter 11 claims of its outputs, and of the file that it reads.
import { claim, falling, near, rising } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const BEST = 'gaussian-velocity-faces';
const NOISE = 'gaussian-noise-faces';
const CLEAN = 'gaussian-clean-faces';
const MIXED = 'gaussian-karras-faces';
/** All samplers of the file but 2M; with eight questions the first two are the best of them. */
const OTHERS = [
  '2M with churn',
  'Euler, Karras',
  'denoise/renoise',
  'σ-sampler',
  'DDPM, β̃',
  'DDPM, β',
  'DDPM, optimal',
  'DDIM, even levels',
  'Heun, even levels',
  'Heun, Karras',
  '2M, even levels',
  'Heun with churn',
];
/** All that were asked 64 questions, but denoise/renoise. */
const AT_64 = [
  '2M, Karras',
  '2M with churn',
  'DDPM, β̃',
  'DDPM, β',
  'DDPM, optimal',
  'σ-sampler',
  'Euler, Karras',
  'Heun, Karras',
  'DDIM, even levels',
];
const ends = (values: number[]) => [Math.min(...values), Math.max(...values)];
const rows = () => Json.read('data/results/samplers.json').at('rows');
const distanceOf = (sampler: string, about: number, checkpoint = BEST) =>
  rows().one({ checkpoint, sampler, about }).number('frechet.distance');
/** By how much twice as many steps divide the error: from 4 to 8, from 8 to 16 and so on. */
const gains = (o: Outputs, method: string) => o.numbers(`${method}: twice as many steps divide the error by`);
const eta = (o: Outputs, value: string, index = 0) => o.number(`η = ${value}, 16 steps: Fréchet distance`, index);
const alike = (o: Outputs, steps: number, index = 1) => o.number(`DDIM, ${steps} steps: pixels off by`, index);
/** Shares in per cent of the change of the guess, of even and of Karras' levels. */
const shares = (o: Outputs, from: string) => o.numbers(`r from ${from}: change of the guess`);
/** The error on faces with 4, 8, 16, 32 and 64 questions. */
const error = (o: Outputs, solver: string, questions: number) => o.figure('Figure 11.8').at(questions, solver);
const churned = (o: Outputs, amount: number) => o.number(`churn ${amount}, 16 steps: Fréchet distance`);
const back = (o: Outputs, method: string, questions: number) => o.figure('Figure 11.12').at(questions, method);
const glasses = (o: Outputs, strength: string, index = 0) => o.number(`noise + ${strength} × difference: dark glasses`, index);
const EXERCISE3 = (o: Outputs, rho: number) => o.number(`ρ = ${rho}, ten questions: off by`);
const EXERCISE4 = (o: Outputs, r: string) => o.number(`second question at r = ${r}: Fréchet distance`);

export default [
  claim(
    'about four minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '11'),
    (seconds) => near(seconds, 240),
  ),
  claim(
    'They cancel, since the noise was chosen so that guess and noise together *are* $\\mathbf{z}_t$.',
    (o) => [o.number('z − D(x, t) is at most'), o.number('by hand and by renoise(inferred): a pixel differs by')],
    (left, apart) => left < 1e-5 && apart < 1e-4,
  ),
  claim(
    "The root is chosen such that at $\\eta = 1$ it is DDPM's, with the variance $\\tilde\\beta$ of chapter 9. Is it?",
    (o) => [o.number('η = 0 and DDIM: a pixel differs by'), o.number('η = 1 and DDPM: a pixel differs by')],
    (...apart) => apart.every((each) => each < 1e-3),
  ),
  claim(
    'both ends of the dial come to the same distance, {8.3}, with {179} and {167} kinds of faces among {250}; the middle has {4.6} and {208}',
    (o) => [
      eta(o, '0'),
      eta(o, '0', 1),
      eta(o, '1', 1),
      eta(o, '1', 2),
      eta(o, '0.5'),
      eta(o, '0.5', 1),
      eta(o, '1'),
    ],
    (...all) => Math.abs(all[0] - all[6]) < 0.8 && all[4] < 0.75 * all[0],
  ),
  claim(
    'In 64 steps the classifier sees the same face as in 128 for {98} % of the forty noises, in 32 for {85} %, in 16 for {53} %.',
    (o) => [alike(o, 64), alike(o, 32), alike(o, 16)],
  ),
  claim(
    'In 8 it is one in three, in 4 one in twenty',
    (o) => [alike(o, 8), alike(o, 4)],
    (eight, four) => eight > 25 && eight < 40 && four < 10,
  ),
  claim(
    'With new noise on the way it is {3} %, and the pixels are about as far off ({0.26}) as those of another face altogether ({0.28})',
    (o) => [
      o.number('DDPM, 128 steps, from the same noise: pixels off by', 1),
      o.number('DDPM, 128 steps, from the same noise: pixels off by'),
      o.number('another noise: pixels off by'),
    ],
  ),
  claim(
    "**Euler's method**, which walks straight on, along the slope of where it stands.",
    (o) => [
      o.number('Euler in u and r, and DDIM in z and t: a pixel differs by'),
      o.number('ratios() and karrasLevels() differ by at most'),
    ],
    (...apart) => apart.every((each) => each < 1e-3),
  ),
  claim('the outer curve ends {0.750} from it, the walk in four steps {0.399}', (o) => [
    o.number('c = 1.5: Euler ends', 1),
    o.number('c = 1.5: Euler ends'),
  ]),
  claim('The two directions have {23} and {14} % of all variance', (o) =>
    o.numbers('share of all variance along the two:'),
  ),
  claim(
    'Half of all change of the guess, {52} %, happens while there is at least five times as much noise as picture, and {9} % where it is below 0.3.',
    (o) => [shares(o, '5 to 80')[0], shares(o, '0.01 to 0.3')[0]],
  ),
  claim(
    "Even levels spend {12} % of their steps on the first part, and two thirds on the middle; Karras' levels {42} % and {28} %.",
    (o) => [shares(o, '5 to 80')[1], shares(o, '5 to 80')[2], shares(o, '0.3 to 5')[2], shares(o, '0.3 to 5')[1]],
    (...all) => Math.abs(all[3] - 67) < 3,
  ),
  claim(
    'With the middle, and the line, measured in $\\ln r$, this is **DPM-Solver++ (2M)**',
    (o) =>
      ['Euler', 'Heun', '2M'].map((name) =>
        o.number(`${name}, six steps by hand and by the library: a pixel differs by`),
      ),
    (...apart) => apart.every((each) => each < 1e-3),
  ),
  claim(
    "From 16 steps on, twice as many divide the error of Euler's method by 2, that of Heun's and of 2M by 4 and a little more",
    (o) => [gains(o, 'Euler').slice(2), gains(o, 'Heun').slice(2), gains(o, '2M').slice(2)].flat(),
    (...g) => g.length === 9 && g.every((gain, i) => (i < 3 ? gain > 1.9 && gain < 2.1 : gain > 4 && gain < 5)),
  ),
  claim(
    "With four steps Heun's method is the worst of the three, because its second look is taken far off the curve, and 2M is right by luck.",
    (o) => [
      o.figure('Figure 11.7').y('Heun')[0],
      o.figure('Figure 11.7').y('Euler')[0],
      o.figure('Figure 11.7').y('2M')[0],
      o.figure('Figure 11.7').y('2M')[1],
    ],
    (heun, euler, first, second) => heun > euler && euler > first && second > 5 * first,
  ),
  claim(
    "Heun's and 2M err by much the same in as many *steps*",
    (o) => ['Heun', '2M'].map((name) => o.figure('Figure 11.7').y(name).at(-1)!),
    (heun, memory) => Math.abs(heun / memory - 1) < 0.1,
  ),
  claim(
    "With four questions all are far off, and Heun's method is the farthest.",
    (o) =>
      ['Heun, Karras', 'Euler, even levels', 'Euler, Karras', '2M, even levels', '2M, Karras'].map((name) =>
        error(o, name, 4),
      ),
    (heun, ...others) => others.every((each) => each < heun && each > 0.08),
  ),
  claim(
    "With 16, 2M on Karras' levels is off by {0.009}, as much as Euler's method on the same levels with 64, {0.010}.",
    (o) => [error(o, '2M, Karras', 16), error(o, 'Euler, Karras', 64)],
  ),
  claim(
    "on even ones 2M with 16 questions, {0.061}, gains next to nothing over Euler's method, {0.063}",
    (o) => [error(o, '2M, even levels', 16), error(o, 'Euler, even levels', 16)],
    (memory, euler) => memory < euler && memory > 0.9 * euler,
  ),
  claim(
    'No new noise: {2.7}. A little: {3.3}. And then {4.6} and {5.4}.',
    (o) => [0, 1, 5, 20].map((amount) => churned(o, amount)),
    (...distances) => rising(...distances),
  ),
  claim(
    'with 16 questions each way to within {0.007}, less than two of the 255 shades of a screen; by Euler\'s method with 64 to within {0.020}',
    (o) => [back(o, '2M', 16), back(o, 'Euler', 64)],
    (memory) => 255 * memory < 2,
  ),
  claim(
    'its deviation is {0.93}, not 1, and neighbours know a little of each other',
    (o) => [
      o.number('noise of real faces: mean', 1),
      o.number('noise of real faces: mean', 2),
      o.number('noise that was drawn: mean', 2),
    ],
    (_, real, drawn) => real > 2 * Math.abs(drawn),
  ),
  claim(
    'Of the faces on the arcs the classifier is sure in {94} % of the cases, of the cross-fades, which are two faces at once, in {81} %.',
    (o) => ['arcs', 'fades'].map((name) => o.number(`${name}: the judge is sure of`)),
  ),
  claim('({9}, {9} and {4} kinds among {21} pictures)', (o) => [
    ...o.numbers('kinds of faces on each arc:'),
    o.dial('const shares = Array.from({ length: budget('),
  ]),
  claim(
    'With the difference added once, {75} % of the faces wear dark glasses, and {88} % are otherwise as before; added twice, it is {99} %, but only {61} % keep everything else. At half strength it is {28} %.',
    (o) => [glasses(o, '1'), glasses(o, '1', 1), glasses(o, '2'), glasses(o, '2', 1), glasses(o, '0.5')],
  ),
  claim('The difference has length {8.8}, where two means of as many draws of *pure* noise would be {7.8} apart', (o) => [
    o.number('the difference of the mean noises has length'),
    o.number('the difference of the mean noises has length', 1),
  ]),
  claim('convinces the classifier as well ({98} %, all else as before in {100} %)', (o) => [
    o.number('picture + difference of the mean pictures: dark glasses'),
    o.number('picture + difference of the mean pictures: dark glasses', 1),
  ]),
  claim('The distance is {23.9} with the draw of the start, and {8.6} with the inferred one.', (o) =>
    ['fixed', 'inferred'].map((name) => o.number(`Algorithm 2, ${name} draw, 16 steps: Fréchet distance`)),
  ),
  claim("its error is little more than half of that of Heun's method, {0.00038} after 128 steps where that has {0.00066}", (o) => [
    o.number('midpoint, errors with 16, 32, 64 and 128 steps:', 3),
    o.number('Heun, errors with as many steps:', 3),
  ]),
  claim(
    'off by {0.157} at ρ = 1, {0.055} at 3, {0.025} at 7 and {0.024} at 15',
    (o) => [1, 3, 7, 15].map((rho) => EXERCISE3(o, rho)),
    (...off) => falling(...off),
  ),
  claim(
    'there the distance is {37}, at 1 it is {80}, at 16 it is {82}',
    (o) => [EXERCISE4(o, '4'), EXERCISE4(o, '1'), EXERCISE4(o, '16'), ...['2', '8', '0.5'].map((r) => EXERCISE4(o, r))],
    (best, ...others) => others.every((each) => each > best),
  ),
  claim(
    'On the line the noise has the deviation {0.71}, as foretold. The faces are not broken, as one might have feared: the classifier is even surer of them. But there are fewer kinds.',
    (o) => [
      o.number('half-way on the line: deviation'),
      o.number('half-way on the line: deviation', 1),
      o.number('half-way on the arc: deviation', 1),
      o.number('half-way on the line: deviation', 2),
      o.number('half-way on the arc: deviation', 2),
    ],
    (_, sureLine, sureArc, kindsLine, kindsArc) => sureLine > sureArc && kindsLine < kindsArc,
  ),
  claim(
    'With the difference once, {66} of 100 white backgrounds become slate, with twice the difference {99}',
    (o) => [1, 2].map((strength) => o.number(`background, strength ${strength}: slate in`)),
  ),
  claim(
    'With four questions nobody paints well: 2M is at {29}, the others lie between {35} and {109}.',
    () => [distanceOf('2M, Karras', 4), ...ends(OTHERS.map((name) => distanceOf(name, 4)))],
  ),
  claim(
    "With eight, 2M is at {5.7}; the nearest to it are 2M with churn, {8.4}, and Euler's method on the same levels, {11.2}.",
    () => [
      distanceOf('2M, Karras', 8),
      distanceOf('2M with churn', 8),
      distanceOf('Euler, Karras', 8),
      ...OTHERS.slice(2).map((name) => distanceOf(name, 8)),
    ],
    (memory, churn, euler, ...others) => rising(memory, churn, euler) && others.every((each) => each > euler),
  ),
  claim('The chain of DDPM lies between {18} and {23}, denoise/renoise at {25}.', () => [
    ...ends(['DDPM, β̃', 'DDPM, β', 'DDPM, optimal'].map((name) => distanceOf(name, 8))),
    distanceOf('denoise/renoise', 8),
  ]),
  claim(
    "With 16, Heun's method has caught up with 2M, {4.6} both; the σ-sampler has {6.5}, DDPM with the larger variance {7.9}, DDIM on even levels {8.9}.",
    () => [
      ...['2M, Karras', 'σ-sampler', 'DDPM, β', 'DDIM, even levels', 'Heun, Karras'].map((name) => distanceOf(name, 16)),
    ],
    (...all) => Math.abs(all[4] - all[0]) < 0.1,
  ),
  claim('{4.6} stands for anything from {3.3} to {6.3}', () =>
    ['distance', 'low', 'high'].map((name) =>
      rows().one({ checkpoint: BEST, sampler: '2M, Karras', about: 16 }).number(`frechet.${name}`),
    ),
  ),
  claim(
    "With eight questions on even levels, 2M has {18.2} and DDIM {19.7}; on Karras' levels it is {5.7} and {11.2}.",
    () =>
      ['2M, even levels', 'DDIM, even levels', '2M, Karras', 'Euler, Karras'].map((name) => distanceOf(name, 8)),
  ),
  claim(
    'is ahead of all of DDPM up to 32 questions',
    () =>
      [8, 16, 32].flatMap((n) =>
        ['DDPM, β̃', 'DDPM, β', 'DDPM, optimal'].map((name) => distanceOf(name, n) - distanceOf('σ-sampler', n)),
      ),
    (...further) => further.every((each) => each > 0),
  ),
  claim("with eight, 2M has {5.7} without churn and {8.4} with it, Heun's method {15.1} and {26.5}", () =>
    ['2M, Karras', '2M with churn', 'Heun, Karras', 'Heun with churn'].map((name) => distanceOf(name, 8)),
  ),
  claim(
    '2M has arrived with {12} questions: {4.65}, where {256} give {4.64}. (16 and 20 questions give {4.58} and {4.52}.',
    (o) => [
      o.number('2M, Karras: arrived with'),
      distanceOf('2M, Karras', 12),
      256,
      distanceOf('2M, Karras', 256),
      distanceOf('2M, Karras', 16),
      distanceOf('2M, Karras', 20),
      o.number(/^256 questions: /),
    ],
    (...all) => all[1] < 1.1 * all[3] && Math.abs(all[6] - all[3]) < 0.01,
  ),
  claim(
    "Heun's method has arrived with {16}, with churn as without, and 2M with churn too; the σ-sampler with {32}, Euler's method and the chain of DDPM with {64}, whatever its variance, and DDIM on even levels with {256}.",
    (o) => [
      ...['Heun, Karras', 'σ-sampler', 'Euler, Karras', 'DDIM, even levels'].map((name) =>
        o.number(`${name}: arrived with`),
      ),
      ...['Heun with churn', '2M with churn'].map((name) => o.number(`${name}: arrived with`)),
      ...['DDPM, β̃', 'DDPM, β', 'DDPM, optimal'].map((name) => o.number(`${name}: arrived with`)),
    ],
    (...all) => all.slice(4, 6).every((each) => each === 16) && all.slice(6).every((each) => each === 64),
  ),
  claim(
    'On even levels 2M and Heun\'s method had not arrived with {32}, the most that they were asked, and denoise/renoise never does.',
    (o) =>
      ['2M, even levels', 'Heun, even levels', 'denoise/renoise'].map((name) => o.number(`${name}: not arrived with`)),
    (first, second, third) => first === second && third === 64,
  ),
  claim(
    'with 32 they lie between {2.9} and {6.2}, with 64 between {3.9} and {5.1}. Only denoise/renoise stays behind, at {12} and {15}.',
    () => [
      ...ends(OTHERS.filter((name) => name !== 'denoise/renoise').map((name) => distanceOf(name, 32))),
      ...ends(AT_64.map((name) => distanceOf(name, 64))),
      distanceOf('denoise/renoise', 32),
      distanceOf('denoise/renoise', 64),
    ],
  ),
  claim(
    "with 64 questions, 2M with churn and DDPM with the larger variance have {3.9}, before 2M and Heun's method, {4.6} both",
    () => ['2M with churn', '2M, Karras', 'DDPM, β', 'Heun, Karras'].map((name) => distanceOf(name, 64)),
    (churn, memory, chain, heun) => Math.abs(churn - chain) < 0.05 && Math.abs(memory - heun) < 0.1,
  ),
  claim(
    'The intervals overlap, and 2M with churn itself has {2.9} with 32 questions and {3.9} with 64.',
    () => [
      distanceOf('2M with churn', 32),
      distanceOf('2M with churn', 64),
      rows().one({ checkpoint: BEST, sampler: '2M with churn', about: 64 }).number('frechet.high'),
      rows().one({ checkpoint: BEST, sampler: '2M, Karras', about: 64 }).number('frechet.low'),
    ],
    (_, __, high, low) => low < high,
  ),
  claim('most of what is left between {4.6} and the {2.1} of real faces', () => [
    distanceOf('2M, Karras', 256),
    rows().one({ checkpoint: BEST, sampler: '2M, Karras', about: 256 }).number('floor.distance'),
  ]),
  claim(
    'the order is the known one: 2M before the two others, with 16 questions {4.6}, {7.3} and {5.2}.',
    () => [
      ...[BEST, CLEAN, MIXED].map((model) => distanceOf('2M, Karras', 16, model)),
      ...[BEST, CLEAN, MIXED].flatMap((model) =>
        ['DDPM, β', 'DDIM, even levels'].map(
          (other) => distanceOf(other, 16, model) - distanceOf('2M, Karras', 16, model),
        ),
      ),
    ],
    (...all) => all.slice(3).every((behind) => behind > 1),
  ),
  claim(
    'With four questions the network of $F$ is far ahead of all others, {17.3} by DDIM and {18.5} by 2M, where the best of the others has {26.0}.',
    () => [
      distanceOf('DDIM, even levels', 4, MIXED),
      distanceOf('2M, Karras', 4, MIXED),
      Math.min(
        ...[BEST, NOISE, CLEAN].flatMap((model) =>
          ['DDPM, β', 'DDIM, even levels', '2M, Karras'].map((sampler) => distanceOf(sampler, 4, model)),
        ),
      ),
    ],
  ),
  claim(
    'With 16 questions DDPM has {16.8}, 2M {46.6} and DDIM {59.2}; and 2M gets *worse* with more questions, from {35.4} with eight.',
    () => [
      distanceOf('DDPM, β', 16, NOISE),
      distanceOf('2M, Karras', 16, NOISE),
      distanceOf('DDIM, even levels', 16, NOISE),
      distanceOf('2M, Karras', 8, NOISE),
    ],
  ),
];
