// What chapter 4 claims of its outputs.
import { claim, falling, near, rising } from '../../scripts/claims/claim.js';
import { Json, notebook, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const digits = () => Json.read('data/results/naive-digits.json').at('evaluation');
/** The mean over the seeds of the benchmark's naive runs with the library. */
function benchmark(minutes: number, path: string): number {
  const rows = Json.read('bench/pictures.json').at('rows').all({ side: 'ours', algorithm: 'naive', minutes });
  return rows.reduce((sum, row) => sum + row.number(path), 0) / rows.length;
}
const digitSteps = () => Json.read('data/results/naive-digits.json').number('training.steps');
const loss = (o: Outputs, trace: string) => o.figure('Figure 4.13').y(trace);
const grain = (o: Outputs, of: 'faces' | 'digits') =>
  o.numbers(of === 'faces' ? 'fast variation in real faces:' : 'in real digits:');
const small = (o: Outputs, way: string, steps: number) => o.figure('Figure 4.5').at(steps, way);

export default [
  claim(
    'about fourteen minutes on two processor cores that have other work',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '4'),
    (seconds) => near(seconds, 840),
  ),
  claim(
    'Nearly all draws are bars, and so are nine means in ten. All sixteen come up',
    (o) => [...o.numbers(/^mean: /).slice(0, 2), ...o.numbers(/^draw: /).slice(0, 2)],
    (means, fewestMeans, draws, fewestDraws) =>
      near(means, 90, 0.04) && draws >= 99 && fewestMeans > 0 && fewestDraws > 0,
  ),
  claim(
    'a fair share is 62 or 63, and chance alone moves it by 8 or so either way',
    (o) => o.dial('BAR_SAMPLES = budget(') / 16,
    (share) => near(share, 62.5, 0.001) && near(Math.sqrt(share * (15 / 16)), 8, 0.06),
  ),
  claim(
    'With four steps, not one mean is a bar, and about half of the draws are; with 48, nearly all means and every draw.',
    (o) => [small(o, 'mean', 4), small(o, 'draw', 4), small(o, 'mean', 48), small(o, 'draw', 48)],
    (meanOf4, drawOf4, meanOf48, drawOf48) =>
      meanOf4 === 0 && near(drawOf4, 0.5, 0.15) && meanOf48 > 0.93 && drawOf48 === 1,
  ),
  claim(
    'By figure 4.5 that is the gentler way to *sample*.',
    (o) => [4, 6, 8, 12, 24, 48].map((steps) => small(o, 'mean', steps)),
    (...shares) => rising(...shares),
  ),
  claim(
    'four planes for a digit, six for a face in colour',
    () => [1 + 1 + 2, 3 + 1 + 2],
    (digit, face) => digit === 4 && face === 6,
  ),
  claim('in all the same amount of noise, 60 × 32 = {20} × {96}.', (o) => [
    o.dial('const T = '),
    o.dial('const PIXELS = '),
  ]),
  claim(
    'its loss falls by more than half, while that of the last step hardly moves',
    (o) => [...o.figure('Figure 4.7').y('first step'), ...o.figure('Figure 4.7').y('last step')],
    (...both) => {
      const [first, last] = [both.slice(0, both.length / 2), both.slice(both.length / 2)];
      return first.at(-1)! < 0.5 * first[0] && last.every((each) => near(each, last[0], 0.1));
    },
  ),
  claim(
    'so that each of the {twenty} steps of the walk is seen {150} times',
    (o) => [o.dial('const T = '), o.dial('DIGIT_STEPS = budget(') / o.dial('const T = ')],
  ),
  claim(
    'Of our means {31} % are decided, of the draws {27} %.',
    (o) => [o.number('decided: mean'), o.number(/^decided: mean .* draw/)],
  ),
  claim(
    'That the judge calls about a quarter of them decided',
    (o) => o.number(/^decided: mean .* draw/),
    (draws) => near(draws, 25, 0.12),
  ),
  claim(
    'It shows what twice as many images bring.',
    (o) => [digitSteps() / o.dial('DIGIT_STEPS = budget('), 32 / o.dial('const BATCH = ')],
    (steps, batch) => steps === 1 && batch === 2,
  ),
  claim(
    'and twice as many images bring it to {35} %, which is hardly more',
    (o) => [o.number(/^decided: .* shipped/), o.number('decided: mean')],
    (longer, ours) => longer > ours && longer < ours + 8,
  ),
  claim(
    'no setting that we tried reached it',
    (o) => [
      ...[/^decided: mean/, /^decided: mean .* draw/, /^decided: .* shipped/].map((words) => o.number(words)),
      o.number('decided with T = 60, k = 32: mean'),
      o.number(/^decided with .* draw/),
    ],
    (...shares) => shares.every((share) => share < 60) && Math.max(...shares) === shares[2],
  ),
  claim(
    'will ask the same layers another question, and have four digits in five.',
    () => notebook('05-denoise-renoise').number(/^decided: naive .* denoise\/renoise/),
    (share) => near(share, 80),
  ),
  claim(
    'In as many training steps it does worse. The means end full of coin flips, and the draws as scattered crumbs; the judge calls {10} % and {17} % of them decided.',
    (o) => [
      o.number('decided with T = 60, k = 32: mean'),
      o.number(/^decided with .* draw/),
      o.number('decided: mean'),
      o.number(/^decided: mean .* draw/),
    ],
    (mean, draw, meanOf20, drawOf20) => mean < meanOf20 && draw < drawOf20,
  ),
  claim(
    'There are three times as many steps of the walk to learn',
    (o) => [60 / o.dial('const T = '), o.dial('const PIXELS = ') / 32],
    (steps, pixels) => steps === 3 && pixels === 3,
  ),
  claim(
    'With more training the samples grow smoother, and more alike.',
    (o) => o.every(/^after .*steps, two samples differ by/).flat(),
    (...apart) => apart.length === 4 && falling(...apart),
  ),
  claim(
    'And it is the *same* head, nearly, in every sample: two of them differ by {0.017}, two real faces by {0.257}.',
    (o) => {
      const variety = Json.read('data/results/naive-faces.json').at('evaluation.variety');
      return [
        o.number('after shipped, 3000 steps, two samples differ by'),
        o.number('two real faces differ by'),
        variety.number('combinations.distinct'),
        variety.number('repeats.distinct'),
      ];
    },
    (_, __, combinations, pictures) => combinations === 1 && pictures === 1,
  ),
  claim(
    'At the first step the perfect $f$ takes away {96} % of the error and the network {90} %; a quarter of the way into the walk it is {14} % and {12} %, and from half-way on the two are equal to the per cent.',
    (o) => [0, 5, 10, 19].flatMap((t) => o.numbers(`digits, error removed at t = ${String(t).padStart(2)}:`)),
    (...gains) => gains.length === 8 && gains[4] === gains[5] && gains[6] === gains[7],
  ),
  claim(
    'our drawn digits, with more than twice the fast variation of real ones',
    (o) => grain(o, 'digits'),
    (real, _, drawn) => drawn > 2 * real,
  ),
  claim(
    'The fast variation stays at {2} %: there was no grain to take away.',
    (o) => [o.number('3 more:'), o.number('1 more:'), o.number('2 more:'), grain(o, 'faces')[1]],
    (...shares) => shares.every((share) => share === shares[0]),
  ),
  claim(
    'In sequence the loss comes to {0.0424}, from the belt to {0.0405}; doing nothing would give {0.0462}.',
    (o) => [
      o.number('all at one step: loss'),
      o.number('each at its own step: loss'),
      o.number('all at one step: loss', 1),
    ],
  ),
  claim(
    'mixed batches learn to take away half as much again of the error',
    (o) => [...o.numbers('all at one step: loss'), ...o.numbers('each at its own step: loss')],
    (sequence, nothing, belt) => near((nothing - belt) / (nothing - sequence), 1.5, 0.1),
  ),
  claim(
    'Black stays black, and of the four digits the 5, the 0 and the 1 come back as themselves, a little thinner; the 4, which changes most, loses its left arm.',
    (o) => [o.number('mean change, of black:'), ...o.numbers('of four digits:')],
    (black, five, zero, four, one) => black === 0 && four === Math.max(five, zero, four, one),
  ),
  claim('{31} % of them are a digit beyond doubt (of real ones, {99} %)', () => [
    100 * digits().number('likeness.decided.digit.samples'),
    100 * digits().number('likeness.decided.digit.real'),
  ]),
  claim('and ones are at {0.28} of their share', () =>
    digits().at('variety.attributes.digit').one({ value: '1' }).number('factor'),
  ),
  claim('has its classifier look at {2,500} samples of the shipped one', () => digits().number('samples')),
  claim(
    'Every one can be read: out of noise, with the article\'s algorithm, its means, and no training.',
    (o) => [o.number(/^decided: T = \d+ /), o.number(/^decided: T = \d+ .*T = 60 /)],
    (...shares) => shares.every((share) => share >= 95),
  ),
  claim(
    'And every one is a copy, pixel for pixel or nearly, of one of the 2,000.',
    (o) => [o.number('copies of a known digit:'), o.dial('const known = digits.images({ end: ')],
    (copies, known) => copies >= 58 && known === 2000,
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
      return loss(o, 'the network').map((mine, i) => 1 - mine / lazy[i]);
    },
    (...gains) => gains[0] > 0.75 && gains.at(-1)! < 0.12,
  ),
  claim(
    'There the network hardly improves on doing nothing, and yet that is where the sampler begins.',
    (o) => [
      o.number('in the first step of the walk:'),
      o.number('half-way:'),
      o.number(/in the last:/),
    ],
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
    (o) => [o.figure('Figure 4.14').y('the network').at(-2)!, o.figure('Figure 4.14').y('the true step').at(-2)!],
    (network, truth) => network < 0.001 && truth > 0.05,
  ),
  claim(
    'The faces have far *less* fast variation than real ones',
    (o) => grain(o, 'faces'),
    (real, samples) => samples < real / 4,
  ),
  claim("In chapter 2 we found that the article's walk leaves about {15} % of all pixels untouched", () =>
    notebook('02-binomial-noise').number('k different pixels:'),
  ),
  claim(
    'It hardly matters here: with four steps, when two thirds of the pixels are still untouched',
    (o) => o.every(/steps leave\s+(?=\d)/).flatMap(([untouched, means, draws]) => [untouched, means, draws]),
    (untouched, means, draws, ...rest) =>
      near(untouched, 67, 0.03) && Math.abs(means - rest.at(-2)!) < 5 && Math.abs(draws - rest.at(-1)!) < 5,
  ),
  claim(
    'Nearly all means are crosses, a larger share than of bars.',
    (o) => [o.number('crosses, mean:'), o.number('crosses, draw:'), o.number(/^mean: /)],
    (means, draws, bars) => means > bars && means >= 95 && draws >= 98,
  ),
];
