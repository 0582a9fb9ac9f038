// What chapter 3 claims of its outputs.
import { claim, near } from '../../scripts/claims/claim.js';
import { notebook, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const error = (o: Outputs, filter: string) => o.number(`${filter}: typical error`);
const told = (o: Outputs) => o.every(/^t = [\d.]+: told/).map(([seen]) => seen);
const untold = (o: Outputs) => o.every(/^t = [\d.]+: told .*not told/).map(([seen]) => seen);
/** Both lines of a comparison, level by level. */
const ratios = (o: Outputs, above: RegExp, below: RegExp) => {
  const others = o.numbers(below);
  return o.numbers(above).map((value, i) => value / others[i]);
};

export default [
  claim(
    'about three minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '3'),
    (seconds) => near(seconds, 180),
  ),
  claim(
    'For a megapixel that is about ten million million weights',
    (o) => o.numbers('1024 × 1024:')[1],
    (weights) => near(weights, 1e13, 0.02),
  ),
  claim(
    'The pointwise filter can only hedge',
    (o) => [error(o, '1 × 1'), error(o, '3 × 3'), error(o, 'untouched')],
    (pointwise, neighbours, untouched) => neighbours < pointwise && pointwise < untouched,
  ),
  claim(
    'the widest is not much better than 3 × 3.',
    (o) => [error(o, '7 × 7'), error(o, '3 × 3')],
    (wide, small) => wide < small && near(wide, small, 0.03),
  ),
  claim(
    'Stack 3 × 3 convolutions, and each layer adds one pixel of sight in every direction: $n$ layers see a square of side $2n+1$.',
    (o) => o.number('one size: sees'),
    (pixels) => pixels === 3 * 3,
  ),
  claim(
    'At the bottom, where only 4 × 4 positions are left',
    (o) => [o.number('hourglass: sees'), o.number('dense middle: sees')],
    (hourglass, dense) => hourglass === 1024 && dense === 1024,
  ),
  claim(
    'and the error is smaller at every level of noise.',
    (o) => ratios(o, /^skips: +/, /^no skips: /),
    (...shares) => shares.length === 5 && shares.every((share) => share < 1),
  ),
  claim(
    'which makes it about twice as fast; chapter 4 says more',
    () => {
      // chapter 4 times a plain loop in tens of seconds, and the compiled one in minutes and tens of seconds
      const [plainSteps, , plain] = notebook('04-naive-diffusion').numbers('The plain loop:');
      const [steps, , minutes, seconds = 0] = notebook('04-naive-diffusion').numbers('digits (train), T = 20:');
      return plain / plainSteps / ((60 * minutes + seconds) / steps);
    },
    (times) => times > 1.5 && times < 3,
  ),
  claim(
    'halving lets them see far at little cost',
    (o) => [o.number('hourglass: sees'), o.number('one size: sees')],
    (halved, flat) => halved > 100 * flat,
  ),
  claim(
    'The difference is small here, about a thousandth, and it goes either way.',
    (o) => {
      const others = told(o);
      return untold(o).map((value, i) => value - others[i]);
    },
    (...gains) => {
      const eitherWay = gains.some((gain) => gain > 0) && gains.some((gain) => gain < 0);
      return eitherWay && gains.every((gain) => Math.abs(gain) < 0.002);
    },
  ),
  claim(
    'Without coordinates the network cannot do it, however long it trains',
    (o) => [o.number(/^not told:/), o.number(/^told:/)],
    (without, coordinates) => without <= 64 / 4 && coordinates > 3 * without,
  ),
  claim(
    'Two extra channels solve the problem.',
    (o) => o.number(/^told:/),
    (right) => right >= 62,
  ),
  claim(
    'Without the dense layer all five errors are lower, by {2} to {5} %',
    (o) => {
      const lower = ratios(o, /^none: +/, /^dense middle: (?=0)/).map((share) => 100 * (1 - share));
      return [Math.min(...lower), Math.max(...lower), lower.length];
    },
    (least, _, levels) => least > 0 && levels === 5,
  ),
];
