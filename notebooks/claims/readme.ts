// What README.md claims of measurements in bench/ and data/results.
import { claim } from '../../scripts/claims/claim.js';
import { Json, tableOf } from '../../scripts/claims/outputs.js';

/** Minutes that a chapter takes, rounded up to a whole one where it takes less. */
const minutes = (chapter: number) =>
  Math.max(1, tableOf('bench/README.md', 'chapter | 1').number('seconds', String(chapter)) / 60);
const ratio = (workload: string) => Json.read('bench/results.json').number(`ratios.${workload}`);
const PICTURES = { algorithm: 'denoise-renoise' };
/** The mean Fréchet distance over the seeds of the benchmark. */
function distance(side: 'ours' | 'pytorch', after: number): number {
  const rows = Json.read('bench/pictures.json')
    .at('rows')
    .all({ ...PICTURES, side, minutes: after });
  return rows.reduce((sum, row) => sum + row.number('frechet.distance'), 0) / rows.length;
}

export default [
  claim('and counting bits | {2} min |', () => minutes(1)),
  claim('and how long that takes | {1} min |', () => minutes(2)),
  claim('what a network for images needs, each part measured | {4} min |', () => minutes(3)),
  claim('training, sampling, and what is wrong with the result | {14} min |', () => minutes(4)),
  claim('and a cure: drawing instead of averaging | {15} min |', () => minutes(5)),
  claim('and why fading to black has one sample | {3} min |', () => minutes(6)),
  claim('also at an equal budget | {5} min |', () => minutes(7)),
  claim('and whether putting noise back helps | {10} min |', () => minutes(8)),
  claim('and how much noise to put in | {6} min |', () => minutes(9)),
  claim('and whether the likelier model paints better | {3} min |', () => minutes(10)),
  claim('and the way back | {4} min |', () => minutes(11)),
  claim('and exact likelihoods | {3} min |', () => minutes(12)),
  claim('and the perfect memoriser as a teacher | {4} min |', () => minutes(13)),
  claim('and several wishes at once | {7} min |', () => minutes(14)),
  claim('and one model against four specialists | {2} min |', () => minutes(15)),
  claim('plucks, bells and drums at the pitch that one asks for | {2} min |', () => minutes(18)),
  claim(
    "On two cores a training step of chapter 4's network, and one of a residual UNet, take about half of PyTorch's time.",
    () => [1 / ratio('a'), 1 / ratio('b')],
    (naive, residual) => naive > 0.4 && naive < 0.6 && residual > 0.4 && residual < 0.6,
  ),
  claim(
    "denoise/renoise has a Fréchet distance of {72} with the library, and of {220} with the article's program in PyTorch; after 15 minutes, of {89} and {142} ({three} seeds each)",
    () => {
      const seeds = Json.read('bench/pictures.json')
        .at('rows')
        .all({ ...PICTURES, side: 'ours', minutes: 5 }).length;
      return [distance('ours', 5), distance('pytorch', 5), distance('ours', 15), distance('pytorch', 15), seeds];
    },
  ),
  claim(
    "Chapter 4's walk finds one face for all",
    () => Json.read('data/results/naive-faces.json').number('evaluation.variety.repeats.distinct'),
    (faces) => faces === 1,
  ),
  claim(
    'finds out by counting how few faces still come of it, and mends that',
    () =>
      ['denoise-renoise-faces', 'palette-faces', 'real-faces'].map((model) =>
        Json.read(`data/results/${model}.json`).number('evaluation.variety.combinations.distinct'),
      ),
    (few, many, real) => few < 0.5 * real && many > 0.75 * real,
  ),
];
