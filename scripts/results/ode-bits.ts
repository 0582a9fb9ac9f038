/**
 * `npm run results -- ode-bits`: what chapter 12 says of the bits of faces by the density of the probability-flow
 * equation, by its steps, by where it begins, and by the model.
 */
import { type Gaussian, loadFaces, odeBits, pretrained, ready } from 'naive-diffusion';
import { processorSeconds } from '../processor-time.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';

const seed = 12;

/** The bits of one model. */
interface Row extends Origin {
  model: string;
  data: 'unseen faces' | 'training faces';
  steps: number;
  least: number;
  faces: number;
  bits: { total: number; low: number; high: number };
  /** Seconds of processor time for one image, on all cores together. */
  processorSeconds: number;
}
type Name = 'model' | 'data' | 'steps' | 'least' | 'faces';
type Job = Pick<Row, Name> & Origin;

await ready();
const results = new ResultFile<Row, Name>('ode-bits', {
  command: 'npm run results -- ode-bits',
  seed,
  names: ['model', 'data', 'steps', 'least', 'faces'],
});
const [velocity, noise] = ['gaussian-velocity-faces', 'gaussian-noise-faces'];
const wanted: [model: string, data: Row['data'], steps: number, least: number, faces: number][] = [
  // How many steps it takes, and where to begin.
  ...[10, 20, 40, 80].map((steps): (typeof wanted)[0] => [velocity, 'unseen faces', steps, 0.004, 20]),
  ...[0.002, 0.008, 0.016].map((least): (typeof wanted)[0] => [velocity, 'unseen faces', 40, least, 20]),
  // Another model, and faces that were trained on.
  [noise, 'unseen faces', 20, 0.004, 20],
  [velocity, 'training faces', 20, 0.004, 20],
];
const jobs = results.missing(
  wanted.map(([model, data, steps, least, faces]): Job => {
    return { model, data, steps, least, faces, ...fileOf(model), seed, options: { probes: 1, batchSize: 20 } };
  }),
);
const sets = { 'unseen faces': await loadFaces({ split: 'test' }), 'training faces': await loadFaces() };
for (const job of jobs) {
  const model = await pretrained(job.model);
  const { steps, least, faces } = job;
  const data = sets[job.data].subset({ end: faces });
  const parts = { denoise: model.denoise!, degradation: model.degradation as Gaussian, data, seed };
  const before = processorSeconds();
  const { total, interval } = await odeBits({ ...parts, steps, least, probes: 1, batchSize: 20 });
  const each = (processorSeconds() - before) / faces;
  results.put({ ...job, bits: { total, low: interval.low, high: interval.high }, processorSeconds: each });
  console.log(job.model, job.data, steps, least, faces, total, interval.low, interval.high, each);
  model.network.dispose();
}
