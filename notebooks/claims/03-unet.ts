// What chapter 3 claims of its outputs.
import { claim, near } from '../../scripts/claims/claim.js';
import { tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const error = (o: Outputs, filter: string) => o.number(`${filter}: typical error`);
/** A line of errors, level by level, by its name. */
const errors = (o: Outputs, name: string) => o.numbers(new RegExp(`^${name} +(?=0\\.\\d+ 0)`));
/** Both lines of a comparison, level by level, as shares. */
const ratios = (o: Outputs, name: string, other: string) => {
  const others = errors(o, other);
  return errors(o, name).map((value, i) => value / others[i]);
};
/** How many input pixels reach the middle one of the output. */
const sight = (o: Outputs, sizes: string) => o.number(new RegExp(`^${sizes}: (?=\\d+ of 1024 pixels)`));
/** How many rows are known, and how far the last one is off. */
const rows = (o: Outputs, sizes: string) => o.number(new RegExp(`^${sizes}: (?=\\d+ of 32 rows)`));
const lastRow = (o: Outputs, sizes: string) => o.figure('Figure 3.4').at(32, sizes);
const little = (o: Outputs, name: string) => o.number(`% of noise, ${name}: typical error`);
const SIZES = ['one size', 'two sizes', 'three sizes', 'four sizes'];

export default [
  claim(
    'about four minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '3'),
    (seconds) => near(seconds, 240),
  ),
  claim(
    'For a megapixel that is about ten million million weights',
    (o) => o.numbers('1024 × 1024:')[1],
    (weights) => near(weights, 1e13, 0.02),
  ),
  claim('The mean of nine pixels has nearly swallowed the dot, from {1.00} to {0.29}.', (o) => [
    o.number(/^before: the dot/),
    o.number(/^smooth: the dot/),
  ]),
  claim(
    'the neighbours of the dot are lighter than before',
    (o) => [o.number(/^before: .*its neighbour/), o.number(/^smooth: .*its neighbour/)],
    (before, after) => after > before,
  ),
  claim(
    'and the border is darker, since beyond it a convolution sees zeros',
    (o) => [o.number(/^before: .*dark/), o.number(/^smooth: .*dark/)],
    (before, after) => after < before,
  ),
  claim(
    'The pointwise filter can only hedge',
    (o) => [error(o, '1 × 1'), error(o, '3 × 3'), error(o, 'untouched')],
    (pointwise, neighbours, untouched) => neighbours < pointwise && pointwise < untouched,
  ),
  claim(
    'the widest is only a little better than 3 × 3, {0.141} against {0.150}, with five times as many weights',
    (o) => [error(o, '7 × 7'), error(o, '3 × 3')],
    (wide, small) => wide < small && near(wide, small, 0.1),
  ),
  claim(
    '$n$ layers see a square of side $2n+1$',
    (o) => [1, 2, 4, 8].map((layers) => o.number(new RegExp(`^${layers} layers:`)) / (2 * layers + 1) ** 2),
    (...shares) => shares.length === 4 && shares.every((share) => share === 1),
  ),
  claim(
    'The same weights give the same answers, but for rounding.',
    (o) => [...o.numbers(/^(?=\d+ weights, the library's)/), o.number('; largest difference')],
    (ours, theirs, _, apart) => ours === theirs && apart < 1e-5,
  ),
  claim(
    'Each halving more than doubles the view.',
    (o) => ['one size', 'two sizes', 'three sizes'].map((sizes) => sight(o, sizes)),
    (one, two, three) => two > 4 * one && three > 4 * two,
  ),
  claim(
    'From the middle, three sizes see nearly the whole image and four see all of it',
    (o) => [sight(o, 'three sizes'), sight(o, 'four sizes')],
    (three, four) => three > 900 && three < 1024 && four === 1024,
  ),
  claim('Each network knows what the top says as far as it sees, and no farther: {3}, {8}, {14} and {30} rows.', (o) =>
    SIZES.map((sizes) => rows(o, sizes)),
  ),
  claim(
    'Below that it is off by a half',
    (o) => SIZES.map((sizes) => lastRow(o, sizes)),
    (...off) => off.every((distance) => near(distance, 0.5, 0.05)),
  ),
  claim(
    'With a dense layer in the middle everything is seen from everywhere: all {32} rows.',
    (o) => [rows(o, 'four, dense'), lastRow(o, 'four, dense')],
    (_, off) => off < 0.05,
  ),
  claim(
    'With {2} % of noise the best thing would have been to do nothing: left alone, the faces are off by {0.082}. The hourglass makes {0.156} of it.',
    (o) => [100 * o.dial('const LITTLE ='), little(o, 'left alone'), little(o, 'hourglass'), little(o, 'UNet')],
    (_, alone, hourglass, network) => alone < hourglass && alone < network,
  ),
  claim(
    'The UNet comes to {0.112}, with pictures that are much closer',
    (o) => [little(o, 'UNet'), little(o, 'hourglass')],
    (network, hourglass) => network < 0.8 * hourglass,
  ),
  claim(
    'A last layer that sees the input, and nothing else, changes next to nothing',
    (o) => ratios(o, 'end sees input', 'hourglass'),
    (...shares) => shares.length === 6 && shares.every((share) => near(share, 1, 0.04)),
  ),
  claim(
    'With shortcuts the error is lower at every level.',
    (o) => [...ratios(o, 'UNet', 'hourglass'), ...ratios(o, 'UNet', 'end sees input')],
    (...shares) => shares.length === 12 && shares.every((share) => share < 1),
  ),
  claim(
    'at 90 % of noise, where no details are left to be carried, the hourglass is nearly as good',
    (o) => ratios(o, 'UNet', 'hourglass'),
    (...shares) => near(shares[5], 1, 0.05) && Math.min(...shares) === shares[0],
  ),
  claim(
    'is better than the 3 × 3 convolution that was trained for this one: {0.125} against {0.150}',
    (o) => [o.number('UNet, trained for all levels,'), o.number('3 × 3, trained for it,')],
    (network, single) => network < single,
  ),
  claim(
    'Of the {841,829} weights more than half belong to the dense layer.',
    (o) => o.numbers(/^(?=\d+ weights with the dense layer)/),
    (all, without) => without < all / 2,
  ),
  claim(
    'It is worth most where there is little noise: {0.112} against {0.120} at 2 %.',
    (o) => [errors(o, 'with t')[0], errors(o, 'without t')[0], ...ratios(o, 'with t', 'without t')],
    (_, __, ...shares) => Math.min(...shares) === shares[0],
  ),
  claim(
    'In the middle there is no difference to speak of.',
    (o) => ratios(o, 'with t', 'without t').slice(2, 5),
    (...shares) => shares.every((share) => near(share, 1, 0.02)),
  ),
  claim(
    'Without coordinates the network cannot do it, however long it trains',
    (o) => [o.number(/^without: (?=\d+ of 64)/), o.number(/^with coordinates: (?=\d+ of 64)/)],
    (without, coordinates) => without <= 64 / 4 && coordinates > 3 * without,
  ),
  claim(
    'Two extra channels solve the problem.',
    (o) => o.number(/^with coordinates: (?=\d+ of 64)/),
    (right) => right >= 60,
  ),
  claim('16. Each layer adds one pixel in every direction', (o) => o.number('16 layers:'), (pixels) => pixels === 1024),
  claim('With {15} layers the last row and the last column are missing: $31^2 = 961$ pixels.', (o) => [
    15,
    o.number('15 layers:'),
  ], (_, pixels) => pixels === 31 ** 2),
  claim(
    'Repeating is a little better at five of the six levels, by {0.002} to {0.008}, and a little worse at 90 %.',
    (o) => {
      const [ours, repeated] = [errors(o, 'deconvolution'), errors(o, 'repeating')];
      const better = ours.map((value, i) => value - repeated[i]);
      return [Math.min(...better.slice(0, 5)), Math.max(...better), better[5]];
    },
    (least, _, last) => least > 0 && last < 0,
  ),
  claim(
    'All six, by {2} to {5} %, and most of all those in the middle',
    (o) => {
      const more = ratios(o, 'none', 'dense middle').map((share) => 100 * (share - 1));
      return [Math.min(...more), Math.max(...more), ...more];
    },
    (least, most, ...more) => more.length === 6 && least > 0 && more.indexOf(most) >= 2 && more.indexOf(most) <= 4,
  ),
  claim(
    'With coordinates it is off by about one pixel',
    (o) => o.number('typical error with coordinates:'),
    (pixels) => pixels > 0.7 && pixels < 1.3,
  ),
  claim('Without them it is off by {2.6} pixels. That is better than always saying the middle, {4.7}', (o) => [
    o.number('typical error without:'),
    o.number('typical error of the middle:'),
  ]),
];
