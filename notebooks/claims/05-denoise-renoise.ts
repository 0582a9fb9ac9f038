// What chapter 5 claims of its outputs, and of the files that it reads.
import { claim, falling, near, rising } from '../../scripts/claims/claim.js';
import { Json, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const fresh = (o: Outputs) => o.table("draws.filter((row) => row.draws === 'fresh')");
const drawn = (o: Outputs) => o.table("asTable('draws and steps'");
const kept = (o: Outputs) => o.table("asTable('way', kept");
const models = (o: Outputs) => o.table('resultColumns.likeness.slice(0, 4)');
const STEPS = [1, 4, 16, 64, 256, 1024];
const bySteps = (o: Outputs, column: string, steps = STEPS) => steps.map((S) => fresh(o).number(`S = ${S}`, column));
const byDraws = (o: Outputs, draws: string, column: string) =>
  [16, 64, 256].map((S) => drawn(o).number(`${draws}, S = ${S}`, column));
const FEW = 'S = 64, few pixels first';
const share = (o: Outputs, model: string, value: string) => o.figure('Figure 5.17').at(value, model);
/** The shares of the two most frequent of all values together. */
const twoMost = (shares: number[]) => {
  const [first, second] = [...shares].sort((a, b) => b - a);
  return first + second;
};
const decided = (model: string) => Json.read(`data/results/${model}.json`);

export default [
  claim(
    'about fifteen minutes on two processor cores that have other work',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '5'),
    (seconds) => near(seconds, 900),
  ),
  claim(
    'About one digit in three could be read; the faces were one face.',
    () => [
      decided('naive-digits').number('evaluation.likeness.decided.digit.samples'),
      decided('naive-faces').number('evaluation.variety.repeats.distinct'),
    ],
    (digits, faces) => near(digits, 1 / 3) && faces === 1,
  ),
  claim(
    'faces that are nearly as varied as real ones',
    (o) => kept(o).number('S = 1024', 'combinations') / kept(o).number('S = 1024', 'combinations', 1),
    (part) => part > 0.9 && part < 1,
  ),
  claim(
    'the shipped one, trained as in chapter 4 for {3,000} steps',
    (o) => [decided('naive-faces').number('training.steps'), o.dial('const STEPS = budget(')],
    (network, here) => network === here,
  ),
  claim(
    "Chapter 4's network for digits is shipped as `naive-digits`: {3,000} training steps",
    (o) => [decided('naive-digits').number('training.steps'), o.dial('const DIGIT_STEPS = budget(')],
    (network, here) => network === here,
  ),
  claim(
    "Of chapter 4's samples the judge calls about one in three decided; of these, four in five.",
    (o) => [o.number('decided: naive'), o.number(/^decided: naive .* denoise\/renoise/)],
    (naive, ours) => near(naive, 33, 0.2) && near(ours, 80, 0.1),
  ),
  claim(
    'At every moment of the walk, the newest pixels and the older noise are treated alike, to the per cent',
    (o) => o.every('newest pixels need, they get').map(([newest, older]) => newest - older),
    (...apart) => apart.length === 5 && apart.every((difference) => difference === 0),
  ),
  claim(
    'And the later in the walk, the more old noise there is to confuse the new with, and the smaller that little: from nearly half of the change that is needed down to a tenth.',
    (o) => o.every('newest pixels need, they get').map(([newest]) => newest),
    (...shares) => falling(...shares) && near(shares[0], 48) && near(shares.at(-1)!, 10),
  ),
  claim(
    'Independent gradients have nothing to do with each other',
    (o) => [o.number('drawn independently'), o.number('neighbours in a walk')],
    (apart, neighbours) => Math.abs(apart) < 0.05 && neighbours > 0.2,
  ),
  claim(
    'Just under half of all pixels have changed visibly at $t = 0.5$: {512} are noise',
    (o) => [
      Math.max(...o.numbers('pixels changed at t = 0.5:').slice(0, 3)),
      ...o.numbers('pixels changed at t = 0.5:'),
    ],
    (_, ...changed) => changed.slice(0, 3).every((count) => count > 500 && count <= 512),
  ),
  claim(
    'One draw at two levels gives the same noise, and more of it.',
    (o) => o.number('of those, changed back at t = 0.75:'),
    (back) => back === 0,
  ),
  claim(
    'With little noise the prediction is sharp. With more, what cannot be known is averaged',
    (o) => o.figure('Figure 5.4').y('our network'),
    (...errors) => rising(...errors),
  ),
  claim(
    'Ours does slightly worse there, since it still reads a little into the noise.',
    (o) => [o.figure('Figure 5.4').at(1, 'our network'), o.figure('Figure 5.4').at(1, 'the mean face')],
    (ours, mean) => ours > mean && ours < 1.2 * mean,
  ),
  claim(
    'The naive walk ends in one grey face, on which nothing is isolated because nothing is sharp.',
    (o) => o.numbers('isolated pixels per face:'),
    (naive, ours, real) => naive === 0 && near(ours, real, 0.2),
  ),
  claim(
    'The same network, the same number of images seen, the same number of predictions',
    (o) => [o.dial('const STEPS = budget('), decided('naive-faces').number('training.steps')],
    (ours, naive) => ours === naive,
  ),
  claim(
    'would take an hour or so',
    (o) => [
      (2000 * o.number('S = 1024:')) / 60,
      (2000 * fresh(o).number('S = 1024', 'processor seconds a face')) / 120,
    ],
    (...minutes) => minutes.every((each) => each > 40 && each < 90),
  ),
  claim(
    '256 faces for each row',
    () => {
      const rows = Json.read('data/results/steps-and-draws.json').at('rows').all({});
      return rows.map((row) => row.number('evaluation.samples'));
    },
    (...samples) => samples.every((count) => count === 256),
  ),
  claim('real faces themselves are about {4.5} away', (o) => o.number('distance of real faces from real faces:')),
  claim(
    'Time grows with the number of steps; the distance falls up to about 64, and not beyond.',
    (o) => [...bySteps(o, 'processor seconds a face'), ...bySteps(o, 'Fréchet distance')],
    (...both) =>
      rising(...both.slice(0, 6)) && falling(...both.slice(6, 10)) && both[9] <= both[10] && both[10] <= both[11],
  ),
  claim(
    'With four steps, a quarter of the faces are nearly a copy of another one',
    (o) => fresh(o).number('S = 4', 'repeats') / 256,
    (part) => near(part, 1 / 4),
  ),
  claim(
    'With sixteen there are few. With 64, which we take from here on, it is a quarter again, and with 256 steps, *half* of all faces are repeats',
    (o) => [16, 64, 256].map((S) => fresh(o).number(`S = ${S}`, 'repeats') / 256),
    (few, quarter, half) => few < 0.1 && near(quarter, 1 / 4) && near(half, 1 / 2),
  ),
  claim(
    'From 16 to 256 they make it worse, and with 1,024 it is hardly better.',
    (o) => bySteps(o, 'repeats', [16, 64, 256, 1024]),
    (...repeats) => rising(...repeats.slice(0, 3)) && repeats[3] > 0.8 * repeats[2],
  ),
  claim(
    'It matters most at the start, where all is still to come, and even there the results differ by little more than a hundredth of what separates two faces.',
    (o) => o.every('the result differs by').map(([flip, faces]) => flip / faces),
    (...shares) => shares.length === 5 && Math.max(...shares) === shares[0] && shares[0] > 0.01 && shares[0] < 0.015,
  ),
  claim(
    'half-way, half of all pixels are still to change.',
    (o) => o.number('at t = 0.5,'),
    (open) => near(open, 50),
  ),
  claim(
    'Nothing is ever locked by force',
    (o) => o.figure('Figure 5.10').at(0.0625, 'all pixels'),
    (open) => open > 0.01,
  ),
  claim(
    'they are equally likely, apart from a handful of faces that were held out',
    (o) => o.figure('Figure 5.11').y('real faces'),
    (...shares) => shares.every((each) => near(each, 12.5, 0.06)),
  ),
  claim('Here are shares of attributes in {2,500} samples', (o) => o.figure('Figure 5.11').number('Backgrounds')),
  claim(
    'Two backgrounds of eight make up more than half of all samples, and slate is nearly extinct.',
    (o) => {
      const shares = o
        .figure('Figure 5.11')
        .y('denoise/renoise')
        .sort((a, b) => b - a);
      return [shares[0] + shares[1], o.figure('Figure 5.11').at('slate', 'denoise/renoise'), shares.length];
    },
    (two, slate, colours) => two > 50 && slate < 2 && colours === 8,
  ),
  claim(
    'With one *fixed* draw for all renoisings, hardly a face is repeated, and there are half again as many combinations as with fresh draws.',
    (o) => {
      const before = byDraws(o, 'fresh', 'combinations');
      const more = byDraws(o, 'fixed', 'combinations').map((count, i) => count / before[i]);
      return [Math.max(...byDraws(o, 'fixed', 'repeats')), ...more];
    },
    (repeats, ...more) => repeats <= 3 && more.every((times) => times > 1.4 && times < 1.8),
  ),
  claim(
    'no face is repeated either, and all are smoother',
    (o) => [
      ...byDraws(o, 'algorithm 2', 'repeats'),
      ...byDraws(o, 'algorithm 2', 'isolated pixels'),
      ...byDraws(o, 'fresh', 'isolated pixels'),
    ],
    (...v) => v.slice(0, 3).every((n) => n === 0) && v.slice(3, 6).every((pixels, i) => pixels < v[6 + i]),
  ),
  claim(
    'But neither comes near the {204} combinations that real faces have.',
    (o) => [
      drawn(o).number('fixed, S = 16', 'combinations', 1),
      ...byDraws(o, 'fixed', 'combinations'),
      ...byDraws(o, 'algorithm 2', 'combinations'),
    ],
    (real, ...counts) => counts.every((count) => count < 0.8 * real),
  ),
  claim(
    'Means paint one picture, again and again, and it is *grey*',
    (o) => [o.number('pictures that this world has: by means'), o.number(/^pictures that this world has: .* by draws/)],
    (means, draws) => means === 0 && draws === 12,
  ),
  claim(
    'What the palette loses is hardly visible.',
    (o) => o.number('root mean squared error of the palette:'),
    (lost) => lost < 0.02,
  ),
  claim(
    '{196} of {204} combinations, and a distance of less than twice that of real faces.',
    (o) => [
      kept(o).number('S = 1024', 'combinations'),
      kept(o).number('S = 1024', 'combinations', 1),
      kept(o).number('S = 1024', 'Fréchet distance'),
      o.number('distance of real faces from real faces:'),
    ],
    (_, __, distance, floor) => distance < 2 * floor,
  ),
  claim(
    '*Few pixels first* comes close with 64',
    (o) => [
      kept(o).number(FEW, 'Fréchet distance'),
      kept(o).number('S = 1024', 'Fréchet distance'),
      kept(o).number('S = 64', 'Fréchet distance'),
    ],
    (few, exact, even) => few < 1.25 * exact && few < 0.6 * even,
  ),
  claim(
    'The corrector removes the speckle, down to what real faces have.',
    (o) => [kept(o).number(`${FEW}, corrector`, 'isolated pixels'), o.number('isolated pixels of real faces:')],
    (corrected, real) => near(corrected, real),
  ),
  claim(
    'Note that the exact walk has some as well',
    (o) => [kept(o).number('S = 1024', 'isolated pixels'), o.number('isolated pixels of real faces:')],
    (exact, real) => exact > 1.5 * real,
  ),
  claim(
    'No row has a single repeat.',
    (o) => kept(o).column('repeats'),
    (...repeats) => repeats.length === 7 && repeats.every((count) => count === 0),
  ),
  claim(
    'each within a factor of two of its true share: beards are the rarest compared with real faces, and long hair gives way to short.',
    (o) => [
      o.number('facialHair beard:'),
      o.number('hair long:'),
      share(o, 'drawn and kept', 'hair: short') / share(o, 'real faces', 'hair: short'),
      ...o.every(/^\w+ \w+: (?=[\d.]+ times its true share)/).flat(),
    ],
    (beard, long, short, ...worst) =>
      beard === Math.min(...worst) && worst.every((factor) => factor > 0.5 && factor < 2) && long < 1 && short > 1,
  ),
  claim(
    'Glasses are either there or not.',
    (o) => o.number('glasses are there or not, beyond doubt, in'),
    (decidedShare) => decidedShare > 99,
  ),
  claim(
    'since a distance of {3.9} is well above the floor of {0.45}; training has taken {27} minutes',
    (o) => [
      models(o).number('palette-faces', 'Fréchet distance'),
      models(o).number('palette-faces', 'floor'),
      decided('palette-faces').number('training.minutes'),
    ],
    (distance, floor) => distance > 5 * floor,
  ),
  claim(
    'But the step from {310} faces to a crowd in which no two are alike',
    (o) => [
      models(o).number('denoise-renoise-faces', 'distinct images'),
      models(o).number('palette-faces', 'repeated pairs'),
    ],
    (_, repeated) => repeated === 0,
  ),
  claim(
    'More steps sharpen it, up to a point, and do not bring back the variety',
    (o) => [...bySteps(o, 'isolated pixels', [1, 4, 16, 64, 256]), ...bySteps(o, 'combinations', [64, 256, 1024])],
    (...v) => rising(...v.slice(0, 5)) && v.slice(5).every((combinations) => combinations < 204 / 1.8),
  ),
  claim(
    'Of the {887} combinations that as many real faces should have it paints {683}.',
    () => {
      const combinations = decided('palette-faces').at('evaluation.variety.combinations');
      return [combinations.number('expected'), combinations.number('distinct')];
    },
  ),
  claim(
    'with one draw too, two backgrounds make up more than half of all samples.',
    (o) => ['fresh draws', 'one draw'].flatMap((way) => [twoMost(o.figure('Figure 5.20').y(way))]),
    (fresh, one) => fresh > 50 && one > 50,
  ),
  claim(
    'where the eyes are they are equally dark, {0.46} and {0.46}. With dark glasses behind the noise of $t = 0.8$, the means have {0.41} there and the medians {0.40}, where the faces have {0.15}',
    (o) => {
      const eyes = (words: RegExp) => o.number(words);
      return [
        eyes(/in noise by means/),
        eyes(/in noise by means .* by medians/),
        eyes(/at t = 0\.8 by means/),
        eyes(/at t = 0\.8 by means [\d.]+, by medians/),
        eyes(/brightness over the eyes: faces/),
      ];
    },
    (means, medians, ofMean, ofMedian, faces) => near(medians, means, 0.05) && faces < ofMedian && ofMean < means,
  ),
  claim(
    'Among {96} faces there are {82} combinations, where temperature 1 has {91}. Dark glasses have not become rarer, {12} against {9}',
    (o) => [
      o.number('temperature 0.5:', 2),
      o.number('temperature 0.5:'),
      o.number('temperature 1:'),
      o.number('temperature 0.5:', 1),
      o.number('temperature 1:', 1),
    ],
  ),
  claim(
    'The lower halves are drawn eight pixels at a time',
    (o) => 512 / o.dial('const S = budget('),
    (pixels) => pixels === 8,
  ),
  claim(
    'Repeats and shares are two different questions.',
    (o) => [drawn(o).number('fixed, S = 64', 'repeats'), drawn(o).number('fixed, S = 64', 'combinations')],
    (repeats, combinations) => repeats === 0 && combinations < 0.8 * 204,
  ),
  claim(
    'the {16} pixels of one step are still drawn without knowing of each other',
    (o) => 1024 / o.dial('const S = budget('),
  ),
];
