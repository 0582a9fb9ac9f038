// What chapter 6 claims of its outputs, and of the files that it reads.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { Json, notebook, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const FACES = ['blur', 'pixelate', 'mask', 'snow', 'animorphosis', 'curtain, trained here'];
const DIGITS = ['blur', 'pixelate', 'mask', 'animorphosis', 'snow'];
/** The level that the tables give for a row. */
const levelOf = (row: string) => ({ pixelate: '0.67', mask: '0.5' })[row] ?? '0.6';
const SCORES = ['distance', 'ssim', 'rmse'];
/** A score in the tables of restorations. */
function score(o: Outputs, dataset: 'faces' | 'digits', row: string, way: string, what: string): number {
  const table = o.table("restoration('digits'", dataset === 'faces' ? 0 : 1);
  return table.number(`${row}, t = ${levelOf(row)}`, way, SCORES.indexOf(what));
}
const faces = (o: Outputs, row: string, way: string, what: string) => score(o, 'faces', row, way, what);
const digits = (o: Outputs, row: string, way: string, what: string) => score(o, 'digits', row, way, what);
/** Direct prediction over Algorithm 2, by a score. */
const directTo2 = (o: Outputs, dataset: 'faces' | 'digits', row: string, what: string) =>
  score(o, dataset, row, 'direct', what) / score(o, dataset, row, 'algorithm 2', what);
const variety = (o: Outputs, row: string, column: string) => o.table('| degradation | sampler |').number(row, column);
const ONE = 'algorithm 2, one draw';
/** Chapter 6's network and the one trained for longer, each with 1, 4, 16 and 64 steps back. */
const fedBack = (o: Outputs) =>
  o
    .every(/^\d+ steps of training, S = +\d+: Fréchet distance/)
    .map(([one, , two, , factor]) => ({ one, two, factor }));
const counted = (model: string) => Json.read(`data/results/${model}.json`).at('evaluation');

