// What chapter 4 claims of its outputs.
import { claim, near } from '../../scripts/claims/claim.js';
import { Json, notebook, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const digits = () => Json.read('data/results/naive-digits.json').at('evaluation');
/** The mean over the seeds of the benchmark's naive runs with the library. */
function benchmark(minutes: number, path: string): number {
  const rows = Json.read('bench/pictures.json').at('rows').all({ side: 'ours', algorithm: 'naive', minutes });
  return rows.reduce((sum, row) => sum + row.number(path), 0) / rows.length;
}
const loss = (o: Outputs, trace: string) => o.figure('Figure 4.7').y(trace);
const grain = (o: Outputs, of: 'faces' | 'digits') =>
  o.numbers(of === 'faces' ? 'fast variation in real faces:' : 'in real digits:');

export default [
  claim(
    'about four minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '4'),
    (seconds) => near(seconds, 240),
  ),
  claim(
    'In all it is the same amount of noise: 60 × 32 = {20} × {96}.',
    (o) => [o.dial('[T, FACE_T] = ['), o.dial('[PIXELS, FACE_PIXELS] = [')],
    (steps, pixels) => steps * pixels === 60 * 32,
  ),
  claim('For faces we go further, to {16} steps of {176}.', (o) => [
    o.dial('[T, FACE_T] = [', 1),
    o.dial('[PIXELS, FACE_PIXELS] = [', 1),
  ]),
  claim(
    'training sees each of them three times as often',
    (o) => 60 / o.dial('[T, FACE_T] = ['),
    (times) => times === 3,
  ),
  claim('{31} % of them are a digit beyond doubt (of real ones, {99} %)', () => [
    100 * digits().number('likeness.decided.digit.samples'),
    100 * digits().number('likeness.decided.digit.real'),
  ]),
  claim('and ones are at {0.28} of their share', () =>
    digits().at('variety.attributes.digit').one({ value: '1' }).number('factor'),
  ),
  claim('has a classifier look at {2,500} samples of such a network', () => digits().number('samples')),
  claim(
    'And it is the *same* head, nearly, in every sample',
    () => {
      const variety = Json.read('data/results/naive-faces.json').at('evaluation.variety');
      return [variety.number('combinations.distinct'), variety.number('repeats.distinct')];
    },
    (combinations, pictures) => combinations === 1 && pictures === 1,
  ),
  claim(
    'the samples are a blurred head after some 7,000 steps, and grain after some 21,000: the nearest training face moves away, from {0.12} to {0.19}',
    () => [
      benchmark(5, 'nearest.samples'),
      benchmark(15, 'nearest.samples'),
      benchmark(5, 'steps'),
      benchmark(15, 'steps'),
    ],
    (near5, near15, steps5, steps15) => near15 > near5 && near(steps5, 7000, 0.02) && near(steps15, 21_000, 0.02),
  ),
  claim(
    'Undoing a step is easy early in the walk, and late in it the network gains little over doing nothing.',
    (o) => {
      const lazy = loss(o, 'input returned');
      return loss(o, 'our network').map((mine, i) => 1 - mine / lazy[i]);
    },
    (...gains) => gains[0] > 0.75 && gains.at(-1)! < 0.12,
  ),
  claim(
    'There the network hardly improves on doing nothing, and yet that is where the sampler begins.',
    (o) => [o.number('in the first step of the walk:'), o.number('half-way:'), o.number('in the last:')],
    (first, middle, last) => first > 5 * middle && last < middle && last < 10,
  ),
  claim(
    'The true step changes few pixels, by a lot. The network changes nearly all of them, by a little.',
    (o) => [
      o.number(/^true: /),
      o.number(/^true: .* less than 0.1,/),
      o.number(/^network: /),
      o.number(/^network: .*untouched,/),
    ],
    (untouched, byMore, networkUntouched, networkByLittle) =>
      untouched >= 85 && near(untouched + byMore, 100, 0.02) && networkUntouched < 5 && networkByLittle > 50,
  ),
  claim(
    'The network denoises every pixel a little instead of a few of them entirely.',
    (o) => [o.figure('Figure 4.8').y('the network').at(-2)!, o.figure('Figure 4.8').y('the true step').at(-2)!],
    (network, truth) => network < 0.001 && truth > 0.05,
  ),
  claim(
    'The faces have far *less* fast variation than real ones, and the digits have less as well',
    (o) => [...grain(o, 'faces'), ...grain(o, 'digits')],
    (realFaces, faces, realDigits, digits) => faces < realFaces / 5 && digits < realDigits,
  ),
  claim("In chapter 2 we found that the article's walk leaves about {15} % of all pixels untouched", () =>
    notebook('02-binomial-noise').number('k different pixels:'),
  ),
  claim(
    'Our digits were made with such a walk, our faces with one that leaves less.',
    (o) => [
      100 * (1 - o.dial('[PIXELS, FACE_PIXELS] = [') / 1024) ** o.dial('[T, FACE_T] = ['),
      o.numbers('intact after 10 steps:')[2],
    ],
    (digits, faces) => near(digits, 15) && faces < 6,
  ),
  claim(
    'Train the faces once more, with the shorter walk.',
    (o) => o.number('intact after 10 steps:'),
    (intact) => near(intact, 15, 0.05),
  ),
  claim(
    'that it has most of the fast variation of real faces',
    (o) => [o.number('fast variation:'), grain(o, 'faces')[0]],
    (short, real) => short > 0.5 * real && short < 1.5 * real,
  ),
  claim(
    'the longer walk removes them, and with them the differences',
    (o) => [grain(o, 'faces')[1], o.number('fast variation:')],
    (long, short) => long < short / 3,
  ),
  claim(
    'Each step now removes a third as much, and mistakes pile up over three times as many.',
    (o) => [32 / o.dial('[PIXELS, FACE_PIXELS] = ['), 60 / o.dial('[T, FACE_T] = [')],
    (share, times) => near(share, 1 / 3, 1e-9) && times === 3,
  ),
  claim(
    'The faces go from {2} % to {1} %: there was hardly any grain to take away. Try it on `grainy`, the samples of the shorter walk, which have {9} %.',
    (o) => [grain(o, 'faces')[1], o.number('3 more:'), o.number('fast variation:'), o.number('1 more:'), o.number('2 more:')],
    (before, after, _, one, two) => before >= one && one >= two && two >= after,
  ),
];
