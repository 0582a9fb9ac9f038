// What chapter 10 claims of its outputs, and of the files that it reads.
import { claim, falling, near, rising } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const measured = () => Json.read('data/results/variances-and-bits.json').at('rows');
const bitsOf = (model: string, variance: string, steps: number) =>
  measured().one({ measure: 'bits', model, variance, steps }).number('bits.total');
const distanceOf = (model: string, variance: string, steps: number) =>
  measured().one({ measure: 'pictures', model, variance, steps }).number('distance');
const publishedDistance = (model: string) =>
  Json.read(`data/results/${model}.json`).number('evaluation.likeness.frechet.distance');
const NOISE = 'gaussian-noise-faces';
const TUNED = 'tuned by hybrid';

const amount = (o: Outputs, name: string) => o.number(`${name}: `);
/** Rate and distortion: bits so far, and the error there. */
const bought = (o: Outputs) => {
  const curve = o.figure('Figure 10.4');
  return { rates: curve.x('root mean squared error'), errors: curve.y('root mean squared error') };
};
/** The error after so many bits, at the last step that does not go beyond. */
function errorAfter(o: Outputs, bits: number): number {
  const { rates, errors } = bought(o);
  return errors[rates.filter((rate) => rate <= bits).length - 1];
}

/** What a world of bells takes more than with the best variance. */
function extraOf(o: Outputs, name: string): number[] {
  const figure = o.figure('Figure 10.2');
  const best = figure.y('the best variance');
  return figure.y(name).map((bits, i) => bits - best[i]);
}

/** Where the best deviation lies between both fixed ones, 0 to 1, and the noise there. */
function placesOf(o: Outputs, steps: number): { noise: number; place: number }[] {
  const figure = o.figure('Figure 10.6');
  const [noise, narrow, best] = [
    figure.x(`best, ${steps} steps`),
    figure.y(`β̃, ${steps} steps`),
    figure.y(`best, ${steps} steps`),
  ];
  return best.map((each, i) => ({ noise: noise[i], place: (each - narrow[i]) / (1 - narrow[i]) }));
}

