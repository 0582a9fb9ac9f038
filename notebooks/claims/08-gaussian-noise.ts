// What chapter 8 claims of its outputs, and of the files that it reads.
import { claim, falling, near, rising } from '../../scripts/claims/claim.js';
import { Json, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const trained = (choice: string, share: number, what = 'distance') =>
  Json.read('data/results/noise-choices.json')
    .at('rows')
    .one({ choice })
    .at('samples')
    .one({ share })
    .number(what);
const TOLD = ['the text', 'σ log-normal', 'σ uniform', 'not standardised'];
/** The final deviation of normal numbers under the exact denoiser. */
const exact = (o: Outputs, dials: string) => o.number(`exact, ${dials}:`, 1);
const exactSteps = (o: Outputs, dials: string) => o.number(`exact, ${dials}:`);
/** Of the loop's dials, α = 0.1 and β = 0.4. */
const r2 = 0.9 ** 2 + 0.4 ** 2;
/** Right answers of the classifier, for background, skin, hair and glasses. */
const kept = (o: Outputs, kind: string, t: number) => o.numbers(`${kind}, t = ${t}:`);
/** What the meter found at the end of the good model's walk. */
const atEnd = (o: Outputs, share: number) => o.number(`good, share ${share}: noise found over noise claimed:`, 1);
/** The same for the poor model. */
const poorEnd = (o: Outputs, share: number) => o.number(`poor, share ${share}: noise found over noise claimed:`, 1);
/** The poor model's error from 0.2 to 2: on its walk, and on honest noise. */
const onWalk = (o: Outputs, share: number) => o.numbers(`share ${share}, σ/α from 0.2 to 2: error on`);
/** A row of the map, by the number of evaluations. */
const mapRow = (share: number, what = 'frechet.distance') =>
  [12, 24, 48, 96].map((evaluations) =>
    Json.read('data/results/noise-map.json').at('rows').one({ evaluations, share }).number(what),
  );
const SHARES = [0, 0.4, 0.7, 0.9, 1];

/** The distance of the digits by the share of new noise, in 24 evaluations. */
const digits = (o: Outputs, share: number) => o.number(`share ${share} of new noise, 24 evaluations: decided`, 1);

export default [
  claim(
    'about eight minutes on two processor cores that have other work',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '8'),
    (seconds) => near(seconds, 480),
  ),
  claim(
    'half of its digits are decided with new noise, {35} % without it, and the {451} evaluations have brought nothing that {66} had not.',
    (o) => [
      o.number('α = 0.0152, β = 0, 451 evaluations: decided'),
      451,
      66,
      o.number('α = 0.1, β = 0.4, 454 evaluations: decided'),
      o.number('α = 0.1, β = 0, 66 evaluations: decided'),
    ],
    (small, _, __, withNew, large) => near(withNew, 50, 0.1) && Math.abs(small - large) < 3,
  ),
  claim(
    'the distance falls from row to row, from {60} without new noise to {44} where all of it is new.',
    (o) => [digits(o, 0), digits(o, 1), ...SHARES.map((share) => digits(o, share))],
    (_, __, ...all) => falling(...all),
  ),
  claim('it was, {60} without and {44} with nothing but new noise.', (o) => [digits(o, 0), digits(o, 1)]),
  claim('and the network of this chapter does at 24', (o) => [digits(o, 0.7), digits(o, 0)], (some, none) => some < none),
  claim(
    'the blur has a distance of {32}, fed back as it is it comes to {20}, with new noise to {26}.',
    (o) => ['blur', 'fed back', 'with new noise'].map((row) => o.number(new RegExp(`^${row}: decided`), 1)),
  ),
  claim(
    'from {66} in 6 evaluations to {60} in 24, and then no more: 48 evaluations have {60} as well, and none comes near the {44} of new noise.',
    (o) => [...[6, 24, 48].map((count) => o.number(new RegExp(`^β = 0, α = [\\d.]+, ${count} evaluations: decided`), 1)), digits(o, 1)],
    (six, some, more, withNew) => six > some && withNew < 0.8 * more,
  ),
  claim(
    'the bells cost more hair and glasses than the coins do ({91} and {96} % right, where coins leave {96} and {99} %)',
    (o) => [
      ...o.numbers('bells, t = 0.1:').slice(2),
      ...o.numbers('coins, t = 0.1:').slice(2),
    ],
    (hair, glasses, hairByCoins, glassesByCoins) => hair < hairByCoins && glasses < glassesByCoins,
  ),
  claim(
    'When it is strong it is the other way round, for everything.',
    (o) => [0.6, 0.8, 1].flatMap((t) => kept(o, 'bells', t).map((right, i) => right - kept(o, 'coins', t)[i])),
    (...ahead) => ahead.length === 12 && ahead.every((difference) => difference > 5),
  ),
  claim(
    'At $t = 0.6$ the classifier finds the background of {18} % of the faces under coins, of {54} % under bells',
    (o) => [kept(o, 'coins', 0.6)[0], kept(o, 'bells', 0.6)[0]],
  ),
  claim(
    'Under both kinds colours go before shapes, and the glasses, dark and always in the same place, go last.',
    (o) => ['coins', 'bells'].flatMap((kind) => [0.6, 0.8, 1].map((t) => kept(o, kind, t)).map(([background, skin, hair, glasses]) =>
      Math.min(glasses - hair, hair - Math.min(background, skin)))),
    (...ahead) => ahead.every((difference) => difference > 0),
  ),
  claim(
    'it is off by {0.058} at those that were spared, and by {0.081} at those that were hit.',
    (o) => o.numbers('coins: off by').slice(0, 2),
    (spared, hit) => spared < hit,
  ),
  claim('The error is {0.058} everywhere', (o) => o.number('bells: off by')),
  claim(
    "their fast variation, {0.053} and {0.072}, lies between half and three quarters of the clean faces' {0.102}.",
    (o) => {
      const [clean, coins, bells] = o.numbers('fast variation: clean');
      return [coins, bells, clean];
    },
    (coins, bells, clean) => [coins, bells].every((each) => each > 0.5 * clean && each < 0.75 * clean),
  ),
  claim('so there are {454} of them', (o) => o.number(/^(?=\d+ steps, from σ)/)),
  claim(
    'In the text the sampler starts from $\\sigma = {30}$ with $\\beta = {0.40}$.',
    (o) => [o.dial('const [SIGMA, SIGMA_MIN] = ['), o.dial('const [ALPHA, BETA] = budget([', 1)],
  ),
  claim(
    'is off the map, at {546} evaluations and a share of {0.41}',
    () => [1 + Math.log(0.02 / 80) / Math.log(Math.sqrt(r2)), 0.4 / Math.sqrt(r2)],
  ),
  claim(
    'Its new noise has {5.3} times the variance that DDPM adds in going forward over such a step, $1 - r^2 = {0.03}$ in units of $\\sigma^2$ ({5.5} times that of the step back',
    () => [0.4 ** 2 / (1 - r2), 1 - r2, 0.4 ** 2 / (r2 * (1 - r2))],
  ),
  claim('At $\\alpha = 0.1$ it is $\\beta = {0.3}$', () => Math.sqrt(0.1 * 0.9)),
  claim(
    'With $\\alpha = 0.1$ and $\\beta = 0.4$ the noise falls by a factor of {0.985} in each step; with $\\beta = 0$ by {0.9}.',
    (o) => [o.number('α = 0.1, β = 0.4: σ times'), o.number('α = 0.1, β = 0: σ times')],
  ),
  claim(
    "gives the smallest distance, {61} where the text's log-uniform has {92}",
    () => [trained('σ log-normal', 0), trained('the text', 0), ...TOLD.map((choice) => trained(choice, 0))],
    (least, _, ...others) => others.every((other) => other >= least),
  ),
  claim('and yet it does no worse than the text\'s choice: {87}', () => trained('σ uniform', 0)),
  claim('and it does work, but worse: {133}. New noise, which helps all others, makes it much worse here, {244}', () => [
    trained('level not told', 0),
    trained('level not told', 0.7),
  ]),
  claim('No harm is to be seen: {76}.', () => trained('not standardised', 0)),
  claim(
    'a share of 0.7 of new noise beats none: {75} to {92}, {58} to {61}, {81} to {87}, {69} to {76}.',
    () => ['the text', 'σ log-normal', 'σ uniform', 'not standardised'].flatMap((choice) => [
      trained(choice, 0.7),
      trained(choice, 0),
    ]),
    (...v) => [0, 2, 4, 6].every((i) => v[i] < v[i + 1]),
  ),
  claim(
    'The first two rows have ended alike, {0.975} and {0.974}, though the first took {454} evaluations and the second {66}. Spend the same number without new noise, and the deviation is {0.996}.',
    (o) => [
      exact(o, 'α = 0.1, β = 0.4'),
      exact(o, 'α = 0.1, β = 0'),
      exactSteps(o, 'α = 0.1, β = 0.4'),
      exactSteps(o, 'α = 0.1, β = 0'),
      exact(o, 'α = 0.0152, β = 0'),
      exactSteps(o, 'α = 0.0152, β = 0'),
    ],
    (...v) => near(v[5], v[2], 0.01),
  ),
  claim(
    'a deviation of {0.690}, and taking seven times as many steps brings it to {0.705}',
    (o) => [
      exact(o, 'α = 1, β = 0.9'),
      exact(o, 'α = 1, β = 0.985'),
      exactSteps(o, 'α = 1, β = 0.985') / exactSteps(o, 'α = 1, β = 0.9'),
    ],
    (_, __, times) => near(times, 7, 0.02),
  ),
  claim(
    'The deviation is {0.930} without new noise and falls with every share of it, to {0.661} when all is new.',
    (o) => {
      const spread = SHARES.map((share) => o.number(new RegExp(`^share ${share}, α = [\\d.]+: final deviation`)));
      return [spread[0], spread[4], ...spread];
    },
    (_, __, ...spread) => falling(...spread),
  ),
  claim(
    'right to {1} % without new noise, {4} % too weak with a share of 0.7, and {12} % too weak when all noise is new',
    (o) => [1, ...[0.7, 1].map((share) => 100 * (1 - atEnd(o, share))), atEnd(o, 0)],
    (_, __, ___, none) => Math.abs(none - 1) < 0.015,
  ),
  claim(
    'Without new noise, two and a half times as much is left at the end as is claimed',
    (o) => poorEnd(o, 0),
    (times) => near(times, 2.5, 0.03),
  ),
  claim(
    'with a share of 0.7 it is {1.9} times as much, and {1.3} times when all is new.',
    (o) => [0.7, 1].map((share) => poorEnd(o, share)),
  ),
  claim(
    'ends with two and a half times the noise that is claimed without new noise, and with {1.3} times when all is new.',
    (o) => [poorEnd(o, 1), poorEnd(o, 0)],
    (_, none) => near(none, 2.5, 0.03),
  ),
  claim(
    '{0.088} against {0.079} from 2 to 0.2 when nothing is new. And the more is new, the nearer it comes to the honest one: {0.086} and {0.081}.',
    (o) => [onWalk(o, 0)[0], onWalk(o, 0)[1], onWalk(o, 0.7)[0], onWalk(o, 1)[0]],
    (none, honest, some, all) => falling(none, some, all, honest),
  ),
  claim(
    'the error on its walk falls from {0.088} to {0.081}, where it is {0.079} on honest noise.',
    (o) => [onWalk(o, 0)[0], onWalk(o, 1)[0], onWalk(o, 0)[1]],
  ),
  claim(
    'At much noise, no: there the walk is an easier place than honest noise.',
    (o) => {
      const honest = o.figure('Figure 8.16').y('honest noise').slice(3, 9);
      const walk = o.figure('Figure 8.16').y('walk, share 0').slice(3, 9);
      return walk.map((error, i) => error - honest[i]);
    },
    (...more) => more.length === 6 && more.every((difference) => difference < 0),
  ),
  claim(
    "The poor model's distance rises from {28.8} without new noise to {33.0} and {45.1} with it, and its kinds of faces fall from {125} to {95} and {68}.",
    (o) => {
      const rows = [0, 0.7, 1].map((share) => o.numbers(`poor model, share ${share}, 24 evaluations:`));
      return [...rows.map(([distance]) => distance), ...rows.map((row) => row[1])];
    },
    (...v) => rising(...v.slice(0, 3)) && falling(...v.slice(3)),
  ),
  claim(
    'Without new noise the distances are {7.6}, {5.3}, {4.6} and {4.3}; with nothing but new noise they are {19.1}, {14.1}, {13.3} and {13.2}',
    () => [...mapRow(0), ...mapRow(1)],
    (...v) => [0, 1, 2, 3].every((i) => v[i] < v[i + 4]),
  ),
  claim('It costs, at every price.', () => {
    const none = mapRow(0);
    return [0.4, 0.7, 0.9, 1].flatMap((share) => mapRow(share).map((distance, i) => distance - none[i]));
  }, (...more) => more.length === 16 && more.every((difference) => difference > 0)),
  claim(
    'Recall and the kinds of faces say the same.',
    () => ['recall', 'combinations.distinct'].flatMap((what) => {
      const none = mapRow(0, what);
      return mapRow(1, what).map((value, i) => none[i] - value);
    }),
    (...less) => less.length === 8 && less.every((difference) => difference > 0),
  ),
  claim('at 96 a share of 0.4 has {4.4}, hardly more than none', () => [mapRow(0.4)[3], mapRow(0)[3]], (some, none) =>
    near(some, none, 0.05)),
  claim('The faces of a long-trained model score worse with it, at each of four numbers.', () => {
    const none = mapRow(0);
    return mapRow(0.7).map((distance, i) => distance - none[i]);
  }, (...more) => more.length === 4 && more.every((difference) => difference > 0)),
  claim(
    'Down to a noise of 0.3 times the image, what is found lies within {4} % of what is claimed, for every share',
    (o) => [4, ...[0, 0.7, 1].flatMap((share) => o.figure('Figure 8.15').y(`good, share ${share}`).slice(0, 15))],
    (_, ...ratios) => ratios.length === 45 && ratios.every((ratio) => Math.abs(ratio - 1) < 0.04),
  ),
  claim(
    'half as much again at 0.05',
    (o) => o.number('honest noise of 0.05: the meter reads'),
    (reading) => near(reading, 0.075, 0.05),
  ),
  claim(
    'with an exact one, {454} evaluations with new noise end at a deviation of {0.975}, where {451} without it end at {0.996}.',
    (o) => ['α = 0.1, β = 0.4', 'α = 0.0152, β = 0'].flatMap((dials) => [exactSteps(o, dials), exact(o, dials)]),
  ),
  claim(
    'all score better with a share of 0.7, by {3} to {17} points;',
    () => {
      const gains = TOLD.map((choice) => trained(choice, 0) - trained(choice, 0.7));
      return [Math.min(...gains), Math.max(...gains)];
    },
  ),
  claim(
    '{0.690} of the deviation is left after {66}, {0.705} after {458}.',
    (o) => ['α = 1, β = 0.9', 'α = 1, β = 0.985'].flatMap((dials) => [exact(o, dials), exactSteps(o, dials)]),
  ),
  claim(
    "A log-normal choice about the size of the images scored {61}, the text's log-uniform {92}, an even one {87}.",
    () => ['σ log-normal', 'the text', 'σ uniform'].map((choice) => trained(choice, 0)),
  ),
  claim(
    'Not told, the distance rose from {92} to {133}. Without standardising it was {76}',
    () => ['the text', 'level not told', 'not standardised'].map((choice) => trained(choice, 0)),
  ),
];
