/**
 * `npm run results -- steps-and-draws`: what chapter 5 says of denoise/renoise's samples, by the number of steps and by
 * where the draws come from.
 */
import type { Spec } from 'naive-diffusion';
import { measureSamples } from './samples.ts';

const samplers: Record<'fresh' | 'fixed' | 'algorithm 2', (steps: number) => Spec> = {
  fresh: (steps) => ({ kind: 'denoise-renoise', steps, draw: 'fresh' }),
  fixed: (steps) => ({ kind: 'denoise-renoise', steps, draw: 'fixed' }),
  'algorithm 2': (steps) => ({ kind: 'cold', steps, algorithm: 2, draw: 'fixed' }),
};
type Draws = keyof typeof samplers;

/** A row takes S · count predictions. */
const wanted: [draws: Draws, S: number][] = [
  ['fresh', 1],
  ['fresh', 4],
  ['fresh', 16],
  ['fresh', 64],
  ['fixed', 16],
  ['algorithm 2', 16],
  ['fixed', 64],
  ['algorithm 2', 64],
  ['fresh', 256],
  ['fresh', 1024],
  ['fixed', 256],
  ['algorithm 2', 256],
];

await measureSamples({
  name: 'steps-and-draws',
  names: ['draws', 'S'],
  checkpoint: 'denoise-renoise-faces',
  seed: 5,
  ways: wanted.map(([draws, S]) => [{ draws, S }, samplers[draws](S)]),
  tell: ({ draws, S, evaluation }) => [
    draws,
    S,
    evaluation.likeness.frechet.distance,
    JSON.stringify(evaluation.variety.imbalance),
  ],
});
