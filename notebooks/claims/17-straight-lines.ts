// What chapter 17 claims of its outputs, and of the files that it reads.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const FIRST = 'consistent-faces';
const NEAR = 'consistent-near-faces';
const STUDENT = 'consistent-wide-faces';
const TEACHER = 'stable-velocity-faces';
const EVEN = 'DDIM, even levels';
const checkpoint = (name: string) => Json.read(`data/checkpoints/${name}.json`);
const steps = (name: string) => checkpoint(name).number('steps');
const measured = (name: string) => Json.read(`data/results/${name}.json`).at('rows');
const distance = (checkpoint: string, sampler: string, evaluations: number) =>
  measured('one-step').one({ checkpoint, sampler, evaluations }).number('frechet.distance');
const order = (name: string) => measured('orders').one({ order: name, steps: 16 });
const published = (model: string) => Json.read(`data/results/${model}.json`);
const quality = (model: string) => published(model).number('evaluation.likeness.frechet.distance');
const bent = (o: Outputs, who: string) => o.numbers(`${who}: bent by`)[0];
/** How far points of a network are from the world after one step and after fifty. */
const off = (o: Outputs, who: string) => {
  const all = o.numbers(new RegExp(`^${who}: bent by .*off by`));
  return [all[0], all[6]];
};
const plain = (o: Outputs, who: string) => o.number(`${who}: off by`);
/** Where a learnt factor is furthest from the exact one. */
const worstAt = (o: Outputs, who: string) => {
  const figure = o.figure('Figure 17.7');
  const exact = figure.y('where the curve ends');
  const apart = figure.y(who).map((each, i) => Math.abs(each - exact[i]));
  return figure.x(who)[apart.indexOf(Math.max(...apart))];
};
/** How wide the interval of the distance is, when the third student looks again at a level. */
const widthOf = (level: number) => {
  const row = measured('one-step').one({ checkpoint: STUDENT, sampler: `second look at ${level}` });
  return row.number('frechet.high') - row.number('frechet.low');
};
const levels = (o: Outputs, at: number) => o.figure('Figure 17.3').at(at, 'logit-normal');

