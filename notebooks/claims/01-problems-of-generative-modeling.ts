// What chapter 1 claims of its outputs.
import { claim, near } from '../../scripts/claims/claim.js';
import { tableOf } from '../../scripts/claims/outputs.js';

const FLOOR = 'floor: variance of the data';
const nearestFace = (what: string) => new RegExp(`^${what} +\\w+ +in `);
/** The least number of samples of which two probably coincide, by the chapter's formula. */
function evenChances(size: number): number {
  let n = 2;
  while (Math.exp((-n * (n - 1)) / (2 * size)) >= 0.5) n++;
  return n;
}

export default [
  claim(
    'about a minute and a half on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '1'),
    (seconds) => near(seconds, 90),
  ),
  claim(
    'The loss falls quickly, and then it stays where it is.',
    (o) => {
      const losses = o.figure('Figure 1.3').y('random pairs');
      const mean = (start: number, end: number) => losses.slice(start, end).reduce((a, b) => a + b) / (end - start);
      return [losses[0], mean(150, 250), mean(900, 1000)];
    },
    (first, soon, last) => soon < 0.5 * first && near(soon, last, 0.05),
  ),
  claim(
    'About a third of our people wear glasses; the generator gives everybody a third of a pair.',
    (o) => 1 - o.number(nearestFace('glasses'), 1) / 100,
    (wearing) => near(wearing, 1 / 3),
  ),
  claim(
    'It is the floor under the loss, and the only way to stand on it is to be the mean.',
    (o) => [o.number(FLOOR), o.number("the picture's distance from mean"), o.number('average loss of the picture')],
    (floor, away, loss) => loss >= floor && away < 0.02 * floor,
  ),
  claim(
    'The last two lines agree, as the formula says.',
    (o) => [o.number('sum of the two'), o.number('average loss of the picture')],
    (sum, loss) => Math.abs(sum - loss) <= 1e-5,
  ),
  claim(
    'With pairs it paints faces; without them it paints the mean.',
    (o) => {
      const figure = o.figure('Figure 1.3');
      return [figure.y('fixed pairs').at(-1)!, figure.y(FLOOR)[0], figure.number('Random pairs end at')];
    },
    (paired, floor, random) => paired < floor / 1000 && near(random, floor, 0.02),
  ),
  claim(
    'The squared distance is smallest at the mean of the values, the absolute distance at their *median*',
    (o) => {
      const figure = o.figure('Figure 1.4');
      const x = figure.x('squared');
      const lowest = (name: string) => x[figure.y(name).indexOf(Math.min(...figure.y(name)))];
      return [
        figure.number('squared distance is least at'),
        lowest('squared'),
        figure.number('distance itself at'),
        lowest('absolute'),
      ];
    },
    (mean, bySquare, median, byDistance) => mean === bySquare && median === byDistance && median > mean,
  ),
  claim(
    '**Squared distance** leads to the mean',
    (o) => o.numbers(/^squared {4}/),
    (toMean, toMedian) => toMean < toMedian / 5,
  ),
  claim(
    '**Absolute distance** leads to the median.',
    (o) => o.numbers(/^absolute {4}/),
    (toMean, toMedian) => toMedian < toMean,
  ),
  claim(
    'Three times the same lesson, with three different faces.',
    (o) => ['data', 'squared', 'absolute', 'nearest'].map((name) => o.number(new RegExp(`^${name} {4}`), 2)),
    (data, ...generators) => near(data, 1, 0.01) && generators.every((variety) => variety < 0.05),
  ),
  claim('it is light for {56} % of the samples', (o) => o.number(nearestFace('skin'))),
  claim(
    'short hair, nothing on the face, one background.',
    (o) => ['hair', 'glasses', 'background'].map((what) => o.number(nearestFace(what))),
    (...shares) => shares.every((share) => share >= 95),
  ),
  claim(
    'The loss ends far below the floor of the squared distance, and yet the pictures are hardly more varied.',
    (o) => [
      o.number(/nearest face: [\d,]+ steps · loss/),
      o.number(FLOOR),
      o.number(/^nearest {4}/, 2),
      o.number(/^absolute {4}/, 2),
    ],
    (loss, floor, nearest, absolute) => loss < floor / 2 && nearest - absolute < 0.05,
  ),
  claim(
    'Honest samples lie about as far from the training data as unseen faces do. Copies lie nearer.',
    (o) => o.figure('Figure 1.9').number('unseen face in'),
    (share) => share > 99,
  ),
  claim(
    'The test of problem 2 finds nothing, and rightly so: nothing was copied.',
    (o) => o.number('closer to the training data than unseen faces:'),
    (share) => near(share, 50),
  ),
  claim(
    'It takes far fewer, for the same reason that two people',
    (o) => o.number('pairs of equal faces among the 24:'),
    (pairs) => pairs >= 1,
  ),
  claim('For $N = 100$ it falls below one half at {13} samples.', () => evenChances(100)),
  claim(
    'Can the intervals be trusted?',
    (o) => o.number(/^(?=.*of the intervals hold the truth)/),
    (held) => held >= 94 && held <= 98,
  ),
  claim(
    'Here the drawer of 100 betrays itself by {30} samples, and that of 1,500 by {50}; the formula has even chances at {13} and at {47}.',
    (o) => {
      const found = (name: string) => {
        const figure = o.figure('Figure 1.11');
        return figure.x(name)[figure.y(name).findIndex((estimate) => estimate > 0)];
      };
      return [found('100 pictures'), found('1500 pictures'), evenChances(100), evenChances(1500)];
    },
  ),
  claim(
    'The number of samples that it takes grows only with the square root of $N$.',
    () => evenChances(1500) / evenChances(100),
    (times) => near(times, Math.sqrt(15), 0.1),
  ),
  claim(
    'Turned round, it is a way to estimate $N$ without opening the drawer',
    (o) => [o.figure('Figure 1.11').at(1000, '100 pictures'), o.figure('Figure 1.11').at(1000, '1500 pictures')],
    (small, large) => near(small, 100, 0.05) && near(large, 1500, 0.05),
  ),
  claim(
    'no network on earth can make more than $2^d$ different pictures from them',
    (o) => {
      const figure = o.figure('Figure 1.12');
      const bound = figure.y('2 to the power d');
      return figure.y('estimated from repeats').map((estimate, i) => estimate / bound[i]);
    },
    (...ratios) => ratios.length === 8 && ratios.every((ratio) => near(ratio, 1, 0.1)),
  ),
  claim(
    'The network reads a few digits and guesses the rest.',
    (o) => [
      o.figure('Figure 1.13').at(1, 'answered right'),
      o.figure('Figure 1.13').at(12, 'answered right'),
      o.figure('Figure 1.13').number('All in all'),
    ],
    (first, last, bits) => first > 0.95 && near(last, 0.5, 0.05) && bits < 4,
  ),
  claim(
    'they fall short by a factor of almost eighty',
    (o) =>
      o.number('one coin for each pixel of 1024 × 1024') / o.number('512 normal numbers, every float32 digit used'),
    (factor) => factor > 75 && factor < 80,
  ),
  claim(
    'Two to the power of thirteen thousand pictures',
    (o) => o.number('512 normal numbers, every float32 digit used'),
    (bits) => near(bits, 13_000, 0.05),
  ),
  claim(
    'so a handful of numbers is plenty for them',
    (o) => o.number('our own faces:'),
    (bits) => bits < 20,
  ),
  claim(
    'The face takes no part in it.',
    (o) => [o.number('late numbers for each picture:'), o.number('pixels that they change:')],
    (chances, pixels) => chances === 16 + 64 + 256 + 1024 && pixels > 50 && pixels < 1024 / 2,
  ),
  claim(
    'at all sizes from 4 × 4 up to 1024 × 1024',
    (o) => o.number('numbers let in late:'),
    (late) => late === 2 * (4 ** 11 - 4 ** 2) / 3,
  ),
  claim('*Binomial noise* gives each of {32} × {32} pixels a coin of its own: $2^{1024}$', (o) => {
    const side = Math.sqrt(o.number(/^binomial noise on 32 × 32 pixels/));
    return [side, side];
  }),
  claim(
    'it takes a few times $\\sqrt N$ samples to find a drawer of $N$',
    (o) => {
      const figure = o.figure('Figure 1.11');
      const found = (name: string) => figure.x(name)[figure.y(name).findIndex((estimate) => estimate > 0)];
      return [found('100 pictures') / 10, found('1500 pictures') / Math.sqrt(1500)];
    },
    (small, large) => [small, large].every((times) => times >= 1 && times <= 5),
  ),
  claim(
    'It is much closer to the mean.',
    (o) => [o.number('geometric median to mean:'), o.number('geometric median to median:')],
    (toMean, toMedian) => toMean < toMedian / 5,
  ),
  claim(
    'for whole pictures they hardly differ in practice',
    (o) => [o.number('average length from the geometric median:'), o.number('average length from the mean:')],
    (median, mean) => median < mean && mean / median < 1.001,
  ),
  claim(
    'a pixel to the side is enough to put a copy farther from its original than an unseen face is from its nearest cousin',
    (o) => o.number('moved copies are closer than unseen faces in'),
    (share) => share < 50,
  ),
  claim(
    'so the pictures must spread: $z$ decides background, skin and hair',
    (o) => [o.number(/every face to its nearest picture: [\d,]+ steps · loss/), o.number(FLOOR)],
    (loss, floor) => loss < 0.7 * floor,
  ),
];
