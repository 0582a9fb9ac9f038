// What chapter 17 claims of its outputs, and of the files that it reads.
import { claim, falling, near } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const FIRST = 'consistent-faces';
const NEAR = 'consistent-near-faces';
const STUDENT = 'consistent-wide-faces';
const TEACHER = 'stable-velocity-faces';
const EVEN = 'DDIM, even levels';
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
const levels = (o: Outputs, at: number) => o.figure('Figure 17.3').at(at, 'logit-normal');

export default [
  claim('about {two} minutes on two processor cores', () =>
    Math.round(tableOf('bench/README.md', 'chapter | 1').number('seconds', '17') / 60),
  ),
  claim(
    "which is Euler's step",
    (o) => [
      o.number('50 steps of Euler and of DDIM: largest difference'),
      o.number("our loss and the library's: difference"),
    ],
    (steps, loss) => steps < 2e-5 && loss < 1e-6,
  ),
  claim(
    'It is the same face, pixel by pixel.',
    (o) => o.number("straight lines, and DDIM on the model's own schedule: a pixel differs by"),
    (apart) => apart < 2e-5,
  ),
  claim(
    'at σ/α = 0.8 the error is {0.915} of that of uniform times, at 12.8 it is {1.229}',
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
    'A single step of the flow leads to the middle, {1.112} away from the world; a single step of the rectified one ends on the ring, {0.060} away, where points of the world are {0.008} from each other.',
    (o) => [off(o, 'flow')[0], off(o, 'rectified')[0], o.number('the world itself: off by')],
  ),
  claim('in fifty steps the rectified network is at {0.032}, the flow at {0.021}', (o) => [
    off(o, 'rectified')[1],
    off(o, 'flow')[1],
  ]),
  claim(
    'the largest difference is {0.138}, in the lower part of the figure',
    (o) => {
      const figure = o.figure('Figure 17.7');
      const [learnt, exact] = ['learnt', 'where the curve ends'].map((name) => figure.y(name));
      const apart = learnt.map((each, i) => Math.abs(each - exact[i]));
      const worst = apart.indexOf(Math.max(...apart));
      return [o.number('learnt and exact: largest difference'), figure.x('learnt')[worst]];
    },
    (_, at) => at < 0.5,
  ),
  claim(
    'In one step the student is {0.071} from the world, the rectified network {0.060}, the flow {1.112}. A second question to the student gives {0.070}',
    (o) => ['consistent, 1', 'rectified, 1', 'flow, 1', 'consistent, 2'].map((who) => plain(o, who)),
  ),
  claim('It has had {4,000} steps, {28} minutes of the processor', () => [
    published(STUDENT).number('training.steps'),
    published(STUDENT).number('training.processorMinutes'),
  ]),
  claim(
    "With one question the student's faces are at a distance of {12.4} with a recall of {0.616}; its teacher is at {145.4} there, and 2M needs more than four questions to do better ({32.2} with four, {5.0} with eight).",
    (o) => {
      const figure = o.figure('Figure 17.10');
      return [
        figure.at(1, 'student'),
        o.number('student, 1: recall'),
        figure.at(1, 'teacher, DDIM'),
        figure.at(4, 'teacher, 2M'),
        figure.at(8, 'teacher, 2M'),
      ];
    },
    (student, _, __, four, eight) => four > student && student > eight,
  ),
  claim(
    'it is {27.5}, and with four {36.7}: each further question makes it *worse*',
    () => [2, 4, 1].map((n) => distance(STUDENT, 'denoise/renoise', n)),
    (two, four, one) => falling(four, two, one),
  ),
  claim('(With 2,500 samples and two questions: {24.6}, recall {0.07}.)', () => [
    quality(STUDENT),
    published(STUDENT).number('evaluation.likeness.recall'),
  ]),
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
  claim("the nearest thing to one is the student's {12.4} for a single one", () =>
    distance(STUDENT, 'denoise/renoise', 1),
  ),
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
  claim('{0.078} from the world, nearly as near as with a teacher', (o) => [
    plain(o, 'without a teacher'),
    plain(o, 'consistent, 1'),
  ], (alone, taught) => near(alone, taught, 0.15)),
  claim('measured {0.400}, and the mean has {0.400}, where the end of the curve has {0.894}', (o) => {
    const factors = o.numbers('at t = 0.5 the best factor is');
    return [factors[0], factors[1], factors[2]];
  }),
];
