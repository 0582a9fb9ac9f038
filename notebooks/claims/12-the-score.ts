// What chapter 12 claims of its outputs, and of the files that it reads.
import { claim, near, rising } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

/** When a network trained on so many faces copies. */
const times = (faces: number) => Json.read('data/results/two-halves.json').at('rows').one({ measure: 'time', faces });
const waited = (faces: number) => times(faces).number('half');
const halves = (faces: number) => Json.read('data/results/two-halves.json').at('rows').one({ measure: 'halves', faces });
const ode = (model: string, steps: number, least = 0.004, data = 'unseen faces') =>
  Json.read('data/results/ode-bits.json').at('rows').one({ model, data, steps, least, faces: 20 }).number('bits.total');
const [VELOCITY, NOISE] = ['gaussian-velocity-faces', 'gaussian-noise-faces'];
const likeness = (model: string, number: string) =>
  Json.read(`data/results/${model}.json`).number(`evaluation.likeness.${number}`);
/** Noisy and guessed, where the walk ends at a level of figure 12.4. */
const ending = (o: Outputs, i: number) => {
  const figure = o.figure('Figure 12.4');
  return { at: figure.x('after one more guess')[i], noisy: figure.y('with the noise that is left')[i],
    guessed: figure.y('after one more guess')[i] };
};
const errorOf = (o: Outputs, who: string) => o.figure('Figure 12.7').y(who);
const bitTable = (o: Outputs, model: string, column: string) => o.table('let bitTable =').number(model, column);
/** Of each level of figure 12.10: the noise, the side of the best window, its likeness, that of whole faces. */
const levelsOf = (o: Outputs) =>
  o.every(/^σ\/α = (?=[\d.]+: best window)/).map((all) => [all[0], all[1], all[2], all.at(-1)!]);

