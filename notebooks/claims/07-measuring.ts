// What chapter 7 claims of its outputs, and of the files that it reads.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { Json, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

/** Some tables of one cell as one: each number is in the table that has its column. */
function together(o: Outputs, code: string, count: number) {
  const tables = Array.from({ length: count }, (_, i) => o.table(code, i));
  const having = (column: string) => tables.find(({ headings }) => headings.includes(column)) ?? tables[0];
  return {
    names: tables[0].names,
    number: (row: string, column: string, index = 0) => having(column).number(row, column, index),
    column: (column: string) => having(column).column(column),
  };
}
// The tables of the forgers, and those of the models.
const likeness = (o: Outputs) => together(o, "table(answers, 'Fréchet distance'", 3);
const copying = (o: Outputs) => together(o, "table(answers, 'closer to training", 1);
const variety = (o: Outputs) => together(o, "table(answers, 'distinct combinations'", 2);
const LIKENESS = "'Fréchet distance'";
const COPYING = "'closer to training";
const VARIETY = "'distinct combinations'";
const BUDGET = "'steps'";
const TABLES: Record<string, number> = { [LIKENESS]: 3, [COPYING]: 1, [VARIETY]: 2, [BUDGET]: 1 };
const ofModels = (o: Outputs, columns: string) => together(o, `table(results, ${columns}`, TABLES[columns]);
const equal = (o: Outputs) => together(o, 'table(equal,', 5);
const ofDigits = (o: Outputs) => together(o, 'table(digitResults,', 5);
const chance = (o: Outputs) => together(o, 'table(results.filter(({ randomness', 1);
const ownRow = (o: Outputs) => together(o, 'table(both,', 3);
const strange = (o: Outputs) => together(o, 'table(strange,', 2);

const FORGERS = ['memoriser', 'thief', 'one-trick pony', 'blurrer', 'salter', 'blender'];
const DISTANCE = 'Fréchet distance';
const CLOSER = 'closer to training than unseen images';
const NEAREST = 'nearest training image';
const SAMPLED = 'distinct combinations';
const NOVEL = 'held-out combinations';
const ISOLATED = 'isolated pixels';
const EXPLAINED = 'variance that z_T explains';
/** A measure of sharpness as a share of the data's. */
const sharpness = (o: Outputs, forger: string, column: string) =>
  variety(o).number(forger, column) / variety(o).number(forger, column, 1);
/** Precision, recall, the share of combinations, the distance in floors; and one more number. */
const passing = (o: Outputs, forger: string, last: number) => [
  likeness(o).number(forger, 'precision'),
  likeness(o).number(forger, 'recall'),
  variety(o).number(forger, SAMPLED) / variety(o).number(forger, SAMPLED, 1),
  likeness(o).number(forger, DISTANCE) / likeness(o).number(forger, 'floor'),
  last,
];
const digits = () => Json.read('data/results/naive-digits.json').at('evaluation');
const other = (o: Outputs, ...known: string[]) =>
  ofModels(o, LIKENESS).names.filter((name) => !['real-faces', ...known].includes(name));

/** A model of a later chapter that paints in two evaluations, with grain. */
const STUDENT = 'consistent-faces';
/** Whether a model belongs to later chapters. */
const isLater = (name: string) => /^(gaussian|stable|consistent|reflow)-/.test(name);