export default [
  claim(
    'about three minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '6'),
    (seconds) => near(seconds, 190),
  ),
  claim(
    'small UNets, {1,800} steps each, about two minutes',
    () => [
      ...Json.read('data/results/restoration.json')
        .at('rows')
        .all({ dataset: 'faces' })
        .map((row) => row.number('steps')),
      ...['blur', 'animorphosis'].map((name) =>
        Json.read(`data/results/cold-${name}-faces.json`).number('training.minutes'),
      ),
    ],
    (...v) =>
      v.slice(0, 5).every((steps) => steps === 1800) && v.slice(5).every((minutes) => minutes > 1.5 && minutes < 3),
  ),
  claim(
    'with half as many steps.',
    (o) => o.dial('const STEPS = budget('),
    (steps) => steps === 1800 / 2,
  ),
  claim(
    'The wrong picture drops out, and what remains is exactly the step that was needed. Algorithm 1 returns $\\mathbf{r}$.',
    (o) => [...o.numbers('algorithm1: off the true face by'), ...o.numbers('algorithm2: off the true face by')],
    (oneToTruth, oneToWrong, twoToTruth, twoToWrong) =>
      oneToWrong === 0 && twoToTruth === 0 && oneToTruth > 0.1 && twoToWrong > 0.1,
  ),
  claim('The same, in {16} steps, for {2,000} unseen faces and {2,000} test digits', (o) => {
    const rows = Json.read('data/results/restoration.json').at('rows');
    const images = ['faces', 'digits'].map((dataset) => rows.all({ dataset })[0].number('images'));
    return [o.dial('const S = budget('), ...images];
  }),
  claim(
    'On faces it ends, by RMSE, further from the truth than it began in {four} rows of {six}',
    (o) => {
      const further = FACES.filter((row) => faces(o, row, 'algorithm 1', 'rmse') > faces(o, row, 'degraded', 'rmse'));
      return [further.length, FACES.length, Number(further.includes('mask') || further.includes(FACES[5]))];
    },
    (_, __, others) => others === 0,
  ),
  claim('Blurred faces end at a distance of {232.1}, where one prediction has {8.9}.', (o) => [
    faces(o, 'blur', 'algorithm 1', 'distance'),
    faces(o, 'blur', 'direct', 'distance'),
  ]),
  claim(
    'and not to {26} times the distance as here',
    (o) => faces(o, 'blur', 'algorithm 1', 'distance') / faces(o, 'blur', 'direct', 'distance'),
  ),
  claim(
    'On digits, white on black and few of them possible, it does better.',
    (o) => DIGITS.map((row) => digits(o, row, 'algorithm 1', 'rmse') / digits(o, row, 'degraded', 'rmse')),
    (...shares) => shares.length === 5 && shares.every((share) => share < 1),
  ),
  claim(
    'By Fréchet distance it is the best or nearly the best in every row.',
    (o) => {
      const behind = (dataset: 'faces' | 'digits', row: string) => {
        const others = ['direct', 'algorithm 1'].map((way) => score(o, dataset, row, way, 'distance'));
        return score(o, dataset, row, 'algorithm 2', 'distance') / Math.min(...others);
      };
      return [...FACES.map((row) => behind('faces', row)), ...DIGITS.map((row) => behind('digits', row))];
    },
    (...times) => times.length === 11 && times.every((ratio) => ratio < 1.15),
  ),
  claim(
    'it is better than the direct prediction by every measure, and by Fréchet distance less than half as far',
    (o) =>
      ['snow', 'animorphosis'].flatMap((row) =>
        (['faces', 'digits'] as const).flatMap((dataset) => [
          directTo2(o, dataset, row, 'distance'),
          directTo2(o, dataset, row, 'rmse'),
          1 / directTo2(o, dataset, row, 'ssim'),
        ]),
      ),
    (...times) => times.every((ratio, i) => ratio > (i % 3 === 0 ? 2 : 1)),
  ),
  claim(
    'Here the direct prediction is better by SSIM and RMSE, as nowhere else by so much',
    (o) => {
      const lead = (dataset: 'faces' | 'digits', row: string, what: string) =>
        Math.log(directTo2(o, dataset, row, what));
      const others = [...FACES.slice(0, 5).map((row) => ['faces', row]), ...DIGITS.map((row) => ['digits', row])];
      const [bySsim, byRmse] = [lead('faces', FACES[5], 'ssim'), -lead('faces', FACES[5], 'rmse')];
      return [
        bySsim - Math.max(...others.map(([set, row]) => lead(set as 'faces', row, 'ssim'))),
        byRmse - Math.max(...others.map(([set, row]) => -lead(set as 'faces', row, 'rmse'))),
      ];
    },
    (bySsim, byRmse) => bySsim > 0 && byRmse > 0,
  ),
  claim(
    'and the walk gains nothing in Fréchet distance.',
    (o) => directTo2(o, 'faces', FACES[5], 'distance'),
    (ratio) => ratio > 0.8 && ratio <= 1.03,
  ),
  claim(
    'The mask, whose edge is soft, lies between the curtain and the others.',
    (o) => [
      directTo2(o, 'faces', FACES[5], 'rmse'),
      directTo2(o, 'faces', 'mask', 'rmse'),
      ...FACES.slice(0, 5)
        .filter((row) => row !== 'mask')
        .map((row) => directTo2(o, 'faces', row, 'rmse')),
    ],
    (curtain, mask, ...others) => curtain < mask && others.every((other) => other > mask),
  ),
  claim(
    'within a few per cent of each other by SSIM and RMSE ({12} % apart in the RMSE of masked digits)',
    (o) => [
      100 * (digits(o, 'mask', 'algorithm 2', 'rmse') / digits(o, 'mask', 'direct', 'rmse') - 1),
      ...(['faces', 'digits'] as const).flatMap((dataset) =>
        ['blur', 'pixelate', 'mask'].flatMap((row) => [
          directTo2(o, dataset, row, 'ssim'),
          dataset === 'digits' && row === 'mask' ? 1 : directTo2(o, dataset, row, 'rmse'),
        ]),
      ),
    ],
    (_, ...ratios) => ratios.every((ratio) => near(ratio, 1, 0.06)),
  ),
  claim(
    'Our blurred faces follow the order of the distances, and Algorithm 2 is slightly ahead by RMSE as well.',
    (o) => [
      faces(o, 'blur', 'algorithm 1', 'distance'),
      faces(o, 'blur', 'direct', 'distance'),
      faces(o, 'blur', 'algorithm 2', 'distance'),
      directTo2(o, 'faces', 'blur', 'rmse'),
    ],
    (one, direct, two, rmse) => falling(one, direct, two) && rmse > 1 && rmse < 1.1,
  ),
  claim(
    'On our blurred digits the two change places, by little',
    (o) => directTo2(o, 'digits', 'blur', 'distance'),
    (ratio) => ratio < 1 && ratio > 0.85,
  ),
  claim(
    'Fade to black has exactly {one} sample. Fade to twelve colours has {twelve}.',
    (o) => [
      o.number('fade to black, algorithm 2: different pictures in 240:'),
      o.number('fade to colours, algorithm 2:'),
      o.number('fade to black, algorithm 1: different pictures in 240:'),
      o.number('fade to black, fresh draws: different pictures in 240:'),
      o.number('fade to colours, algorithm 1:'),
    ],
    (one, twelve, ...others) => others.join() === [one, one, twelve].join(),
  ),
  claim('With twelve colours there are {twelve} inputs.', (o) => o.number(/^starts: /)),
  claim('twelve colours are $\\log_2 12 \\approx {3.6}$ bits', () => Math.log2(12)),
  claim(
    'if each renoising draws a colour of its own, every step adds 3.6 bits, and no two samples need be alike',
    (o) => o.number('fade to colours, fresh draws:'),
    (different) => different === 240,
  ),
  claim('Without any chance there is {one} picture, with {3.6} bits there are {twelve}', (o) => [
    variety(o, `fadeToBlack · ${ONE}`, 'different pictures'),
    variety(o, `fadeToColours · ${ONE}`, 'bits in the start'),
    variety(o, `fadeToColours · ${ONE}`, 'different pictures'),
  ]),
  claim(
    'and with some dozens of bits, wherever they come from, all 1,000 differ.',
    (o) => [
      variety(o, `animorphosis · ${ONE}`, 'different pictures'),
      variety(o, `mask · ${ONE}`, 'different pictures'),
      variety(o, `mask · ${ONE}`, 'bits on the way'),
    ],
    (animals, masks, bits) => animals === 1000 && masks === 1000 && bits < 50,
  ),
  claim('Blurred faces under Algorithm 1 are {991}', (o) =>
    variety(o, 'blur · algorithm 1, one draw', 'different pictures'),
  ),
  claim(
    "The curtain's grey has {23} bits, but a picture has room for only 256 greys: its {1,000} starts are {254} different pictures, and its samples by Algorithm 2 are fewer still. Algorithm 1 makes more of them",
    (o) => [
      variety(o, `curtain, trained here · ${ONE}`, 'bits in the start'),
      o.number('curtain: starts:', 1),
      o.number('curtain: starts:'),
      o.number('curtain, algorithm 2:'),
      o.number('curtain, algorithm 1:'),
    ],
    (_, __, starts, two, one) => two < starts && starts < one,
  ),
  claim(
    'With a new grey at each step, all 1,000 differ.',
    (o) => o.number('curtain, fresh draws:'),
    (different) => different === 1000,
  ),
  claim('of which {1,000} real faces have {513}', () => {
    const table = notebook('07-measuring').table("table(answers, 'distinct combinations'");
    return [notebook('07-measuring').dial('const N = budget('), table.number('unseen', 'distinct combinations')];
  }),
  claim(
    '81,000 bits of Gaussian noise in the start give {124} kinds; the sixteen blocks of pixelated faces, with 1,270 bits, give {392}',
    (o) => [
      variety(o, `gaussian · ${ONE}`, 'combinations of attributes'),
      variety(o, `pixelate · ${ONE}`, 'combinations of attributes'),
      variety(o, `gaussian · ${ONE}`, 'bits in the start'),
      variety(o, `pixelate · ${ONE}`, 'bits in the start'),
    ],
    (_, __, gaussian, pixelate) => near(gaussian, 81_000, 0.01) && near(pixelate, 1270, 0.01),
  ),
  claim(
    "And the curtain's greys, which say nothing of either, give {11} by Algorithm 2.",
    (o) => variety(o, `curtain, trained here · ${ONE}`, 'combinations of attributes'),
  ),
  claim(
    'How far do samples get from their first guess?',
    (o) => [...o.numbers('animals: from the first guess'), o.number('from one real face to another')],
    (moved, between, real) => moved < 0.5 * between && between < real,
  ),
  claim(
    'and its samples do get far from the first guess.',
    (o) => ['curtain, trained here', 'animals', 'blur'].map((name) => o.number(`${name}: from the first guess`)),
    (curtain, ...others) => others.every((other) => curtain > 2 * other),
  ),
  claim(
    'Where it reveals averages it varies less than the data; where it draws, as in the second half of chapter 5, nearly as much.',
    () =>
      ['denoise-renoise-faces', 'palette-faces', 'real-faces'].map((model) =>
        counted(model).number('variety.combinations.distinct'),
      ),
    (averages, draws, real) => averages < 0.5 * real && draws > 0.75 * real && draws < real,
  ),
  claim(
    'Bits are necessary and not sufficient: 1,000 different pictures can still be few kinds of faces.',
    (o) => [
      variety(o, `mask · ${ONE}`, 'different pictures'),
      variety(o, `mask · ${ONE}`, 'combinations of attributes'),
    ],
    (pictures, kinds) => pictures === 1000 && kinds < 50,
  ),
  claim(
    'the restoration is nearly perfect, with an SSIM above 0.9.',
    (o) => o.number('disco: SSIM of unseen faces at t = 0.6: degraded', 1),
    (likeness) => likeness > 0.9,
  ),
  claim(
    'Wet paint is restored better still',
    (o) => ['disco', 'wet paint'].map((name) => o.number(`${name}: SSIM of unseen faces at t = 0.6: degraded`, 1)),
    (disco, paint) => paint > disco,
  ),
  claim(
    'although no number is drawn but those of the residue',
    (o) => o.number(/^wet paint: (?=\d+ different)/),
    (count) => count === 240,
  ),
  claim(
    'The curtain, with {0.52} in the table above, restores worst',
    (o) => [
      faces(o, FACES[5], 'algorithm 2', 'ssim'),
      o.number('disco: SSIM of unseen faces at t = 0.6: degraded', 1),
      o.number('wet paint: SSIM of unseen faces at t = 0.6: degraded', 1),
    ],
    (curtain, ...others) => others.every((other) => other > curtain),
  ),
  claim(
    'With one step both are one prediction, and equally good. Then Algorithm 1 loses with each step, from an SSIM above a half to one below a tenth after 64',
    (o) => o.every(/^S = +\d+: SSIM by Algorithm 1/).flatMap(([one, , two]) => [one, two]),
    (...v) => falling(v[0], v[2], v[4], v[6]) && v[0] > 0.5 && v[6] < 0.1 && near(v[1], v[0], 0.03),
  ),
  claim(
    'Algorithm 2 stays where it was.',
    (o) => o.every(/^S = +\d+: SSIM by Algorithm 1/).map(([, , two]) => two),
    (...likeness) => likeness.length === 4 && likeness.every((each) => near(each, likeness[0], 0.02)),
  ),
  claim(
    'of a change that is noise, {0.15} is left at $t = 0.6$. (At $t = 0.05$ there is hardly any blur, and all of it comes through.)',
    (o) => [o.number(/^t = 0\.60: ×/), o.number(/^t = 0\.05: ×/)],
    (_, all) => near(all, 1, 0.05),
  ),
  claim(
    'until the factor is {1.27} or more at every level. In 16 passes a factor of 1.27 makes {46}.',
    (o) => {
      const found = o.every(/^t = 0\.\d\d: ×/);
      const least = Math.min(...found.map((factors) => factors[7]));
      return [least, 1.27 ** 16, ...found.map((factors) => factors[7] - factors[1])];
    },
    (_, __, ...grown) => grown.length === 5 && grown.every((more) => more > 0.1),
  ),
  claim(
    'Longer training makes one prediction better, from {8.9} to {5.2}, and Algorithm 2 with it.',
    (o) => {
      const rows = fedBack(o);
      return [rows[0].one, rows[4].one, ...[0, 1, 2, 3].map((i) => rows[4 + i].two / rows[i].two)];
    },
    (_, __, ...better) => better.every((ratio) => ratio < 0.8),
  ),
  claim(
    'It does not mend Algorithm 1: after 16 steps back the distance is as large as before, after 64 larger, and the factors have hardly moved.',
    (o) => {
      const rows = fedBack(o);
      return [rows[6].one / rows[2].one, rows[7].one / rows[3].one, rows[7].factor / rows[3].factor];
    },
    (sixteen, sixtyFour, factor) => near(sixteen, 1, 0.05) && sixtyFour > 1.05 && near(factor, 1, 0.05),
  ),
  claim(
    'has trained the same network for three times as many steps, and walked with both from the same {500} blurred faces.',
    () => {
      const rows = Json.read('data/results/fed-back.json').at('rows');
      const longer = rows.one({ S: 64, training: 5400 });
      return [longer.number('options.images'), 5400 / rows.one({ S: 64, training: 1800 }).number('training')];
    },
    (_, times) => times === 3,
  ),
  claim(
    'Twelve starts, since at $t = 1$ only the second colour shows, and twelve samples.',
    (o) => o.numbers(/^two colours, 16 steps: of \d+ starts/),
    (starts, samples) => starts === 12 && samples === 12,
  ),
  claim('and then there are {138} different samples of the 144 pairs.', (o) =>
    o.number(/^two colours, 15 steps: of \d+ starts/, 1),
  ),
];
