/**
 * `npm run results -- draws-kept`: what chapter 5 says of faces drawn from predicted probabilities, by the number of
 * steps and by what is done against speckle.
 */
import { evaluate, loadReference, ready, sampleSet, type Evaluation } from 'naive-diffusion';
import { hashOf, openModel, ResultFile } from './checkpoint.ts';

const [checkpoint, seed, count, batchSize] = ['palette-faces', 5, 256, 128];
const corrector = { rounds: 2, parts: 8, temperature: 0.7 };

/** The quick ones first; the last reveals one pixel in each step. */
const ways: Record<string, object> = {
  'S = 4': { S: 4 },
  'S = 16': { S: 16 },
  'S = 64': { S: 64 },
  'S = 64, few pixels first': { S: 64, power: 2 },
  'S = 64, few pixels first, corrector': { S: 64, power: 2, corrector },
  'S = 256': { S: 256 },
  'S = 1024': { S: 1024 },
};

/** One way of sampling, and what all metrics say of the samples. */
interface Row {
  way: string;
  options: object;
  checkpoint: string;
  sha256: string;
  /** Steps of training. */
  steps: number;
  /** Seconds of processor time for one sample, on all cores together. */
  processorSeconds: number;
  evaluation: Evaluation;
}

await ready();
const results = new ResultFile<Row>('draws-kept', { command: 'npm run results -- draws-kept', seed });
const missing = Object.entries(ways).filter(
  ([way]) => results.rows.find((row) => row.way === way)?.sha256 !== hashOf(checkpoint),
);
if (missing.length) {
  const reference = await loadReference('faces');
  const { network, ...model } = await openModel(checkpoint);
  for (const [way, options] of missing) {
    const before = process.cpuUsage();
    const images = await sampleSet({
      network,
      sampling: { method: 'palette', degradation: 'binomial', options: { ...options } },
      count,
      seed,
      batchSize,
    });
    const { user, system } = process.cpuUsage(before);
    const evaluation = await evaluate({ images, reference, seed });
    results.put(
      { way, options, ...model, processorSeconds: (user + system) / 1e6 / count, evaluation },
      (row) => row.way === way,
    );
    console.log(
      way,
      evaluation.likeness.frechet.distance,
      JSON.stringify(evaluation.variety.imbalance),
      JSON.stringify(evaluation.sharpness),
    );
  }
  network.dispose();
  reference.dispose();
}