export default [
  claim(
    'about five minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '7'),
    (seconds) => near(seconds, 300),
  ),
  claim('We take the last {64} of them, and beside them {32} from an early layer', (o) => [
    64,
    o.number(/^unseen +all/) - 64,
  ]),
  claim(
    'The floor halves whenever the number of pictures doubles.',
    (o) => {
      const floors = o.every(/^ *\d+ real faces from \d+ others:/).map(([floor]) => floor);
      return floors.slice(1).map((floor, i) => floors[i] / floor);
    },
    (...times) => times.length === 4 && times.every((ratio) => near(ratio, 2, 0.12)),
  ),
  claim(
    'The memoriser is as close to the data as honest faces are: {1.5} beside {1.3}, with intervals that overlap.',
    (o) => [
      likeness(o).number('memoriser', DISTANCE),
      likeness(o).number('unseen', DISTANCE),
      likeness(o).number('memoriser', DISTANCE, 1),
      likeness(o).number('unseen', DISTANCE, 2),
    ],
    (_, __, low, high) => low < high,
  ),
  claim(
    'The thief is hardly worse.',
    (o) => [likeness(o).number('thief', DISTANCE, 1), likeness(o).number('unseen', DISTANCE, 2)],
    (low, high) => low < high,
  ),
  claim(
    'The pony is caught by a distance of over a hundred, and by its recall: none of the real faces is anywhere near its four.',
    (o) => [likeness(o).number('one-trick pony', DISTANCE), likeness(o).number('one-trick pony', 'recall')],
    (distance, recall) => distance > 100 && recall === 0,
  ),
  claim(
    'The blurrer, the salter and the blender have distances well above their floor',
    (o) =>
      ['blurrer', 'salter', 'blender'].map(
        (name) => likeness(o).number(name, DISTANCE) / likeness(o).number(name, 'floor'),
      ),
    (...times) => times.every((ratio) => ratio > 3),
  ),
  claim('catches nobody: {0.95} or more for all six.', (o) =>
    Math.min(...FORGERS.map((name) => likeness(o).number(name, 'precision'))),
  ),
  claim(
    'The blurred set has {0.99}, as the real one.',
    (o) => likeness(o).number('blurrer', 'precision'),
    (precision) => precision === 0.99,
  ),
  claim(
    'all of its pictures are closer to a training face than unseen ones are, at distance zero',
    (o) => [copying(o).number('memoriser', CLOSER), copying(o).number('memoriser', NEAREST)],
    (closer, distance) => closer === 100 && distance === 0,
  ),
  claim(
    'One pixel to the right, and every face is as far from the training faces as an unseen one',
    (o) => [
      copying(o).number('thief', NEAREST),
      copying(o).number('thief', NEAREST, 1),
      copying(o).number('thief', CLOSER),
    ],
    (thief, unseen, closer) => near(thief, unseen) && closer < 50,
  ),
  claim(
    'and it is caught in nine of ten pairs.',
    (o) => o.number('in features, the thief is closer to training than unseen faces in'),
    (share) => near(share, 90, 0.05),
  ),
  claim(
    'The blurrer has copied nothing, yet it seems closer to the training faces',
    (o) => [copying(o).number('blurrer', CLOSER), copying(o).number('unseen', CLOSER)],
    (blurrer, unseen) => blurrer > 60 && near(unseen, 50, 0.06),
  ),
  claim('And the blender paints held-out combinations in {8.6} % of its pictures', (o) =>
    copying(o).number('blender', NOVEL),
  ),
  claim('Among {1,000} pictures of the memoriser there are {55} pairs of equal ones', (o) => [
    o.dial('const N = budget('),
    variety(o).number('memoriser', 'repeated pairs'),
  ]),
  claim('so many repeats mean that it draws from some {9,100} pictures. It has {8,896}.', (o) => [
    variety(o).number('memoriser', 'distinct images'),
    o.number(/^(?=\d+ faces to learn from)/),
  ]),
  claim("The pony's {four} combinations speak for themselves.", (o) => variety(o).number('one-trick pony', SAMPLED)),
  claim(
    'Sharpness finds the blurrer (a ninth of the fast variation of real faces) and the salter (ten times their isolated pixels)',
    (o) => [
      variety(o).number('blurrer', 'fast variation', 1) / variety(o).number('blurrer', 'fast variation'),
      variety(o).number('salter', ISOLATED) / variety(o).number('salter', ISOLATED, 1),
    ],
    (blurrer, salter) => near(blurrer, 9) && near(salter, 10, 0.05),
  ),
  claim(
    "and it takes the blender's half-tones for a lack of both",
    (o) => [
      variety(o).number('blender', 'fast variation') / variety(o).number('blender', 'fast variation', 1),
      variety(o).number('blender', ISOLATED) / variety(o).number('blender', ISOLATED, 1),
    ],
    (fast, isolated) => fast < 0.8 && isolated < 0.3,
  ),
  claim('by the **birthday** argument ({23} people in a room, and two of them probably share a birthday)', () => {
    let [people, allDiffer] = [1, 1];
    while (allDiffer > 0.5) allDiffer *= 1 - people++ / 365;
    return people;
  }),
  claim(
    '| memoriser | likeness, sharpness | nearest training image, repeats |',
    (o) => [
      likeness(o).number('memoriser', 'recall'),
      sharpness(o, 'memoriser', 'fast variation'),
      copying(o).number('memoriser', NEAREST),
      variety(o).number('memoriser', 'repeated pairs'),
    ],
    (recall, sharp, nearest, repeats) => recall >= 0.99 && near(sharp, 1, 0.05) && nearest === 0 && repeats > 0,
  ),
  claim(
    '| thief | likeness, sharpness, distance in pixels | distance in features, repeats |',
    (o) => [
      likeness(o).number('thief', 'recall'),
      sharpness(o, 'thief', 'fast variation'),
      copying(o).number('thief', CLOSER),
      o.number('in features, the thief is closer to training than unseen faces in'),
      variety(o).number('thief', 'repeated pairs'),
    ],
    (recall, sharp, closer, inFeatures, repeats) =>
      recall >= 0.98 && near(sharp, 1, 0.05) && closer < 50 && inFeatures > 90 && repeats > 0,
  ),
  claim(
    '| one-trick pony | precision, isolated pixels nearly | recall, Fréchet distance, variety |',
    (o) => [
      likeness(o).number('one-trick pony', 'precision'),
      sharpness(o, 'one-trick pony', ISOLATED),
      likeness(o).number('one-trick pony', 'recall'),
      variety(o).number('one-trick pony', SAMPLED),
    ],
    (precision, isolated, recall, kinds) => precision >= 0.99 && near(isolated, 1, 0.12) && recall === 0 && kinds < 10,
  ),
  claim(
    '| blurrer | precision, recall, variety | fast variation; Fréchet distance by a little |',
    (o) => passing(o, 'blurrer', sharpness(o, 'blurrer', 'fast variation')),
    (precision, recall, kinds, times, fast) => Math.min(precision, recall, kinds) > 0.95 && times < 5 && fast < 0.2,
  ),
  claim(
    '| salter | precision, recall, variety | isolated pixels; Fréchet distance by a little |',
    (o) => passing(o, 'salter', sharpness(o, 'salter', ISOLATED)),
    (precision, recall, kinds, times, isolated) =>
      Math.min(precision, recall, kinds) > 0.95 && times < 5 && isolated > 5,
  ),
  claim(
    '| blender | precision, copying, repeats | Fréchet distance, undecided attributes, shares |',
    (o) => [
      ...passing(o, 'blender', copying(o).number('blender', CLOSER)),
      variety(o).number('blender', 'repeated pairs'),
      likeness(o).number('blender', 'least decided attribute'),
      variety(o).number('blender', 'largest imbalance'),
    ],
    (precision, _, __, times, closer, repeats, decided, imbalance) =>
      precision >= 0.95 && closer < 50 && repeats === 0 && times > 8 && decided < 90 && imbalance > 20,
  ),
  claim(
    'and the naive model, with one face each, are at the far end',
    (o) => {
      const far = ['cold-fade-to-black-faces', 'naive-faces'];
      const distance = (name: string) => ofModels(o, LIKENESS).number(name, DISTANCE);
      const faces = far.map((name) => ofModels(o, VARIETY).number(name, 'distinct images'));
      return [Math.min(...far.map(distance)), Math.max(...other(o, ...far).map(distance)), ...faces];
    },
    (far, others, ...faces) => far > others && faces.every((count) => count === 1),
  ),
  claim(
    'has high precision and low recall: what it paints is good, and it paints few kinds.',
    (o) => ['precision', 'recall'].map((column) => ofModels(o, LIKENESS).number('denoise-renoise-faces', column)),
    (precision, recall) => precision >= 0.95 && recall < 0.3,
  ),
  claim(
    'after {1.4} minutes of training with a small network, has an even smaller distance',
    (o) => [
      ofModels(o, BUDGET).number('cold-gaussian-faces', 'minutes'),
      ofModels(o, LIKENESS).number('cold-gaussian-faces', DISTANCE),
      ofModels(o, LIKENESS).number('denoise-renoise-faces', DISTANCE),
    ],
    (_, gaussian, renoise) => gaussian < renoise,
  ),
  claim(
    'Precision, density and the undecided attributes tell the two apart.',
    (o) =>
      ['precision', 'density', 'least decided attribute'].flatMap((column) =>
        ['cold-gaussian-faces', 'denoise-renoise-faces'].map((name) => ofModels(o, LIKENESS).number(name, column)),
      ),
    (precision1, precision2, density1, density2, decided1, decided2) =>
      precision1 < precision2 && density1 < density2 && decided1 < decided2,
  ),
  claim(
    'is in another league: nine times the floor, with recall {0.95}',
    (o) => [
      ofModels(o, LIKENESS).number('palette-faces', 'recall'),
      ofModels(o, LIKENESS).number('palette-faces', DISTANCE) / ofModels(o, LIKENESS).number('palette-faces', 'floor'),
    ],
    (_, times) => near(times, 9, 0.05),
  ),
  claim(
    'The models that seem closer to the training faces than unseen faces are, cold blur, the two fades and *consistent-wide-faces*, are smooth ones',
    (o) => {
      const smooth = ['cold-blur-faces', 'cold-fade-to-black-faces', 'cold-fade-to-colours-faces', 'consistent-wide-faces'];
      return [
        Math.min(...smooth.map((name) => ofModels(o, COPYING).number(name, CLOSER))),
        Math.max(...other(o, ...smooth).map((name) => ofModels(o, COPYING).number(name, CLOSER))),
      ];
    },
    (smooth, others) => smooth > 55 && others < 52,
  ),
  claim(
    '*Palette* is exactly as far as unseen faces are.',
    (o) => [0, 1].map((index) => ofModels(o, COPYING).number('palette-faces', NEAREST, index)),
    (palette, unseen) => palette === unseen,
  ),
  claim(
    'Held-out pairs are rarer than independent attributes would make them, in every model but *consistent-faces*, a student of a later chapter',
    (o) => other(o, STUDENT).map((name) => ofModels(o, COPYING).number(name, NOVEL)),
    (...shares) => shares.length > 5 && shares.every((share) => share < 10),
  ),
  claim('How much to believe of {4.6} % and {6.4} % says the column on decided attributes above', (o) =>
    ['cold-animorphosis-faces', 'cold-gaussian-faces'].map((name) => ofModels(o, COPYING).number(name, NOVEL)),
  ),
  claim(
    "the judge of those two models' faces is often in doubt",
    (o) =>
      ['cold-animorphosis-faces', 'cold-gaussian-faces'].map((name) =>
        ofModels(o, LIKENESS).number(name, 'least decided attribute'),
      ),
    (...decided) => decided.every((share) => share < 90),
  ),
  claim(
    'repeats itself 10,000 times in {2,500} samples: by the birthday estimate it has about {310} faces.',
    (o) => [
      Json.read('data/results/denoise-renoise-faces.json').number('evaluation.samples'),
      ofModels(o, VARIETY).number('denoise-renoise-faces', 'distinct images'),
      ofModels(o, VARIETY).number('denoise-renoise-faces', 'repeated pairs'),
    ],
    (_, __, pairs) => near(pairs, 10_000, 0.02),
  ),
  claim('*Cold blur* has {63}, and *fade to colours* exactly its {twelve}.', (o) => [
    ofModels(o, VARIETY).number('cold-blur-faces', 'distinct images'),
    ofModels(o, VARIETY).number('cold-fade-to-colours-faces', 'distinct images'),
  ]),
  claim(
    'has no repeats, three quarters of the combinations that so many real faces have, and shares that would be right if one face in seven changed its hair',
    (o) => [
      ofModels(o, VARIETY).number('palette-faces', 'repeated pairs'),
      ofModels(o, VARIETY).number('palette-faces', SAMPLED) / ofModels(o, VARIETY).number('palette-faces', SAMPLED, 1),
      ofModels(o, VARIETY).number('palette-faces', 'largest imbalance'),
    ],
    (repeats, share, imbalance) => repeats === 0 && near(share, 0.75, 0.05) && near(imbalance, 100 / 7, 0.05),
  ),
  claim(
    'Its faces are a little more speckled than real ones, and those of *consistent-faces* are full of grain; all others are smoother',
    (o) => [
      ofModels(o, VARIETY).number('palette-faces', ISOLATED),
      ofModels(o, VARIETY).number('palette-faces', ISOLATED, 1),
      ofModels(o, VARIETY).number(STUDENT, ISOLATED),
      ...other(o, 'palette-faces', STUDENT).map((name) => ofModels(o, VARIETY).number(name, ISOLATED)),
    ],
    (palette, real, student, ...others) =>
      palette > real && palette < 1.2 * real && student > 20 * real && others.every((pixels) => pixels < real),
  ),
  claim(
    'for {1,800} steps of 32 images',
    (o) => [equal(o).column('steps')[0], ...equal(o).column('steps')],
    (...steps) => steps.length === 12 && steps.every((count) => count === 1800),
  ),
  claim(
    'takes three to five times as long as one of the small UNets',
    (o) =>
      ['denoise-renoise-faces', 'palette-faces'].flatMap((large) =>
        ['cold-blur-faces', 'cold-gaussian-faces', 'naive-faces'].flatMap((small) =>
          ['minutes', 'processor minutes'].map(
            (column) => equal(o).number(large, column) / equal(o).number(small, column),
          ),
        ),
      ),
    (...times) => times.every((ratio) => ratio > 2.9 && ratio < 5.1),
  ),
  claim(
    'After the same 1,800 steps the palette model is at {7.7}, with recall {0.83}, where the next of chapters 4 to 6, cold Gaussian noise, is at {27}, and no other recall of theirs is above {0.13}.',
    (o) => {
      const others = equal(o).names.filter((name) => name !== 'palette-faces' && !isLater(name));
      return [
        equal(o).number('palette-faces', DISTANCE),
        equal(o).number('palette-faces', 'recall'),
        equal(o).number('cold-gaussian-faces', DISTANCE),
        Math.max(...others.map((name) => equal(o).number(name, 'recall'))),
        Math.min(...others.map((name) => equal(o).number(name, DISTANCE))),
      ];
    },
    (_, __, gaussian, ___, next) => gaussian === next,
  ),
  claim('which the tables hold as well: one of them is at {3.6}.', (o) =>
    equal(o).number('gaussian-velocity-faces', DISTANCE),
  ),
  claim(
    '*gaussian-velocity-faces*, with {3.6} against {7.7} after 1,800 steps',
    (o) => ['gaussian-velocity-faces', 'palette-faces'].map((name) => equal(o).number(name, DISTANCE)),
  ),
  claim(
    'It needs more time for them, {3.7} minutes by the clock where the small networks take one',
    (o) => [
      equal(o).number('palette-faces', 'minutes'),
      ...equal(o)
        .names.filter((name) => /cold|naive/.test(name))
        .map((name) => equal(o).number(name, 'minutes')),
    ],
    (_, ...small) => small.length === 6 && small.every((minutes) => near(minutes, 1, 0.2)),
  ),
  claim(
    'with {44} instead of {32}, falls behind the small network that undoes Gaussian noise, by the distance and by variety',
    (o) => [
      equal(o).number('denoise-renoise-faces', DISTANCE),
      ofModels(o, LIKENESS).number('denoise-renoise-faces', DISTANCE),
      equal(o).number('cold-gaussian-faces', DISTANCE),
      equal(o).number('denoise-renoise-faces', SAMPLED),
      equal(o).number('cold-gaussian-faces', SAMPLED),
    ],
    (renoise, _, gaussian, renoiseKinds, gaussianKinds) => renoise > gaussian && renoiseKinds < gaussianKinds,
  ),
  claim(
    'By precision it is still ahead',
    (o) => ['denoise-renoise-faces', 'cold-gaussian-faces'].map((name) => equal(o).number(name, 'precision')),
    (renoise, gaussian) => renoise > gaussian,
  ),
  claim(
    'stand about where they stood by distance, recall and variety',
    (o) =>
      ['cold-fade-to-black-faces', 'cold-fade-to-colours-faces', 'naive-faces'].flatMap((name) => [
        equal(o).number(name, DISTANCE) / ofModels(o, LIKENESS).number(name, DISTANCE),
        equal(o).number(name, 'recall') + ofModels(o, LIKENESS).number(name, 'recall') + 1,
        equal(o).number(name, 'distinct images') / ofModels(o, VARIETY).number(name, 'distinct images'),
      ]),
    (...ratios) => ratios.every((ratio) => near(ratio, 1, 0.2)),
  ),
  claim('has {1.00} where it had {0.00}, and the naive model {0.97} where it had {0.25}', (o) =>
    ['cold-fade-to-black-faces', 'naive-faces'].flatMap((name) => [
      equal(o).number(name, 'precision'),
      ofModels(o, LIKENESS).number(name, 'precision'),
    ]),
  ),
  claim(
    'with one kind of face, or two, as before',
    (o) =>
      ['cold-fade-to-black-faces', 'naive-faces'].flatMap((name) => [
        equal(o).number(name, SAMPLED),
        ofModels(o, VARIETY).number(name, SAMPLED),
      ]),
    (...kinds) => kinds.every((count) => count === 1 || count === 2),
  ),
  claim(
    'paints held-out combinations in {16} % of its samples here, more often than chance would. Fewer of its faces are decided ({87} % by the facial hair; in the table above the least is {91} %)',
    (o) => [
      equal(o).number('denoise-renoise-faces', NOVEL),
      equal(o).number('denoise-renoise-faces', 'least decided attribute'),
      ofModels(o, LIKENESS).number('denoise-renoise-faces', 'least decided attribute'),
      o.figure('Figure 7.6').number('Independent attributes would give'),
    ],
    (share, _, __, chance) => share > chance,
  ),
  claim(
    'and only every third is a digit beyond doubt. Their shares are not fair either: {21} % of the samples would have to be other digits (of real ones, {2.2} %), and ones have {0.28} of their share.',
    (o) => [
      ofDigits(o).number('naive-digits', 'largest imbalance'),
      ofDigits(o).number('real-digits', 'largest imbalance'),
      digits().at('variety.attributes.digit').one({ value: '1' }).number('factor'),
      digits().number('likeness.decided.digit.samples'),
    ],
    (_, __, ___, decided) => near(decided, 1 / 3),
  ),
  claim(
    'all ten digits come, none repeats, none is a copy',
    (o) => {
      const table = ofDigits(o);
      return [
        table.number('naive-digits', SAMPLED),
        digits().number('variety.repeats.pairs'),
        table.number('naive-digits', CLOSER),
      ];
    },
    (kinds, repeats, closer) => kinds === 10 && repeats === 0 && closer < 50,
  ),
  claim(
    'They are unlike the training digits and unlike each other',
    (o) => {
      const table = ofDigits(o);
      return [table.number('naive-digits', NEAREST), table.number('naive-digits', NEAREST, 1)];
    },
    (naive, unseen) => naive > 1.3 * unseen,
  ),
  claim(
    'Up to 32 steps, each doubling is worth its price; after that, nothing more is gained',
    (o) => [...[1, 2, 4, 8, 16, 32, 64].map((S) => o.figure('Figure 7.4').at(S, 'denoise-renoise-faces'))],
    (...distances) => falling(...distances.slice(0, 6)) && distances[6] >= distances[5],
  ),
  claim(
    'After 750 steps and three minutes, the palette model is closer to real faces than denoise/renoise is after 3,000 steps and ten minutes',
    (o) => {
      const palette = o.numbers('palette-faces: 750 steps,');
      const renoise = o.numbers('denoise-renoise-faces: 3000 steps,');
      return [...palette, ...renoise];
    },
    (minutes1, palette, minutes2, renoise) => palette < renoise && near(minutes1, 3) && near(minutes2, 10),
  ),
  claim('and it goes on: {22}, {15}, and {10} after {7,000} steps.', (o) => [
    ...o.every(/^palette-faces: \d+ steps, [\d.]+ minutes:/).map(([distance]) => distance),
    o.every('palette-faces:').at(-1)![0],
  ]),
  claim(
    '(Both take {16} steps here',
    () =>
      ['denoise-renoise-faces-3000', 'palette-faces-7000'].map((name) =>
        Json.read('data/results/sweeps/training.json').at('rows').one({ name }).number('sampling.sampler.steps'),
      ),
    (...steps) => steps.every((count) => count === 16),
  ),
  claim('with 64 the palette model reaches the {3.9} of the table above', (o) =>
    ofModels(o, LIKENESS).number('palette-faces', DISTANCE),
  ),
  claim(
    'All models that paint more than a dozen faces produce held-out pairs, far more often than a memoriser could fake.',
    (o) => {
      const many = other(o).filter((name) => ofModels(o, VARIETY).number(name, 'distinct images') > 12);
      return [
        o.figure('Figure 7.6').number('a memoriser seems to reach'),
        ...many.map((name) => o.figure('Figure 7.6').at(name)),
      ];
    },
    (fake, ...shares) => shares.length >= 4 && shares.every((share) => share > 20 * fake),
  ),
  claim(
    'And all but the grainy *consistent-faces* paint them less often than chance would.',
    (o) => [
      o.figure('Figure 7.6').number('Independent attributes would give'),
      ...other(o, STUDENT).map((name) => o.figure('Figure 7.6').at(name)),
    ],
    (chance, ...shares) => shares.length > 5 && shares.every((share) => share < chance),
  ),
  claim('paints them in {1.8} % of its samples where {10} % would be fair', (o) => [
    o.figure('Figure 7.6').at('palette-faces'),
    o.figure('Figure 7.6').number('Independent attributes would give'),
  ]),
  claim(
    'One fixed draw in place of fresh ones, and half the steps',
    (o) => [
      o.dial('const OWN_STEPS = budget('),
      Json.read('data/results/denoise-renoise-faces.json').number('sampling.sampler.steps'),
    ],
    (mine, usual) => mine === usual / 2,
  ),
  claim(
    'the distance falls from {32} to about {23} (its floor is higher, with fewer samples',
    (o) => [
      ownRow(o).number('denoise-renoise-faces', DISTANCE),
      ownRow(o).number('mine (500 samples)', DISTANCE),
      ownRow(o).number('denoise-renoise-faces', 'floor'),
      ownRow(o).number('mine (500 samples)', 'floor'),
    ],
    (_, __, floor, higher) => higher > floor,
  ),
  claim(
    'no face repeats, and yet the shares of the backgrounds are as wrong as before',
    (o) => [
      ownRow(o).number('mine (500 samples)', 'repeated pairs'),
      ownRow(o).number('mine (500 samples)', 'largest imbalance'),
      ownRow(o).number('denoise-renoise-faces', 'largest imbalance'),
    ],
    (repeats, mine, before) => repeats === 0 && near(mine, before),
  ),
  claim(
    'those that reveal averages paint few kinds of faces, and the one that reveals draws paints nearly all of them',
    (o) => {
      const kinds = (name: string) => ofModels(o, VARIETY).number(name, SAMPLED);
      const others = other(o, 'palette-faces').filter((name) => !isLater(name));
      return [kinds('palette-faces'), kinds('real-faces'), ...others.map(kinds)];
    },
    (draws, real, ...averages) => draws > 0.75 * real && averages.every((count) => count < 0.5 * real),
  ),
  claim(
    'It needs the most training of them and the most time for a sample',
    (o) => {
      const others = other(o, 'palette-faces').filter((name) => !isLater(name));
      return ['steps', 'minutes', 'ms per sample'].map(
        (column) =>
          ofModels(o, BUDGET).number('palette-faces', column) /
          Math.max(...others.map((name) => ofModels(o, BUDGET).number(name, column))),
      );
    },
    (...times) => times.every((ratio) => ratio > 1),
  ),
  claim(
    'By its last layer alone, blur seems half as bad, and salt a third',
    (o) =>
      ['blurrer', 'salter']
        .map((name) => o.numbers(new RegExp(`^${name} +all 96 features`)))
        .map(([all, , last]) => last / all),
    (blur, salt) => near(blur, 1 / 2, 0.1) && near(salt, 1 / 3, 0.1),
  ),
  claim(
    'Sixteen faces have a coverage of {0.08}, and 500 of 1,000 would pass for real by recall.',
    (o) => [o.number(/^ *16 faces:/, 1), o.number(/^ *500 faces:/)],
    (_, recall) => recall > 0.9,
  ),
  claim(
    'The birthday estimate counts 4, 16 and 64 well. For 500 it says {999}',
    (o) => [500, 4, 16, 64].map((kinds) => o.number(new RegExp(`^ *${kinds} faces: .*distinct images`))),
    (_, ...counts) => [4, 16, 64].every((kinds, i) => near(counts[i], kinds)),
  ),
  claim(
    "which is nearer to the faces than the naive model's one blurred head: {162} beside {178}. *Fade to black*, with {158} in the table of likeness, is hardly nearer. The judge even sees {83} combinations",
    (o) => {
      const noise = strange(o);
      return [
        noise.number('coin flips', DISTANCE),
        noise.number('naive-faces', DISTANCE),
        ofModels(o, LIKENESS).number('cold-fade-to-black-faces', DISTANCE),
        noise.number('coin flips', SAMPLED),
      ];
    },
  ),
  claim(
    'no coin flips lie among real faces, they are four times as far from the nearest one, and seven times as restless.',
    (o) => {
      const noise = strange(o);
      return [
        noise.number('coin flips', 'precision'),
        noise.number('coin flips', NEAREST) / noise.number('coin flips', NEAREST, 1),
        noise.number('coin flips', 'fast variation') / noise.number('coin flips', 'fast variation', 1),
      ];
    },
    (precision, far, restless) => precision === 0 && near(far, 4) && near(restless, 7),
  ),
  claim(
    'A memoriser seems to have {0.0} %, by errors of the judge, and faces in which nothing was held out would have {10} %',
    () => {
      const novel = Json.read('data/results/palette-faces.json').at('evaluation.generalisation.novel');
      return [100 * novel.number('floor'), 100 * novel.number('expected')];
    },
  ),
  claim(
    'Where nothing is drawn on the way, the start decides everything, and explains 100 %',
    (o) =>
      chance(o)
        .names.filter((name) => /cold|naive|gaussian/.test(name) && name !== 'cold-fade-to-black-faces')
        .map((name) => chance(o).number(name, EXPLAINED)),
    (...shares) => shares.length >= 8 && shares.every((share) => share === 100),
  ),
  claim(
    '*Fade to black* has no chance at all, and so no variance to explain.',
    (o) => chance(o).number('cold-fade-to-black-faces', EXPLAINED),
    (share) => share === 0,
  ),
  claim(
    'has {1,024} bits in its start, a coin for each pixel, and they explain {9.4} % of what comes out, with a standard error of {4.4}. *Palette* starts from nothing, {0} bits; its {4.7} % are what so few starts show by chance, within two standard errors of nothing.',
    (o) => [
      chance(o).number('denoise-renoise-faces', 'bits in z_T'),
      chance(o).number('denoise-renoise-faces', EXPLAINED),
      chance(o).number('denoise-renoise-faces', EXPLAINED, 1),
      chance(o).number('palette-faces', 'bits in z_T'),
      chance(o).number('palette-faces', EXPLAINED),
      chance(o).number('palette-faces', EXPLAINED, 1),
    ],
    (_, __, ___, ____, palette, error) => palette < 2 * error,
  ),
  claim(
    "The naive model's {1,024} bits end in {one} face. The start of *cold blur* decides everything, and there are {63} faces.",
    (o) => [
      chance(o).number('naive-faces', 'bits in z_T'),
      chance(o).number('naive-faces', 'distinct images'),
      chance(o).number('cold-blur-faces', 'distinct images'),
    ],
  ),
  claim(
    'they say that it has about as many pictures as there are unseen faces.',
    (o) => {
      const secret = together(o, 'table(perfect,', 2);
      return [secret.number('secret memoriser', 'distinct images'), secret.number('secret memoriser', DISTANCE)];
    },
    (pictures, distance) => near(pictures, 2500, 0.25) && distance < 3,
  ),
];