export default [
  claim('about {four} minutes on two processor cores', () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '12') / 60),
  claim('on the left our guess, from Bayes\' rule; on the right the slope', (o) => o.every('guess and slope agree at 1,000 points to').map(([apart]) => apart), (...apart) => apart.length === 3 && apart.every((each) => each < 1e-5)),
  claim('In the corner the density has a slope of {0.000005}; its logarithm has one of {7.4}.', (o) => o.numbers('slope of the density').slice(0, 2)),
  claim('for {100} % of 20,000 points', (o) => o.number('one step leads up, or stays:')),
  claim('And ascent to the top leads to three *points*.', (o) => o.number(/^climbed to top: .*spread/), (spread) => spread < 0.001),
  claim('But at one level the shares are wrong: {34.5}, {32.4} and {33.0} %, where the world has {60}, {30} and {10}.', (o) => [...o.numbers(/^one level:/), ...o.numbers(/^the world: (?=6)/)]),
  claim('The annealed walk has {57.4}, {31.9} and {10.8} %.', (o) => o.numbers(/^annealed:/)),
  claim('Figure 12.3 says when that was decided: early.', (o) => { const share = o.figure('Figure 12.3').y('annealed'); return [share[6], share.at(-1)!]; }, (middle, end) => Math.abs(end - middle) < 3),
  claim('With our guess and the same noise it goes the same way', (o) => o.number('by hand and by the library: '), (apart) => apart < 1e-4),
  claim('and the mean arrow, as we saw, *is* the score', (o) => [...o.numbers('points that ended here:'), ...o.numbers('the score here:')], (a, b, x, y) => Math.hypot(a - x, b - y) < 0.2),
  claim('The walk ends too wide, by its noise and by a little that its finite step adds; the guesses are too narrow', (o) => o.numbers(/^spread of a bump/), (bump, wide, narrow) => wide > 1.1 * bump && narrow < 0.95 * bump),
  claim('at a noise of {0.32}, the same faces are at a distance of {29} with their noise and of {8.8} without: the last guess is worth a factor of three', (o) => { const { at, noisy, guessed } = ending(o, 6); return [at, noisy, guessed]; }, (_, noisy, guessed) => near(noisy / guessed, 3, 0.2)),
  claim('Guessed from a noise of {1.3}, the faces are at {6.0}, *nearer* than after the rest of the walk.', (o) => [ending(o, 4).at, ending(o, 4).guessed, ending(o, 11).guessed], (_, early, end) => early < 0.8 * end),
  claim('it is worth next to nothing, {9.1} against {9.0}', (o) => { const { noisy, guessed } = ending(o, 11); return [noisy, guessed]; }),
  claim('{64} of {64} samples of the memoriser are training faces', (o) => o.numbers(/^memoriser: (?=\d)/).slice(0, 2)),
  claim('the training face that is nearest to one of its is off by {0.113}', (o) => o.numbers(/^network: (?=\d)/).at(-1)!),
  claim('On the faces of its album the memoriser makes no mistake worth the name up to a noise of one and a half times the picture', (o) => errorOf(o, 'memoriser, training faces').slice(0, 8), (...errors) => errors.length === 8 && errors.every((error) => error < 1e-5)),
  claim('On faces that it has not seen its error stays at {0.067} however weak the noise is', (o) => errorOf(o, 'memoriser, unseen faces').slice(0, 5), (...errors) => errors.every((error) => near(error, errors[0], 0.05))),
  claim('The network has {0.0011} at a noise of 0.08, on both: a sixtieth of that.', (o) => [errorOf(o, 'network, unseen faces')[2], errorOf(o, 'network, training faces')[2], errorOf(o, 'memoriser, unseen faces')[2]], (unseen, seen, memoriser) => near(unseen, seen, 0.2) && near(memoriser / unseen, 60, 0.1)),
  claim('At the right end all four meet.', (o) => ['memoriser, training faces', 'memoriser, unseen faces', 'network, training faces', 'network, unseen faces'].map((who) => errorOf(o, who).at(-1)!), (...ends) => Math.max(...ends) < 1.3 * Math.min(...ends)),
  claim('Up to a noise of {3.6} times the picture one face has more than half of all the weight, and up to {3.0} more than 99 %.', (o) => [o.number('above one half up to σ/α ='), o.number('and above 0.99 up to')]),
  claim('To tell one of 8,896 takes {13.1} bits.', (o) => o.number('bits that tell one face of 8896:')),
  claim('down to a noise of ten their guesses are nearly the same, $r^2$ 0.98 and more', (o) => o.every(/^guesses from σ\/α = (?=\d)/).filter(([at]) => at >= 10).map((all) => all.at(-1)!), (...alike) => alike.length > 2 && alike.every((each) => each >= 0.98)),
  claim('down to {0.76}. That is still much: two faces of the network from *different* noises have an $r^2$ of {0.42}', (o) => [o.every(/^guesses from σ\/α = (?=\d)/).at(-1)!.at(-1)!, o.number('and another face of the network: median')]),
  claim('With 25 faces each, {61} and {67} % of what the networks paint are copies.', () => [0, 1].map((i) => 100 * halves(25).number(`halves.${i}.copies`))),
  claim('the two paint faces that differ by {0.199}, hardly less than from different noise, {0.226}', () => ['same', 'different'].map((which) => halves(25).number(which))),
  claim('With 4,448 there is no copy.', () => [0, 1].map((i) => halves(4448).number(`halves.${i}.copies`)), (...copies) => copies.every((share) => share === 0)),
  claim('they paint *the same faces*, {0.055} apart where different noise gives {0.240}', () => ['same', 'different'].map((which) => halves(4448).number(which))),
  claim('Each face lies as far from the nearest of its own half, {0.108}, as from the nearest of the other, {0.108}.', () => ['own', 'other'].map((which) => halves(4448).number(`halves.0.${which}`))),
  claim('Twice the steps divide the error by {2.5} to {3.8},', (o) => {
    const errors = [10, 20, 40, 80, 160].map((n) => o.number(new RegExp(`^${n} steps: log p is off by`)));
    const ratios = errors.slice(1).map((error, i) => errors[i] / error);
    return [Math.min(...ratios), Math.max(...ratios)];
  }),
  claim('from {0.29} at 20 steps to {0.007} at 160', (o) => [20, 160].map((n) => o.number(new RegExp(`^${n} steps: log p is off by`)))),
  claim('A single probe is wrong for each point, by {0.27} on average in size, but to both sides: the mean over the points is off by a few hundredths at most.', (o) => [o.number('mean size of it'), ...o.numbers('with one probe alone: mean error').slice(0, 2)], (_, first, second) => first * second < 0 && Math.max(Math.abs(first), Math.abs(second)) < 0.04),
  claim('In {40} steps it is {7.035} bits per dimension, and these very pictures cost {7.036} in closed form.', (o) => [40, o.number('a world of bells, 40 steps:'), o.number('of these very pictures, in closed form:')]),
  claim('with five steps it is {6.82}, *below* the truth', (o) => [o.number('a world of bells, 5 steps:'), o.number('of these very pictures, in closed form:')], (few, truth) => few < truth),
  claim('with 40 and 80 the 20 faces cost the same to a hundredth, {2.43}, {2.44} and {2.44} bits', () => [20, 40, 80].map((steps) => ode(VELOCITY, steps))),
  claim('charges {2.78} for faces that do not have that noise', () => ode(VELOCITY, 40, 0.016)),
  claim('The bound of the same 20 faces is {2.98}, the equation gives {2.43}: half a bit less.', (o) => [bitTable(o, VELOCITY, 'bound, these 20'), bitTable(o, VELOCITY, 'by the equation, these 20')], (bound, found) => near(bound - found, 0.5, 0.2)),
  claim('That model takes {2.68} by the equation and {3.25} by the bound, and so the *order* of the two is the same.', (o) => [ode(NOISE, 20), bitTable(o, NOISE, 'bound, these 20'), ode(VELOCITY, 20), bitTable(o, VELOCITY, 'bound, these 20')], (noise, noiseBound, velocity, velocityBound) => noise > velocity && noiseBound > velocityBound),
  claim('the bound of the model that says the noise falls from {3.11} to {2.96}', () => [64, 1000].map((steps) => Json.read('data/results/variances-and-bits.json').at('rows').one({ measure: 'bits', model: NOISE, variance: 'optimal', steps }).number('bits.total'))),
  claim('(All 200 of chapter 10 take {2.87} by the bound.)', (o) => bitTable(o, VELOCITY, 'bound, 200 faces (chapter 10)')),
  claim('One pixel at a time is exact: {0.0} % of the chances are misplaced. Two at a time misplace {18.0} %, all four {39.6} %', (o) => [1, 2, 4].map((n) => o.number(`drawn, ${n} at a time: misplaced`))),
  claim('paints one single picture and misplaces {74.4} %', (o) => o.number('guessed, 1 at a time: misplaced')),
  claim('The palette model is exact in the limit of one pixel a step, without a Gaussian: {0.95}. The velocity model walks along the stream, without any chance on the way: {0.96}.', () => ['palette-faces', VELOCITY].map((model) => likeness(model, 'recall'))),
  claim('All cold walks, the animals among them, have {0.06} at most.', () => { const all = ['gaussian', 'animorphosis', 'blur', 'fade-to-black'].map((kind) => likeness(`cold-${kind}-faces`, 'recall')); return [Math.max(...all)]; }),
  claim('arrives at the next one with {1.74} times its noise', (o) => o.number('Langevin as it is has')),
  claim('the consistent walk with what the level says', (o) => o.number('consistent walk'), (times) => near(times, 1, 0.03)),
  claim('The memoriser\'s is symmetric to rounding.', (o) => o.every('share of the symmetric one,').map(([share]) => share), (...shares) => shares.every((share) => share < 1e-3)),
  claim('the asymmetric part has {0.19} of the size of the symmetric one where the noise is weak, and up to {0.38} elsewhere', (o) => { const parts = [0.1, 0.5, 2, 8].map((at) => o.number(new RegExp(`^network, σ/α = ${at}: (?=\\d)`))); return [parts[0], Math.max(...parts)]; }),
  claim('it foresees its mean error on faces that it has not seen to within an eighth up to a noise of 3. (At 10 it is too sure of itself, by three tenths.)', (o) => o.every(/^network, σ\/α = [\d.]+: foreseen/).map(([said, is]) => said / is), (...shares) => shares.slice(0, 4).every((share) => Math.abs(share - 1) < 0.125) && near(shares[4], 0.7, 0.06)),
  claim('off by {0.044} and {0.129}', (o) => [o.number('τ = 0.1: nearest training face off by'), o.number('τ = 0.3: nearest training face off by')]),
  claim('what they paint lies nearer to their own faces than to the other\'s, {0.101} against {0.123}', () => ['own', 'other'].map((which) => halves(100).number(`halves.0.${which}`))),
  claim('With 100 there are no copies by our count', () => [0, 1].map((i) => halves(100).number(`halves.${i}.copies`)), (...copies) => copies.every((share) => share === 0)),
  claim(
    'the same noise gives faces that differ by {0.48} of what different noise gives. (It is {0.88} with 25 faces.) With 300 it is {0.36}, with 1,000 it is {0.25}, and from there on nothing much is gained: {0.23} with 4,448.',
    () => [100, 25, 300, 1000, 4448].map((n) => halves(n).number('same') / halves(n).number('different')),
  ),
  claim(
    'With 1,000 the face from the same noise is the nearest of all 64 for every one of them.',
    () => [halves(1000).number('matched'), halves(1000).number('options.sampling.count')],
    (matched, count) => matched === 1 && count === 64,
  ),
  claim(
    'Eight faces are known by heart after {775} steps, 16 after {1,361}, 32 after {3,714} and 64 after {9,594}',
    () => [8, 16, 32, 64].map(waited),
    (...steps) => rising(...steps),
  ),
  claim(
    'For each face it is {97}, {85}, {116} and {150} steps: over eight times as many faces it grows twelvefold',
    () => [...[8, 16, 32, 64].map((n) => waited(n) / n), waited(64) / waited(8)],
    (...all) => near(all[4], 12, 0.06),
  ),
  claim(
    'All of them, at first, copy nothing at all',
    () => [8, 16, 32, 64].map((faces) => times(faces).number('copies.0')),
    (...copies) => copies.every((share) => share === 0),
  ),
  claim('Five points are known by heart first, after {155} steps; forty not within {3,000}.', (o) => [o.numbers(/^5 points: /).at(-1)!, o.numbers(/^40 points: /).at(-1)!]),
  claim('But ten took {2,272} steps and twenty {1,453}, in the wrong order', (o) => [10, 20].map((n) => o.numbers(new RegExp(`^${n} points: `)).at(-1)!)),
  claim('All four begin near the world', (o) => [5, 10, 20, 40].map((n) => o.figure('Figure 12.15').y(`${n} points`)[0]), (...starts) => starts.every((share) => share < 0.35)),
  claim('the ten faces keep {29} % of their variance', (o) => o.number('peaks at σ/α = 3:')),
  claim('there is more variety left, {68} and {60} %', (o) => ['1', '0.3'].map((at) => o.number(`peaks at σ/α = ${at}:`))),
  claim('Where the noise is weak, a window of {3}×3 is most like it, with an $r^2$ of {0.92} to {0.95}; the memoriser, who judges the whole face, has {0.72} there.', (o) => { const rows = levelsOf(o).slice(9); const alike = rows.map(([, , r]) => r); return [rows[0][1], Math.min(...alike), Math.max(...alike), rows[0][3], ...rows.map(([, size]) => size)]; }, (size, _, __, ___, ...sizes) => sizes.every((each) => each === size)),
  claim('With more noise the window grows: {11}×11 at {0.89}, {17}×17 at {1.9}, and from {3.7} on no window does better than the whole face.', (o) => { const rows = levelsOf(o); return [rows[8][1], rows[8][0], rows[7][1], rows[7][0], rows[6][0], ...rows.slice(0, 7).map(([, , best, whole]) => best - whole)]; }, (...v) => v.slice(5).every((gain) => gain < 0.002)),
  claim('nothing that we have tried predicts the network well: {0.77} and {0.75}', (o) => [levelsOf(o)[7][2], levelsOf(o)[6][2]]),
  claim('the patchwork and the network have an $r^2$ of {0.75} in the median, from {0.55} to {0.87}', (o) => o.numbers('and patches: median').slice(0, 3)),
  claim('That is more than the memoriser has ({0.63}), or the mean face ({0.65}), or another face of the network ({0.42}).', (o) => [o.number('and memoriser: median'), o.number('and the mean face: median'), o.number('and another face of the network: median'), o.number('and patches: median')], (memoriser, mean, other, patches) => patches > Math.max(memoriser, mean, other)),
  claim('The nearest training face is off by {0.128}, where the network\'s faces are off by {0.113}', (o) => [o.number('patchwork: its nearest training face is off by'), o.numbers(/^network: (?=\d)/).at(-1)!]),
];
