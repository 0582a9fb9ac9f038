/**
 * `npm run results -- draws-kept`: what chapter 5 says of faces drawn from predicted probabilities, by the number of
 * steps and by what is done against speckle.
 */
import { measureSamples } from './samples.ts';

const corrector = { rounds: 2, parts: 8, temperature: 0.7 };

/** The last reveals one pixel in each step. */
const ways: Record<string, object> = {
  'S = 4': { steps: 4 },
  'S = 16': { steps: 16 },
  'S = 64': { steps: 64 },
  'S = 64, few pixels first': { steps: 64, power: 2 },
  'S = 64, few pixels first, corrector': { steps: 64, power: 2, corrector },
  'S = 256': { steps: 256 },
  'S = 1024': { steps: 1024 },
};

await measureSamples({
  name: 'draws-kept',
  names: ['way'],
  checkpoint: 'palette-faces',
  seed: 5,
  ways: Object.entries(ways).map(([way, options]) => [{ way }, { kind: 'palette', ...options }]),
  tell: ({ way, evaluation }) => [
    way,
    evaluation.likeness.frechet.distance,
    JSON.stringify(evaluation.variety.imbalance),
    JSON.stringify(evaluation.sharpness),
  ],
});