export default [
  claim(
    'about three and a half minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '10'),
    (seconds) => near(seconds, 210),
  ),
  claim('The world itself takes {3.17} bits; the table, after {200} examples, {3.19}; the bells {3.24}.', (o) => [
    o.number('world: the probabilities add up to', 1),
    o.dial('const EXAMPLES ='),
    o.number('table: the probabilities add up to', 1),
    o.number('bells: the probabilities add up to', 1),
  ]),
  claim(
    'All of them add up to 1, so that none cheats',
    (o) => ['world', 'table', 'bells'].map((name) => o.number(`${name}: the probabilities add up to`)),
    (...sums) => sums.every((sum) => sum === 1),
  ),
  claim(
    'With any $\\mathbf{z}$ the white picture takes {20.9} bits, with one that fits {2.45}; the truth is {1.75}.',
    (o) => [o.number('With any z:'), o.number('all white: in truth', 3), o.number('all white: in truth')],
  ),
  claim(
    'With the best variance the chain takes the entropy, with {160} steps as with {5}.',
    (o) => {
      const figure = o.figure('Figure 10.2');
      const x = figure.x('entropy');
      const truth = figure.y('entropy');
      return [x.at(-1)!, x[0], ...figure.y('the best variance').map((bits, i) => bits - truth[i])];
    },
    (_, __, ...off) => off.every((each) => Math.abs(each) < 0.06),
  ),
  claim(
    'With $\\beta$ the steps are too wide as long as they are few, and right when they are many.',
    (o) => extraOf(o, 'variance of the forward step, β'),
    (...extra) => falling(...extra) && extra[0] > 0.3 && extra.at(-1)! < 0.05,
  ),
  claim(
    'One would expect the same. It gets *worse*.',
    (o) => extraOf(o, 'variance of the posterior, β̃'),
    (...extra) => rising(...extra) && extra[0] > 0.1 && extra.at(-1)! > 1.5,
  ),
  claim(
    'The article says that the start, $L_T$, "almost always approaches 0". So it is',
    (o) => o.number('an unseen face: start'),
    (start) => start >= 0 && start < 0.001,
  ),
  claim("A digit costs {1.50} bits per dimension against the face's {3.33}", (o) => [
    o.number('an unseen digit: start', 3),
    o.number('an unseen face: start', 3),
  ]),
  claim(
    'Of these, {0.96} are the price of the last step, nearly twice what all steps before it cost',
    (o) => [o.number('an unseen digit: start', 2), o.number('an unseen digit: start', 1)],
    (last, steps) => last > 1.6 * steps && last < 2 * steps,
  ),
  claim('All in all {191} bytes for a digit, against {1,280} for a face.', (o) => [
    o.number('so many bytes for a digit:'),
    o.number('so many bytes for a face:'),
  ]),
  claim(
    'Nine tenths of all bits go where the noise is weaker than a tenth of the picture.',
    (o) => o.number('share of the bits below a noise of 0.1:'),
    (share) => share > 89.5 && share < 95,
  ),
  claim(
    'The curve begins at {131}, worse than the mean face, which is off by {56} and costs nothing',
    (o) => [bought(o).errors[0], o.number('the mean face is off by')],
  ),
  claim(
    'After {0.1} of them, three hundredths of all, {11} are left',
    (o) => [
      o.numbers(/^after (?=0\.09)/)[0],
      o.numbers(/^after (?=0\.09)/)[1],
      o.numbers(/^after (?=0\.09)/)[0] / o.number('an unseen face: start', 3),
    ],
    (_, __, share) => near(share, 0.03, 0.1),
  ),
  claim(
    '(After 0.12 bits our error is of that size, too.)',
    (o) => errorAfter(o, 0.12),
    (error) => error > 8 && error < 16,
  ),
  claim(
    'The computed best lies between.',
    (o) => [10, 50, 250].flatMap((steps) => placesOf(o, steps).map(({ place }) => place)),
    (...places) => places.every((place) => place >= 0 && place <= 1),
  ),
  claim(
    'Where the noise is as strong as the picture it is much nearer to $\\tilde\\beta$',
    (o) =>
      [10, 50, 250].flatMap((steps) =>
        placesOf(o, steps)
          .filter(({ noise }) => noise > 0.7 && noise < 1.5)
          .map(({ place }) => place),
      ),
    (...places) => places.length > 3 && places.every((place) => place < 0.2),
  ),
  claim(
    'At the left end of 250 steps it moves towards $\\beta$',
    (o) => placesOf(o, 250).at(-1)!.place,
    (place) => place > 0.4,
  ),
  claim(
    'a Fréchet distance of {1.5} against {3.9} (of 2,500 samples',
    () => ['gaussian-velocity-faces', 'palette-faces'].map((model) => publishedDistance(model)),
  ),
  claim(
    'And diffusion takes more bits than the file that holds all of the faces',
    (o) => [
      ...['posterior', 'optimal', 'learned'].map((way) =>
        amount(o, `diffusion, ${o.dial('const FINE = budget(')} steps, ${way}`),
      ),
      amount(o, 'PNG, one file for 2,500'),
    ],
    (...v) => v.slice(0, 3).every((bits) => bits > v[3]),
  ),
  claim(
    'takes dozens of times as many, and that is less than half of what a PNG of the same colours takes.',
    (o) => [
      amount(o, 'palette model, all colours') / amount(o, 'what the program decided'),
      amount(o, 'palette model, all colours') / amount(o, 'PNG, a file for each'),
    ],
    (times, share) => times > 24 && times < 100 && share < 0.5,
  ),
  claim(
    'The program that drew a face decided on about fifty bits, six bytes.',
    (o) => o.number('all its choices:'),
    (bits) => near(bits, 49, 0.03),
  ),
  claim(
    'The computed variance takes fewer bits than both fixed ones, with any number of steps',
    () =>
      [10, 50, 250, 1000].map(
        (steps) =>
          Math.min(bitsOf(NOISE, 'posterior', steps), bitsOf(NOISE, 'forward', steps)) - bitsOf(NOISE, 'optimal', steps),
      ),
    (...saved) => saved.every((bits) => bits > 0),
  ),
  claim(
    'With ten steps, the width alone is worth more than a bit in each dimension.',
    () => bitsOf(NOISE, 'forward', 10) - bitsOf(NOISE, 'optimal', 10),
    (saved) => saved > 1,
  ),
  claim(
    '$\\tilde\\beta$ takes fewer bits than $\\beta$, and its faces are *farther* from real ones, by a distance of {25} against {20}; the computed width takes the fewest of all, and is hardly nearer than $\\tilde\\beta$, at {24}.',
    () => [
      distanceOf(NOISE, 'posterior', 10),
      distanceOf(NOISE, 'forward', 10),
      distanceOf(NOISE, 'optimal', 10),
      bitsOf(NOISE, 'forward', 10) - bitsOf(NOISE, 'posterior', 10),
    ],
    (narrow, wide, best, bits) => narrow > best && best > wide && bits > 0.2,
  ),
  claim('With 50 steps it is {11.1}, {9.5} and {10.9}, in the same order', () =>
    ['posterior', 'forward', 'optimal'].map((variance) => distanceOf(NOISE, variance, 50)),
  ),
  claim('with 250 there is nothing left to choose: {11.1}, {10.8} and {11.1}.', () =>
    ['posterior', 'forward', 'optimal'].map((variance) => distanceOf(NOISE, variance, 250)),
  ),
  claim(
    'At 10, 50 and 250 steps $\\tilde\\beta$ takes fewer bits than $\\beta$, and its faces are farther from real ones.',
    () =>
      [10, 50, 250].flatMap((steps) => [
        bitsOf(NOISE, 'forward', steps) - bitsOf(NOISE, 'posterior', steps),
        distanceOf(NOISE, 'posterior', steps) - distanceOf(NOISE, 'forward', steps),
      ]),
    (...apart) => apart.every((each) => each > 0),
  ),
  claim(
    'The narrowest width of all, none, is by far the worst: {50} with 50 steps. (By Heun\'s method, in 35 predictions, this model is at {47}; a model that was asked for the velocity is at {2.7} by the same method.)',
    () => [
      distanceOf(NOISE, 'ddim', 50),
      ...[NOISE, 'gaussian-velocity-faces'].map((model) => distanceOf(model, 'heun', 18)),
    ],
  ),
  claim(
    'They do part.',
    (o) => {
      const figure = o.figure('Figure 10.10');
      const [seen, unseen] = [figure.y('faces that it learns from'), figure.y('unseen faces')];
      return [unseen[0] / seen[0] - 1, unseen.at(-1)! / seen.at(-1)! - 1];
    },
    (first, end) => end > 0.02 && end > first,
  ),
  claim(
    'at the end the gap is {7.8} % of the whole.',
    (o) => o.number('unseen faces cost at most', 2),
  ),
  claim(
    'The difference is largest in the middle, {19} %, at a noise of a seventh of the picture.',
    (o) => {
      const gap = o.figure('Figure 10.11').y('after the last step');
      return [...o.numbers('unseen faces cost at most').slice(0, 2), gap[0], gap.at(-1)!];
    },
    (most, noise, strong, weak) => near(noise, 1 / 7, 0.1) && strong < most / 3 && weak < most / 3,
  ),
  claim(
    'With 1,000 steps it is ahead, {2.82} against {2.88}; with 250, for whose chain it was trained, they are equal',
    () => [
      bitsOf(TUNED, 'learned', 1000),
      bitsOf(TUNED, 'optimal', 1000),
      bitsOf(TUNED, 'learned', 250) - bitsOf(TUNED, 'optimal', 250),
    ],
    (learned, computed, apart) => learned < computed && Math.abs(apart) < 0.01,
  ),
  claim(
    'with 50 and ten it is behind, with ten by far, {5.89} against {5.07}.',
    () => [
      bitsOf(TUNED, 'learned', 10),
      bitsOf(TUNED, 'optimal', 10),
      bitsOf(TUNED, 'learned', 50) - bitsOf(TUNED, 'optimal', 50),
    ],
    (...v) => v[2] > 0.1,
  ),
  claim(
    'they end with the same {2.98} bits, and at distances of {40} and {47}.',
    () => [
      bitsOf(TUNED, 'learned', 64),
      distanceOf(TUNED, 'heun', 18),
      distanceOf('tuned by bound', 'heun', 18),
      bitsOf('tuned by bound', 'learned', 64) - bitsOf(TUNED, 'learned', 64),
    ],
    (...v) => Math.abs(v[3]) < 0.01,
  ),
  claim(
    'take {26} and {24} bits, three times as many as plain bytes',
    () => [
      bitsOf('cold-gaussian-faces', 'optimal', 64),
      bitsOf('gaussian-clean-faces, 1,800 steps', 'optimal', 64),
    ],
    (...bits) => bits.every((each) => near(each, 24, 0.1)),
  ),
  claim(
    'the one that says the noise takes {3.7} bits, and its faces are three times as far from real ones.',
    () => {
      const [noise, clean] = ['noise', 'clean'].map((target) => `gaussian-${target}-faces, 1,800 steps`);
      return [bitsOf(noise, 'optimal', 64), distanceOf(noise, 'heun', 18) / distanceOf(clean, 'heun', 18)];
    },
    (_, times) => near(times, 3, 0.06),
  ),
  claim(
    'Its point lies far to the left of all others, and not below them all',
    (o) => {
      const palette = o.every(/^palette-faces: /)[0];
      const others = o.every(/^(?:gaussian-.*-faces|tuned by \w+|cold-gaussian-faces)(?:, 1,800 steps)?: /);
      return [
        Math.min(...others.map(([bits]) => bits)) / palette[0],
        Math.min(...others.map(([, distance]) => distance)) / palette[1],
      ];
    },
    (bits, distance) => bits > 2 && distance < 1,
  ),
  claim(
    'More training moves the model that says the velocity to the left and down at once',
    () => {
      const [long, short] = ['gaussian-velocity-faces', 'gaussian-velocity-faces, 1,800 steps'];
      return [
        bitsOf(long, 'optimal', 64) / bitsOf(short, 'optimal', 64),
        distanceOf(long, 'heun', 18) / distanceOf(short, 'heun', 18),
      ];
    },
    (...ratios) => ratios.every((ratio) => ratio < 1),
  ),
  claim(
    'They cost more than the one last step that they would replace',
    (o) => o.numbers('finer steps'),
    (finer, _, last) => finer > last,
  ),
  claim(
    'A face takes {3.33} bits, plain grey {4.65}, and faces upside down {4.80}.',
    (o) => ['faces', 'grey', 'turned'].map((name) => o.number(`bits per dimension of ${name}:`)),
  ),
];
