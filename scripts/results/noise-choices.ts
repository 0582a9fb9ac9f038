/**
 * `npm run results -- noise-choices`: what chapter 8 says of the choices in training its program, each changed alone,
 * on a network narrow enough to be trained in two minutes.
 */
import {
  Adam,
  denoiser,
  explodingSchedule,
  fourierUnet,
  frechetDistance,
  gaussian,
  type Images,
  ImageSet,
  type Key,
  last,
  loadClassifier,
  loadDigits,
  logNormalLevels,
  logUniformLevels,
  noise,
  type NoiseDraw,
  ready,
  reinject,
  type Rows,
  sample,
  type Target,
  tf,
  toBytes,
  trainDenoiser,
  uniform,
} from 'naive-diffusion';
import { type Origin, ResultFile } from './result-file.ts';

/** Mean and standard deviation of all pixels of the padded training digits. */
const [mean, deviation] = [0.1003, 0.2756];
const [seed, steps, batchSize, rate, count, evaluations] = [8, 1000, 32, 1e-3, 250, 40];
const widths = [8, 16, 32, 64, 64];
const [least, most, first] = [0.03, 100, 30];
/** β/r while sampling. */
const shares = [0, 0.7];
const schedule = explodingSchedule({ most });
const begin = explodingSchedule({ most: first });

const choices = ['the text', 'σ log-normal', 'σ uniform', 'level not told', 'not standardised'] as const;
type Choice = (typeof choices)[number];

/** A network that was trained with one choice changed, and its samples. */
interface Row extends Origin {
  choice: Choice;
  /** Mean loss of the last hundred steps. */
  loss: number;
  samples: { share: number; distance: number; decided: number }[];
}

await ready();
const results = new ResultFile<Row, 'choice'>('noise-choices', {
  command: 'npm run results -- noise-choices',
  seed,
  names: ['choice'],
});
const options = { steps, batchSize, rate, widths, least, most, first, count, evaluations, shares };
const jobs = results.missing(
  choices.map((choice) => ({ choice, checkpoint: 'trained here', sha256: '', seed, options })),
);
if (jobs.length > 0) {
  const data = await loadDigits();
  const test = await loadDigits({ split: 'test' });
  const judge = await loadClassifier('digits');
  const real = await judge.features(test.subset({ end: count }));
  for (const job of jobs) {
    const network = fourierUnet({ widths, seed });
    const loss = await learn(network, job.choice);
    const samples: Row['samples'] = [];
    for (const share of shares) samples.push({ share, ...(await look(await draw(network, job.choice, share), real)) });
    results.put({ ...job, loss, samples });
    console.log(job.choice, loss, JSON.stringify(samples));
    network.dispose();
  }
  judge.dispose();

  async function learn(network: ReturnType<typeof fourierUnet>, choice: Choice): Promise<number> {
    const degradation = noiseOf(choice, schedule);
    const optimizer = new Adam(network.weights, { rate, warmup: 50, clip: 1, average: 0.995 });
    const losses: number[] = [];
    const training = { network, data, degradation, optimizer, steps, batchSize, seed };
    const levels =
      choice === 'σ uniform'
        ? uniformSigma
        : choice === 'σ log-normal'
          ? // Karras' −1.2 is for images with a deviation of a half; these have 1.
            logNormalLevels(degradation, { mean: -1.2 + Math.LN2 })
          : logUniformLevels(degradation, { least });
    for await (const { loss } of trainDenoiser({ ...training, target: targetOf(choice, degradation), levels }))
      losses.push(loss);
    optimizer.useAverages();
    optimizer.dispose();
    return losses.slice(-100).reduce((sum, loss) => sum + loss / 100, 0);
  }

  async function look(images: ImageSet, others: Rows) {
    const { features, probabilities } = await judge.look(images);
    const distance = frechetDistance(features, others);
    const { data: p } = probabilities.digit;
    let sure = 0;
    for (let i = 0; i < count; i++) if (p.subarray(10 * i, 10 * i + 10).some((each) => each >= 0.9)) sure++;
    return { distance, decided: sure / count };
  }
}

function noiseOf(choice: Choice, over: typeof schedule) {
  const range: [number, number] = choice === 'not standardised' ? [-1, 1] : [mean - deviation, mean + deviation];
  return gaussian({ schedule: over, range });
}

/** What the network is asked, and told of the level. */
function targetOf(choice: Choice, degradation: ReturnType<typeof gaussian>): Target<NoiseDraw> {
  const target = noise(degradation, { told: 'share' });
  if (choice !== 'level not told') return target;
  return {
    ...target,
    ask: (z, t) => {
      const [seen, told] = target.ask!(z, t);
      return [seen, tf.fill<tf.Rank.R1>(told.shape, 0.5)];
    },
  };
}

/** σ itself evenly between `least` and `most`. */
function uniformSigma(key: Key, batch: number): tf.Tensor1D {
  return tf.tidy(() => {
    const sigma = tf.add(tf.mul(uniform<tf.Rank.R1>(key, [batch]), most - least), least);
    return tf.pow<tf.Tensor1D>(tf.div<tf.Tensor1D>(sigma, most), 1 / 7);
  });
}

async function draw(network: ReturnType<typeof fourierUnet>, choice: Choice, share: number): Promise<ImageSet> {
  const degradation = noiseOf(choice, begin);
  const denoise = denoiser(network, { target: targetOf(choice, degradation) });
  const factor = (least / first) ** (1 / evaluations);
  const levels = [1];
  for (let i = 1; i <= evaluations; i++) levels.push(begin.level(first * factor ** i));
  const images: Images = await last(
    sample({ denoise, degradation, rule: reinject(share * factor), levels, count, seed }),
  );
  const pixels = toBytes(images);
  images.dispose();
  return new ImageSet({ name: 'samples', height: 32, width: 32, channels: 1, pixels });
}
