/** Rows of a table of ways of sampling from one model. */
import { evaluate, type Evaluation, loadReference, pretrained, ready, sampleSet, type Spec } from 'naive-diffusion';
import { processorSeconds } from '../processor-time.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

/** One way of sampling, called by fields of its own, and what all metrics say of the samples. */
interface SamplesRow extends Origin {
  [name: string]: unknown;
  options: { sampler: Spec; count: number; batchSize: number };
  /** Steps of training. */
  steps: number;
  /**
   * Seconds of processor time for one sample, on all cores together: other programs disturb them less than time by the
   * clock.
   */
  processorSeconds: number;
  evaluation: Evaluation;
}

/** What is measured, and what it is called. */
interface Table {
  /** The result file, and so the name of the measurement. */
  name: string;
  /** The fields that say which way a row is about. */
  names: string[];
  checkpoint: string;
  seed: number;
  /** Their values, and how to sample; the quick ones first. */
  ways: [named: Record<string, unknown>, sampler: Spec][];
  /** What is printed of a new row. */
  tell(row: SamplesRow): unknown[];
}

/** Samples in each way that is not yet in the file, and writes it row by row. */
export async function measureSamples({ name, names, checkpoint, seed, ways, tell }: Table): Promise<void> {
  await ready();
  const results = new ResultFile<SamplesRow>(name, { command: `npm run results -- ${name}`, seed, names });
  const file = fileOf(checkpoint);
  const jobs = results.missing(
    ways.map(([named, sampler]) => ({
      ...named,
      ...file,
      seed,
      options: { sampler, count: 256, batchSize: 128 },
    })),
  );
  if (jobs.length === 0) return;
  const reference = await loadReference('faces');
  const model = await pretrained(checkpoint);
  for (const job of jobs) {
    const before = processorSeconds();
    const images = await sampleSet({ model, seed, ...job.options });
    const each = (processorSeconds() - before) / images.length;
    const evaluation = await evaluate({ images, reference, seed });
    const row = { ...job, steps: model.notes.steps as number, processorSeconds: each, evaluation };
    results.put(row);
    console.log(...tell(row));
  }
  model.network.dispose();
  reference.dispose();
}
