// What bench/README.md claims of the measurements beside it.
import { claim, near, rising } from '../../scripts/claims/claim.js';
import { Json } from '../../scripts/claims/outputs.js';

const results = () => Json.read('bench/results.json');
const pictures = () => Json.read('bench/pictures.json');
type Side = 'ours' | 'pytorch';
const runs = (side: Side, algorithm: string, minutes: number) =>
  pictures().at('rows').all({ side, algorithm, minutes });
function mean(side: Side, algorithm: string, minutes: number, path: string): number {
  const rows = runs(side, algorithm, minutes);
  return rows.reduce((sum, row) => sum + row.number(path), 0) / rows.length;
}
const RENOISE = 'denoise-renoise';

/** What a row of the table of pictures begins with: steps and Fréchet distance, each with the least and the most. */
function row(side: Side, algorithm: string, minutes: number): number[] {
  return ['steps', 'frechet.distance'].flatMap((path) => {
    const values = runs(side, algorithm, minutes).map((run) => run.number(path));
    return [mean(side, algorithm, minutes, path), Math.min(...values), Math.max(...values)];
  });
}
/** Milliseconds of a workload on both sides. */
const times = (workload: string) =>
  (['ours', 'pytorch'] as const).map((side) => 1000 * results().number(`workloads.${workload}.times.${side}.median`));

export default [
  claim("(a) a training step of chapter 4's network | {58.4} ms (54.2 to 61.5) | {112} ms", () => times('a')),
  claim('(b) a training step of a residual UNet | {353} ms (331 to 406) | {818} ms', () => times('b')),
  claim('| {1.92} | 145 ms', () => results().number('ratios.a')),
  claim('| {2.32} | 906 ms', () => results().number('ratios.b')),
  claim("(d) 64 samples of chapter 4's network in 64 steps | {969} ms (888 to 1080) | {2283} ms", () => times('d')),
  claim('| the library, naive | 5 | {7049} ({6944} to {7245}) | {234.7} ({214.3} to {263.9}) |', () =>
    row('ours', 'naive', 5),
  ),
  claim('| the library, naive | 15 | {21180} ({20545} to {21629}) | {165.9} ({157.1} to {181.9}) |', () =>
    row('ours', 'naive', 15),
  ),
  claim('| the library, denoise/renoise | 5 | {6376} ({6040} to {6605}) | {72.1} ({61.7} to {86.2}) |', () =>
    row('ours', RENOISE, 5),
  ),
  claim('| the library, denoise/renoise | 15 | {19403} ({18785} to {19836}) | {88.7} ({75.5} to {103.2}) |', () =>
    row('ours', RENOISE, 15),
  ),
  claim('| PyTorch, naive | 5 | {7442} ({7318} to {7599}) | {149.2} ({137.0} to {172.8}) |', () =>
    row('pytorch', 'naive', 5),
  ),
  claim('| PyTorch, naive | 15 | {22278} ({21917} to {22597}) | {185.8} ({139.4} to {242.5}) |', () =>
    row('pytorch', 'naive', 15),
  ),
  claim('| PyTorch, denoise/renoise | 5 | {6907} ({6559} to {7115}) | {220.0} ({200.7} to {246.9}) |', () =>
    row('pytorch', RENOISE, 5),
  ),
  claim('| PyTorch, denoise/renoise | 15 | {20962} ({20292} to {21346}) | {142.4} ({137.2} to {151.1}) |', () =>
    row('pytorch', RENOISE, 15),
  ),
  claim('| coin flips, which no network has touched | | | {161.4} |', () =>
    pictures().number('noise.frechet.distance'),
  ),
  claim(
    "with denoise/renoise the library's pictures are better after 5 and after 15 minutes, for every seed, by distance, by precision, and to the eye.",
    () =>
      [5, 15].flatMap((minutes) =>
        [1, 2, 3].flatMap((seed) => {
          const run = (side: Side) => pictures().at('rows').one({ side, algorithm: RENOISE, minutes, seed });
          const ahead = (path: string) => run('ours').number(path) - run('pytorch').number(path);
          return [-ahead('frechet.distance'), ahead('precision')];
        }),
      ),
    (...leads) => leads.length === 12 && leads.every((lead) => lead > 0),
  ),
  claim('Part of that is speed ({1.8} times as many images in the same time)', () => {
    const images = (side: Side) =>
      mean(side, RENOISE, 5, 'steps') * pictures().number(`settings.${side}.${RENOISE}.batch`);
    return images('ours') / images('pytorch');
  }),
  claim(
    "Its samples have fewer kinds after 15 minutes than after 5, and then fewer than PyTorch's.",
    () => [
      mean('ours', RENOISE, 15, 'combinations.distinct'),
      mean('pytorch', RENOISE, 15, 'combinations.distinct'),
      mean('ours', RENOISE, 5, 'combinations.distinct'),
    ],
    (...kinds) => rising(...kinds),
  ),
  claim(
    'after 5 minutes a blurred head from the library and noise from PyTorch, after 15 grain from both.',
    () => [
      mean('ours', 'naive', 5, 'nearest.samples'),
      mean('ours', 'naive', 15, 'nearest.samples'),
      mean('pytorch', 'naive', 5, 'nearest.samples'),
      mean('pytorch', 'naive', 15, 'nearest.samples'),
      pictures().number('noise.nearest.samples'),
    ],
    (head, grain, noise, later, flips) => head < 0.15 && grain > 1.3 * head && rising(grain, later, noise, flips),
  ),
  claim(
    'Their distances are about that of coin flips, above it or below, and rank nothing.',
    () =>
      (['ours', 'pytorch'] as const).flatMap((side) =>
        [5, 15].map(
          (minutes) => mean(side, 'naive', minutes, 'frechet.distance') / pictures().number('noise.frechet.distance'),
        ),
      ),
    (...ratios) => ratios.every((ratio) => near(ratio, 1, 0.5)) && Math.max(...ratios) > 1 && Math.min(...ratios) < 1,
  ),
];