export default [
  claim('about {three} minutes on two processor cores', () =>
    Math.round(tableOf('bench/README.md', 'chapter | 1').number('seconds', '17') / 60),
  ),
  claim(
    "which is Euler's step",
    (o) => [
      o.number('50 steps of Euler and of DDIM: largest difference'),
      o.number("our loss and the library's: difference"),
    ],
    (steps, loss) => steps < 5e-5 && loss < 1e-6, // fifty steps' rounding, which differs by processor
  ),
  claim(
    'It is the same face, pixel by pixel.',
    (o) => o.number("straight lines, and DDIM on the model's own schedule: a pixel differs by"),
    (apart) => apart < 2e-5,
  ),
  claim(
    'at σ/α = 0.8 the error is {0.908} of that of uniform times, at 12.8 it is {1.223}',
    (o) => [0.8, 12.8, 0.4, 1.6, 0.05, 0.1, 3.2, 6.4].map((at) => levels(o, at)),
    (_, __, ...rest) => rest.slice(0, 2).every((each) => each < 1) && rest.slice(2).every((each) => each > 1),
  ),
  claim(
    'a Fréchet distance of {51.1} with one question, {14.1} with four and {7.2} with sixteen',
    () => [1, 4, 16].map((n) => distance('flow-faces', EVEN, n)),
  ),
  claim(
    'has {145.4} and {41.0} with one and four',
    () => [1, 4].map((n) => distance(TEACHER, EVEN, n)),
  ),
  claim(
    'the lines are bent by {2.45} times their own squared length',
    (o) => bent(o, 'flow'),
  ),
  claim('After, by {0.0078}.', (o) => bent(o, 'rectified')),
  claim(
    'A single step of the flow leads to the middle, {1.112} away from the world; a single step of the rectified one ends on the ring, {0.060} away, where points of the world are {0.008} from their nearest neighbours.',
    (o) => [off(o, 'flow')[0], off(o, 'rectified')[0], o.number('the world itself: off by')],
  ),
  claim('in fifty steps the rectified network is at {0.032}, the flow at {0.021}', (o) => [
    off(o, 'rectified')[1],
    off(o, 'flow')[1],
  ]),
  claim(
    'Before, the lines of faces are bent by {0.0305} of their squared length, after by {0.0036}.',
    (o) => o.numbers('faces: bent by').slice(0, 2),
  ),
  claim(
    'with one question the rectified network is at a Fréchet distance of {6.1}, where the flow is at {51.1}. Sixteen do hardly better, {5.9}, where the flow is at {7.2}.',
    () => [1, 16].flatMap((n) => ['reflow-faces', 'flow-faces'].map((name) => distance(name, EVEN, n))),
  ),
  claim('goes on with these pairs, for {8,000} steps', () => steps('reflow-faces')),
  claim(
    'with lessons a bit of the level lower the largest difference is {0.138}, at low levels, on the left of the figure',
    (o) => [o.number('a bit of the level: largest difference'), worstAt(o, 'lower by a bit of the level')],
    (_, at) => at < 0.5,
  ),
  claim(
    'With lessons half of the way lower it is {0.086}, and that at the right end',
    (o) => [o.number('half of the way: largest difference'), worstAt(o, 'lower by half of the way')],
    (_, at) => at > 0.9,
  ),
  claim(
    'In one step the student with near lessons is {0.071} from the world, the one with far lessons {0.048}, the rectified network {0.060}, the flow {1.112}. A second question gives {0.070} and {0.051}',
    (o) =>
      ['consistent, a bit, 1', 'consistent, half, 1', 'rectified, 1', 'flow, 1', 'consistent, a bit, 2', 'consistent, half, 2'].map(
        (who) => plain(o, who),
      ),
  ),
  claim('It has had {4,000} steps, {28} minutes of the processor', () => [
    steps(FIRST),
    checkpoint(FIRST).number('processorMinutes'),
  ]),
  claim(
    "With one question the first student's faces are at a distance of {12.4}, with a recall of {0.616}. That is a large step: its teacher is at {145.4} there.",
    (o) => {
      const figure = o.figure('Figure 17.12');
      return [figure.at(1, 'first student'), o.numbers('first student, 1: distance')[1], figure.at(1, 'teacher, DDIM')];
    },
  ),
  claim(
    'With two questions it is {27.5}, and with four {36.7}: each further question makes it *worse*',
    () => [2, 4, 1].map((n) => distance(FIRST, 'denoise/renoise', n)),
    (two, four, one) => falling(four, two, one),
  ),
  claim(
    "At $t=0.5$ the first student is {0.193} from the end of the path, and the teacher's guess, a mean and not made for this at all, only {0.039}.",
    (o) => ['first student', "teacher's first guess"].map((name) => o.figure('Figure 17.10').at(0.5, name)),
  ),
  claim(
    'Of the levels in the figure, only at pure noise itself is it nearer than its teacher.',
    (o) => {
      const figure = o.figure('Figure 17.10');
      const [student, teacher] = ['first student', "teacher's first guess"].map((name) => figure.y(name));
      return student.map((miss, i) => miss - teacher[i]);
    },
    (...further) => further.length === 11 && further.every((each, i) => (i < 10 ? each > 0 : each < 0)),
  ),
  claim(
    'with {6,000} steps and twice as many faces in each',
    () => [steps(NEAR), steps(STUDENT)],
    (_, wide) => wide === 6000,
  ),
  claim(
    'It is worse, as the figure shows: {0.212} at $t=0.5$; its distance is {20.4} with one question and {37.3} with two.',
    (o) => [
      o.figure('Figure 17.10').at(0.5, 'second student'),
      ...[1, 2].map((n) => distance(NEAR, 'denoise/renoise', n)),
    ],
  ),
  claim(
    "It is {0.022} off at $t=0.5$, and nearer to the end than the teacher's guess at all levels.",
    (o) => {
      const figure = o.figure('Figure 17.10');
      const [third, teacher] = ['third student', "teacher's first guess"].map((name) => figure.y(name));
      return [figure.at(0.5, 'third student'), ...third.map((miss, i) => teacher[i] - miss)];
    },
    (_, ...nearer) => nearer.length === 11 && nearer.every((each) => each > 0),
  ),
  claim(
    'at $t=0.05$ the second student has just one lesson between itself and the picture, and yet it is {0.031} off, where it began with {0.007}',
    (o) => ['second student', "teacher's first guess"].map((name) => o.figure('Figure 17.10').at(0.05, name)),
  ),
  claim(
    'It is at {6.6} with one question, {6.1} with two (the second at $t=0.5$), and {6.3} with four',
    () => [1, 2, 4].map((n) => distance(STUDENT, 'denoise/renoise', n)),
  ),
  claim(
    'Of {2,500} samples, with two questions, the second at 0.8, the distance is {3.4} (real faces are at {0.45}), with a recall of {0.91}; the teacher needs {34} questions for its {1.4}.',
    (o) => [
      published(STUDENT).number('evaluation.samples'),
      quality(STUDENT),
      published(STUDENT).number('evaluation.likeness.floor.distance'),
      published(STUDENT).number('evaluation.likeness.recall'),
      o.table('let family =').number('with stable targets (13)', 'evaluations'),
      quality(TEACHER),
    ],
  ),
  claim('the rectified network, which has {6.1} with one', () => distance('reflow-faces', EVEN, 1)),
  claim(
    'with one question the one is {three} times as far off as the other',
    () => Math.round(distance(NEAR, 'denoise/renoise', 1) / distance(STUDENT, 'denoise/renoise', 1)),
  ),
  claim(
    'From {0.3} to {0.95} all distances lie between {6.1} and {6.9}, and the interval of each is more than three wide',
    (o) => {
      const figure = o.figure('Figure 17.13');
      const [x, y] = [figure.x('second look'), figure.y('second look')];
      return [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y), ...x.map(widthOf)];
    },
    (...all) => all.slice(4).every((width) => width > 3),
  ),
  claim('{0.3385} and {0.3381} bits', (o) => [
    o.number('by numbers of hidden pixels'),
    o.number("by MDLM's integral"),
  ]),
  claim(
    '{71.6} against {35.4}, with {65} kinds of faces instead of {191}',
    () => [
      order('surest').number('frechet.distance'),
      order('random').number('frechet.distance'),
      order('surest').number('combinations.distinct'),
      order('random').number('combinations.distinct'),
    ],
    (surest, random) => near(surest / random, 2, 0.1),
  ),
  claim(
    'The best quality has the model of chapter 13, {1.4}, for {34} questions to the network; hiding pixels and drawing colours, without a Gaussian, comes to {3.9} with {80}.',
    (o) => {
      const table = o.table('let family =');
      return ['with stable targets (13)', 'palette, masked (5, 17)'].flatMap((method) => [
        table.number(method, 'Fréchet distance'),
        table.number(method, 'evaluations'),
      ]);
    },
  ),
  claim('a student whose first guess is its last, {3.4} with two, and straight lines, {2.6} with two', () => [
    quality(STUDENT),
    quality('reflow-faces'),
  ]),
  claim(
    'The lines become straighter still, {0.0030} instead of {0.0078}, and one step ends {0.055} from the world instead of {0.060}. In fifty steps it is {0.036}',
    (o) => {
      const [again, one, , fifty] = o.numbers('straightened twice: bent by');
      return [again, bent(o, 'rectified'), one, off(o, 'rectified')[0], fifty];
    },
  ),
  claim(
    'Swapping alone makes them straight to {0.0386}, without any trained network before it; one step ends {0.081} from the world, fifty {0.020}, as good as the flow itself.',
    (o) => {
      const [straight, one, , fifty] = o.numbers('suited: bent by');
      return [straight, one, fifty, off(o, 'flow')[1]];
    },
    (_, __, fifty, flow) => near(fifty, flow, 0.1),
  ),
  claim('{0.078} from the world, nearly as near as with a teacher and near lessons ({0.071}), not as near as with far ones ({0.048}).', (o) => [
    plain(o, 'without a teacher'),
    plain(o, 'consistent, a bit, 1'),
    plain(o, 'consistent, half, 1'),
  ], (alone, taught) => near(alone, taught, 0.15)),
  claim('measured {0.400}, and the mean has {0.400}, where the end of the curve has {0.894}', (o) => {
    const factors = o.numbers('at t = 0.5 the best factor is');
    return [factors[0], factors[1], factors[2]];
  }),
];
