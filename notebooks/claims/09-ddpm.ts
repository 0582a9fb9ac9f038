// What chapter 9 claims of its outputs, and of the files that it reads.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { Json, tableOf, type Outputs } from '../../scripts/claims/outputs.js';

const SIZES = ['0.005', '0.02', '0.05', '0.1', '0.2', '0.3', '0.4', '0.45', '0.48'];
const misplaced = (o: Outputs, beta: string) => o.number(`β = ${beta}: the nearest Gaussian misplaces`);
const curve = (o: Outputs, name: string, t: number) => o.figure('Figure 9.8').at(t, name);
const trained = (o: Outputs, name: string, index = 0) =>
  o.number(`trained on ${name}: Fréchet distance`, index);
const tried = (o: Outputs, name: string) => o.number(`${name}: Fréchet distance`);
const live = (o: Outputs, row: string) => o.number(`${row}: Fréchet distance`);
const rows = Json.read('data/results/step-variances.json').at('rows');
const measured = (variance: 'posterior' | 'forward', steps: number, path: string) =>
  rows.one({ variance, steps }).number(`evaluation.${path}`);

/** Right answers in 100 where σ/α first exceeds a ratio. */
const seenAt = (o: Outputs, name: string, ratio: number) => {
  const figure = o.figure('Figure 9.11');
  const place = figure.x('hair').findIndex((each) => each > ratio);
  return 100 * figure.y(name)[place];
};

