// What chapter 2 claims of its outputs.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const OURS = 'k different pixels:';
const ARTICLES = 'with repeats, as the article draws:';
const detective = (o: Outputs, t: number) => 100 * o.figure('Figure 2.5').at(t, 'named correctly');
/** Slopes of the averages at t = 0, 20, 60, 150, 300, then mean and spread of one end. */
const ends = (o: Outputs) =>
  ['face', 'digit', 'black square', 'by the formula'].map((start) => o.numbers(new RegExp(`^${start} +(?=\\d)`)));

export default [
  claim(
    'less than a minute on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '2'),
    (seconds) => seconds < 60,
  ),
  claim(
    'a simple program finds the face behind the noise, out of a thousand, without a mistake',
    (o) => [o.figure('Figure 2.5').number('out of'), detective(o, 60)],
    (crowd, right) => crowd === 1000 && right === 100,
  ),
  claim(
    'The two are equal to the last bit.',
    (o) => o.number("largest difference from the library's step:"),
    (d) => d === 0,
  ),
  claim(
    'All {32} picked pixels change here',
    (o) => o.numbers('pixels changed in each picture:'),
    (...changed) => changed.every((count) => count === 32),
  ),
  claim(
    'because some picks fell on noise and came out as it was',
    (o) => [5, 20, 60].map((t) => o.figure('Figure 2.11').at(t, 'measured')),
    (...lost) => falling(...lost),
  ),
  claim(
    'In one step, a given pixel is picked with probability $k/n$, where $n$ is the number of all pixels: {32} in {1,024}, one in {32}.',
    (o) => {
      const [, , pixels, inAStep] = o.numbers(/^(?=32 × 32)/);
      return [inAStep, pixels, pixels / inAStep];
    },
  ),
  claim(
    'it escapes $t$ steps in a row with probability',
    (o) => [
      o.figure('Figure 2.4').number('never more than'),
      ...[20, 60, 150].map(
        (t) => o.figure('Figure 2.4').at(t, 'measured') / o.figure('Figure 2.4').at(t, 'closed form'),
      ),
    ],
    (apart, ...ratios) => apart <= 0.2 && ratios.every((ratio) => near(ratio, 1, 0.03)),
  ),
  claim(
    'The curve falls fast at first and never reaches zero.',
    (o) => [0, 20, 60, 150, 300].map((t) => o.figure('Figure 2.4').at(t, 'closed form')),
    (...shares) => falling(...shares) && shares.at(-1)! > 0,
  ),
  claim(
    'By counting, about one pixel in seven is still intact',
    (o) => 1 / o.figure('Figure 2.4').at(60, 'measured'),
    (one) => near(one, 7),
  ),
  claim(
    'which is a little more.',
    (o) => [o.number(OURS), o.number(ARTICLES)],
    (ours, articles) => articles > ours && articles - ours < 1,
  ),
  claim(
    'So the two ways hardly differ, and either way it takes two and a half times as many steps to be rid of 99 % of the pixels.',
    (o) => [OURS, ARTICLES].map((way) => o.numbers(way)[3] / o.numbers(way)[1]),
    (...times) => times.every((ratio) => near(ratio, 2.5, 0.05)),
  ),
  claim(
    'The noise at $t = 60$ gives everybody away.',
    (o) => [detective(o, 60), o.figure('Figure 2.5').at(60, 'still intact')],
    (right, intact) => right === 100 && intact < 0.15,
  ),
  claim(
    'It has learnt to look for the remaining face, and there is none.',
    (o) => [o.number('intact pixels where a sampler starts:'), ...o.numbers('in 256 walks: from')],
    (start, least) => start === 0 && least > 100,
  ),
  claim(
    'in {94} % of all cases, by a handful of pixels that nobody would notice',
    (o) => [detective(o, 150), 1024 * o.figure('Figure 2.5').at(150, 'still intact')],
    (_, pixels) => pixels < 10,
  ),
  claim(
    'All the differences between one start and another fade by the same factor.',
    (o) => {
      const [face, digit, square, formula] = ends(o);
      return [0, 1, 2, 3, 4].flatMap((i) => [face, digit, square].map((slopes) => Math.abs(slopes[i] - formula[i])));
    },
    (...apart) => apart.every((distance) => distance < 0.006),
  ),
  claim(
    'At t = ${T} the start is a clear ghost; at the end there is even grey.',
    (o) => [ends(o)[0][2], ends(o)[0][4]],
    (ghost, end) => ghost > 0.1 && Math.abs(end) < 0.01,
  ),
  claim(
    'So at the end there are independent coin flips, one for each pixel, *whatever the start was*.',
    (o) => ends(o).flatMap((numbers) => numbers.slice(-2)),
    (...values) => values.every((value) => near(value, 0.5, 0.01)),
  ),
  claim('There are $2^{1024}$ of them, a number with {309} digits.', () => (2n ** 1024n).toString().length),
  claim(
    'What is left depends on the product $k\\,t$ alone, very nearly',
    () => [(1 - 8 / 1024) ** 40, (1 - 32 / 1024) ** 10],
    (small, large) => near(small, large, 0.02),
  ),
  claim(
    'Seen backwards, at the noisy end, a step restores only a handful of pixels',
    (o) => o.figure('Figure 2.11').at(60, 'closed form'),
    (pixels) => pixels < 5,
  ),
  claim(
    'Every step picks 32 pixels, but how many of them were still intact?',
    (o) => [1, 20, 40, 60].map((t) => o.figure('Figure 2.11').at(t, 'measured')),
    (...lost) => near(lost[0], 32, 0.01) && falling(...lost),
  ),
  claim(
    'With $k = 32$ and $T = 60$ that is about {15} %, and that is enough to tell every face from a thousand others; 1 % takes about {147} steps, 0.1 % about 220.',
    (o) => {
      const [ours, articles] = [o.numbers(OURS), o.numbers(ARTICLES)];
      return [ours[0], (ours[3] + articles[3]) / 2, (ours[5] + articles[5]) / 2];
    },
    (_, steps, more) => steps > 0 && near(more, 220, 0.01),
  ),
  claim(
    'Each single pixel is then right, and so is the mean; but the spread of the number is too large',
    (o) => [...o.numbers(/^exact /), ...o.numbers(/^binomial +(?=\d)/)],
    (mean, spread, binomialMean, binomialSpread) => near(binomialMean, mean, 0.001) && binomialSpread > 1.2 * spread,
  ),
  claim(
    'Walk and jump follow the exact curve; the dotted one is flatter.',
    (o) => {
      const figure = o.figure('Exercise 1');
      const exact = figure.y('exact');
      const apart = (name: string) => Math.max(...figure.y(name).map((y, i) => Math.abs(y - exact[i])));
      return [apart('walk'), apart('jump'), apart('binomial, for comparison')];
    },
    // 256 draws stray from their law by more than 0.085 once in 20 times (Kolmogorov and Smirnov)
    (walk, jump, binomial) => walk < 0.085 && jump < 0.085 && binomial > 0.02,
  ),
  claim(
    'so there are $8^{1024} = 2^{3072}$ ends',
    (o) => o.number('bits in z_T:'),
    (bits) => bits === 3072,
  ),
  claim(
    'Which pixels are picked does not depend on the coins, so the share of intact ones is the same.',
    (o) => [o.number('intact at t = 60:'), o.number(OURS)],
    (coloured, grey) => coloured === grey,
  ),
  claim('Each pixel ends in one of {eight} colours', (o) => o.number('bits in z_T:', 2)),
  claim(
    'and the share falls in a straight line: $1 - kt/n$',
    (o) => [0, 8, 16, 32].map((t) => o.figure('Exercise 3').at(t, 'no pixel twice') - (1 - t / 32)),
    (...off) => off.every((distance) => Math.abs(distance) < 1e-9),
  ),
  claim('Our own walk has {36} % left at that time.', (o) => 100 * o.figure('Exercise 3').at(32, 'our walk')),
  claim('Exactly $n/k$ steps, {32} for our numbers', (o) => {
    const [, , pixels, inAStep] = o.numbers(/^(?=32 × 32)/);
    return pixels / inAStep;
  }),
];