export default [
  claim(
    'about six minutes on two busy processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '9'),
    (seconds) => near(seconds, 360),
  ),
  claim(
    'After a week the three forecasts agree',
    (o) => ['sunny today', 'rainy today', 'cloudy today'].map((start) => o.figure('Figure 9.2').at(7, start)),
    (...sun) => Math.max(...sun) - Math.min(...sun) < 0.01,
  ),
  claim(
    'After the first days, each day multiplies it by the same number, the second largest *eigenvalue* of the table',
    (o) => [o.number('what a day leaves of today: measured'), o.number('in closed form')],
    (measuredFactor, closed) => Math.abs(measuredFactor - closed) < 2e-4,
  ),
  claim(
    'It is also what the simulation counted.',
    (o) =>
      ['sunny', 'rainy', 'cloudy'].map(
        (_, k) => o.number('share of days, simulated:', k) - o.number('share of days, stationary:', k),
      ),
    (...apart) => apart.every((difference) => Math.abs(difference) < 1.5),
  ),
  claim(
    'In closed form: $n$ steps multiply the start by',
    (o) => o.numbers('largest difference from the closed form: mean'),
    (...apart) => apart.length === 3 && apart.every((difference) => difference < 0.04),
  ),
  claim(
    'it is the normal distribution with mean 0 and variance 1',
    (o) => o.numbers('between −1 and 1: walkers'),
    (walkers, uniform, normal) => Math.abs(walkers - normal) < 2.5 && walkers - uniform > 6,
  ),
  claim(
    'The pixel looks more like glass than like skin, and still it is more probably skin',
    (o) => [
      o.number(/^dark glass .*likelihood/),
      o.number(/^skin .*likelihood/),
      o.number(/^dark glass .*posterior/),
      o.number(/^skin .*posterior/),
      o.number('pixels that look like this,'),
    ],
    (glass, skin, isGlass, isSkin, counted) => glass > 2 * skin && isSkin > 2 * isGlass && near(counted, isGlass, 0.06),
  ),
  claim(
    'and then compare with the formula of the paper',
    (o) => [...o.numbers('on the grid: mean'), ...o.numbers('the formula: mean')],
    (...v) => v.length === 4 && v[0] === v[2] && v[1] === v[3],
  ),
  claim(
    'With a large step there are two bumps, one for each thing that the pixel can be, and no Gaussian has two.',
    (o) => SIZES.map((beta) => misplaced(o, beta)),
    (...shares) => falling(...[...shares].reverse()) && shares.at(-1)! > 25 && shares[1] < 0.1,
  ),
  claim(
    'So all conversions between the four are this one linear map.',
    (o) => o.number('16 conversions at 5 levels: largest error'),
    (error) => error < 1e-12,
  ),
  claim(
    'what the network should have said (`of`), and how its answer is read (`read`)',
    (o) => ['x₀', 'ε', 'v', 'μ'].map((name) => o.number(`${name}: read back from the right answer, off by at most`)),
    (...off) => off.every((error) => error < 1e-4),
  ),
  claim(
    '**$\\mathbf{v}$** costs $\\sigma$, never more than 1.',
    (o) => o.figure('Figure 9.7').y('v'),
    (...costs) => Math.max(...costs) <= 1,
  ),
  claim(
    'A day leaves a little less than half, {0.47}, of what was known.',
    (o) => o.number('what a day leaves of today: measured'),
    (left) => left < 0.5,
  ),
  claim(
    'the start is half forgotten after {69} steps, and after 400 the sign is a coin flip',
    (o) => [o.number('half is gone after'), o.number('after 400 steps the sign tells')],
    (_, told) => Math.abs(told - 50) < 3,
  ),
  claim(
    'at $t = 0.02$ its error is more than fifty times that of those asked for $\\boldsymbol\\varepsilon$ and $\\mathbf{v}$',
    (o) => [curve(o, 'x₀', 0.02) / curve(o, 'ε', 0.02), curve(o, 'x₀', 0.02) / curve(o, 'v', 0.02)],
    (...times) => times.every((each) => each > 50),
  ),
  claim(
    'At $t = 0.98$ the picture that is read from its answer is more than twenty times as wrong as the mean face',
    (o) => curve(o, 'ε', 0.98) / curve(o, 'the mean face', 0.98),
    (times) => times > 20,
  ),
  claim(
    'it is the best at little noise',
    (o) => ['x₀', 'v', 'μ'].map((name) => curve(o, name, 0.2) / curve(o, 'ε', 0.2)),
    (...times) => times.every((each) => each > 1),
  ),
  claim(
    'it is never the worst, and never more than a third above the best',
    (o) => {
      const all = ['x₀', 'ε', 'μ'].map((name) => o.figure('Figure 9.8').y(name));
      return o.figure('Figure 9.8').y('v').map((v, k) => v / Math.min(...all.map((errors) => errors[k])));
    },
    (...ratios) => ratios.length === 13 && ratios.every((ratio) => ratio < 4 / 3),
  ),
  claim(
    'it has by far the smallest loss, and from $t = {0.4}$ on the picture is worse than the mean face',
    (o) => [
      o.figure('Figure 9.8').x('μ')[
        o.figure('Figure 9.8').y('μ').findIndex((error) => error > curve(o, 'the mean face', 0.5))
      ],
      o.number('Asked for μ: 300 steps · loss'),
      ...['x₀', 'ε', 'v'].map((name) => o.number(`Asked for ${name}: 300 steps · loss`)),
    ],
    (_, loss, ...others) => others.every((other) => other > 3 * loss),
  ),
  claim(
    'The corrected one agrees to the last digits. With $\\sqrt{\\beta_t}$ each step takes out far too much',
    (o) => o.every(/^step \d+: (?=off by)/).flatMap((found) => [found[0], found.at(-1)!]),
    (...v) => v.length === 6 && [0, 2, 4].every((k) => v[k] < 1e-12 && v[k + 1] > 0.8 && v[k + 1] < 1),
  ),
  claim(
    'Constant is the rate at which $\\beta$ *grows*: two hundredfold from the first step to the last.',
    (o) => [o.number('β at step 1000:') / o.number('β at step 1:'), o.number('differs from the 1000 steps by at most')],
    (times, apart) => near(times, 200, 0.02) && apart < 0.005,
  ),
  claim(
    'the beard is right in {89} of 100 guesses, where always saying "none" would be right in {67}; glasses and hair in {95} or {96}; the background, the largest thing in the picture, in all but a few of a thousand.',
    (o) => [
      seenAt(o, 'facialHair', 1),
      100 * o.figure('Figure 9.11').y('facialHair').at(-1)!,
      seenAt(o, 'hair', 1),
      seenAt(o, 'glasses', 1),
      seenAt(o, 'background', 1),
    ],
    (...v) => v[4] > 99.5,
  ),
  claim(
    'the beard is all but gone, {71} against {67}, while the background, which would be guessed in {12} of 100, is still right in {68}.',
    (o) => [
      seenAt(o, 'facialHair', 3.9),
      100 * o.figure('Figure 9.11').y('facialHair').at(-1)!,
      100 * o.figure('Figure 9.11').y('background').at(-1)!,
      seenAt(o, 'background', 3.9),
    ],
  ),
  claim('At fifteen nothing is left but a trace.', (o) => o.number('nothing is lost up to σ/α =', 1), (from) => near(from, 15)),
  claim(
    'The linear schedule of the paper spends a quarter of them where nothing is left of the picture; the cosine one hardly any',
    (o) => [o.number('linear: nothing lost yet in', 2), o.number('cosine: nothing lost yet in', 2)],
    (linear, cosine) => near(linear, 25, 0.15) && cosine < 6,
  ),
  claim(
    'spends half of them where there is nothing to decide, before or after',
    (o) => o.number('steady: nothing lost yet in', 0) + o.number('steady: nothing lost yet in', 2),
    (share) => near(share, 50, 0.08),
  ),
  claim(
    'After 300 steps no schedule is near real faces, and that the cosine schedule leads is no surprise.',
    (o) => [
      trained(o, 'cosine'),
      trained(o, 'linear'),
      trained(o, 'steady'),
      o.number('real faces, as many: Fréchet distance'),
    ],
    (cosine, linear, steady, real) => cosine < steady && steady < linear && cosine > 5 * real,
  ),
  claim(
    'the linear one is behind ours, although it spends more of its levels where faces are decided',
    (o) => [o.number('linear: nothing lost yet in', 1), o.number('steady: nothing lost yet in', 1)],
    (linear, steady) => linear > steady,
  ),
  claim(
    'five in six lie at the noisy end, where a small error of the noise is a large one of the picture; of ours, more than half lie at the clean end',
    (o) => ['linear', 'steady'].flatMap((name) => [0, 2].map((k) => o.number(`${name}: nothing lost yet in`, k))),
    (linearClean, linearNoisy, steadyClean, steadyNoisy) =>
      near(linearNoisy / (linearNoisy + linearClean), 5 / 6, 0.03) && steadyClean > steadyNoisy,
  ),
  claim(
    'With the same noise, do the two agree?',
    (o) => o.number('between the two, a pixel differs by'),
    (difference) => difference < 1e-4,
  ),
  claim(
    'With a thousand steps the two are the same to a per cent or two, at the levels shown. With ten they are not.',
    (o) => [...o.numbers('1000 steps: √β is'), ...o.numbers(/^10 steps: √β is/)],
    (...v) => v[0] < 1.02 && v[2] < 1.02 && v[4] > 1.1 && v[6] > 1.4,
  ),
  claim(
    'more than twice as many isolated pixels as real faces have, where the smaller variance leaves fewer than them',
    () => [
      measured('forward', 10, 'sharpness.outliers.samples'),
      measured('posterior', 10, 'sharpness.outliers.samples'),
      measured('forward', 10, 'sharpness.outliers.real'),
    ],
    (larger, smaller, real) => larger > 2 * real && smaller < real,
  ),
  claim(
    'The more steps, the less sand.',
    () => [10, 25, 50].map((steps) => measured('forward', steps, 'sharpness.outliers.samples')),
    (...sand) => falling(...sand),
  ),
  claim(
    'it finds more combinations of attributes, in every pair of rows but the last, where both find {153}.',
    () => [
      measured('forward', 1000, 'variety.combinations.distinct'),
      measured('posterior', 1000, 'variety.combinations.distinct'),
      ...[10, 25, 50, 100, 250].map(
        (steps) =>
          measured('forward', steps, 'variety.combinations.distinct') /
          measured('posterior', steps, 'variety.combinations.distinct'),
      ),
    ],
    (forward, posterior, ...ratios) => forward === posterior && ratios.every((ratio) => ratio > 1),
  ),
  claim(
    'A cycle. Its forecasts differ by {1} for ever.',
    (o) => o.number('a cycle: after 100 days the forecasts differ by'),
  ),
  claim(
    '{92} %, by construction, more than the {85} % of the cosine schedule.',
    (o) => [o.number('a schedule for deciding: being decided in'), o.number('cosine: nothing lost yet in', 1)],
    (own, cosine) => own > cosine,
  ),
  claim(
    'Without that the distance is {127}, and {22} kinds of faces are left',
    (o) => o.numbers('no rescaling: Fréchet distance').slice(0, 2),
  ),
  claim('with 1,000 steps {15.6} against {15.4}', () => [
    measured('posterior', 1000, 'likeness.frechet.distance'),
    measured('forward', 1000, 'likeness.frechet.distance'),
  ]),
  claim(
    'all 200 walks end in {8} kinds of faces.',
    (o) => [o.number('no new noise: Fréchet distance', 1), tried(o, 'no new noise') / tried(o, 'as in the box')],
    (_, times) => times > 5,
  ),
  claim(
    'a single kind of face, and fainter',
    (o) => [o.number('only subtract: Fréchet distance', 1), tried(o, 'only subtract') / tried(o, 'as in the box')],
    (kinds, times) => kinds <= 2 && times > 5,
  ),
  claim(
    '{27} kinds of faces where the box finds {147}',
    (o) => [
      o.number("the article's μ: Fréchet distance", 1),
      o.number('as in the box: Fréchet distance', 1),
      tried(o, "the article's μ") / tried(o, 'as in the box'),
    ],
    (_, __, times) => times > 2,
  ),
  claim(
    'at −1.95, where the Gaussian misplaces {3.9} %, that is glass with {0.78}. There is a second such place, near the −0.7 of the figure, where skin has {0.74}.',
    (o) => [
      o.number('worst at -1.95: misplaced'),
      o.number('and glass has the posterior'),
      o.number(/^skin .*posterior/),
      misplaced(o, '0.3'),
    ],
    (worst, _, __, here) => here < worst && near(here, worst, 0.05),
  ),
  claim('Without clipping the distance is {172} in ten steps and {99} in {30}, where it was {25} and {18}.', (o) => [
    live(o, '10 steps, as guessed'),
    live(o, '30 steps, as guessed'),
    o.dial('const S = budget('),
    live(o, '10 steps, clipped'),
    live(o, '30 steps, clipped'),
  ]),
  claim(
    '{21.7}, between the {25.2} of $\\tilde\\beta$ and the {20.3} of $\\beta$, with {159} kinds of faces, between their {152} and {163}.',
    (o) => [
      live(o, 'in between'),
      live(o, 'back, 10 steps'),
      live(o, 'forwards, 10 steps'),
      o.number('in between: Fréchet distance', 1),
      o.number('back, 10 steps: Fréchet distance', 1),
      o.number('forwards, 10 steps: Fréchet distance', 1),
    ],
  ),
  claim('after 6,000 steps the first is at {4.4}.', (o) =>
    o.table('const inTable =', 1).number('gaussian-clean-faces', 'Fréchet distance'),
  ),
  claim(
    'came to {14} in 100 steps above, where it has {45} here.',
    (o) => [
      measured('forward', 100, 'likeness.frechet.distance'),
      o.table('const inTable =', 1).number('gaussian-noise-faces', 'Fréchet distance'),
    ],
  ),
  claim(
    '$\\mathbf{v}$ after {20,000} and $\\boldsymbol\\varepsilon$ after {6,000}.',
    (o) => ['gaussian-velocity-faces', 'gaussian-noise-faces'].map((model) => o.table('const inTable =', 1).number(model, 'steps')),
  ),
  claim(
    'in every pair of rows it is the *larger* variance that is nearer to real faces',
    () =>
      [10, 25, 50, 100, 250].map(
        (steps) =>
          measured('posterior', steps, 'likeness.frechet.distance') /
          measured('forward', steps, 'likeness.frechet.distance'),
      ),
    (...ratios) => ratios.every((ratio) => ratio > 1),
  ),
  claim(
    '(precision {0.97}, recall {0.30}), the one asked for $\\boldsymbol\\varepsilon$ varied ones that are often spoiled ({0.40} and {0.85});',
    (o) => {
      const table = o.table('const inTable =', 0);
      return ['gaussian-clean-faces', 'gaussian-noise-faces'].flatMap((model) =>
        ['precision', 'recall'].map((column) => table.number(model, column)),
      );
    },
  ),
  claim(
    'After the same 1,800 steps of training it has half of the palette\'s distance, and more combinations of attributes; trained for long it is closer still to the floor. Nothing repeats.',
    (o) => {
      const tables = [0, 1].map((k) => o.table('const inTable =', k));
      const at = (k: number, model: string, column: string) => tables[k].number(model, column);
      return [
        at(0, 'gaussian-velocity-faces', 'Fréchet distance') / at(0, 'palette-faces', 'Fréchet distance'),
        at(0, 'gaussian-velocity-faces', 'distinct combinations') - at(0, 'palette-faces', 'distinct combinations'),
        at(1, 'gaussian-velocity-faces', 'Fréchet distance') / at(0, 'gaussian-velocity-faces', 'Fréchet distance'),
        at(0, 'gaussian-velocity-faces', 'repeated pairs') + at(1, 'gaussian-velocity-faces', 'repeated pairs'),
      ];
    },
    (half, more, closer, repeats) => near(half, 0.5, 0.15) && more > 0 && closer < 1 && repeats === 0,
  ),
];
