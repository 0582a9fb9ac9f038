/**
 * `npm run results -- fed-back`: how far cold diffusion's two algorithms get with more and more steps back from blur,
 * by chapter 6's network and by one of the same make that is trained three times as long.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  asSet,
  blur,
  type Checkpoint,
  frechetDistance,
  key,
  last,
  loadCheckpoint,
  loadReference,
  normal,
  pretrained,
  ready,
  type Reference,
  rmse,
  sampleCold,
  ssim,
  tf,
} from 'naive-diffusion';
import { sha256Of } from '../sha256.ts';
import { fileOf } from './model.ts';
import { type Origin, ResultFile } from './result-file.ts';
import { runBeside } from './run-beside.ts';

const [seed, level, images, longer] = [6, 0.6, 500, 5_400];
const recipe = 'cold-blur-faces';
const folder = path.join('runs', 'fed-back');
const file = path.join(folder, recipe, `${recipe}.safetensors`);
/** Levels at which a change is fed back, and how often. */
const [levels, passes] = [[0.6, 0.45, 0.3, 0.15, 0.05], 8];

interface Job extends Origin {
  S: number;
}
interface Row extends Job {
  /** Training steps of the network. */
  training: number;
  scores: Record<string, { frechet: number; ssim: number; rmse: number }>;
  /** By how much a change has grown in the last of the passes, at each level. */
  factors: Record<string, number>;
}

if (!existsSync(file)) runBeside('train.ts', '--recipe', recipe, '--steps', String(longer), '--out', folder);

await ready();
const results = new ResultFile<Row, 'checkpoint' | 'S'>('fed-back', {
  command: 'npm run results -- fed-back',
  seed,
  names: ['checkpoint', 'S'],
});
const options = { level, images, levels, passes };
const origins = [fileOf(recipe), { checkpoint: `fed-back/${recipe}`, sha256: sha256Of(file) }];
const jobs = results.missing(
  origins.flatMap((origin): Job[] => [1, 4, 16, 64].map((S) => ({ ...origin, S, seed, options }))),
);
if (jobs.length) {
  const reference = await loadReference('faces');
  for (const origin of origins) {
    const own = jobs.filter(({ checkpoint }) => checkpoint === origin.checkpoint);
    if (own.length === 0) continue;
    const model = origin.checkpoint === recipe ? await pretrained(recipe) : await loadCheckpoint(file);
    const factors = Object.fromEntries(levels.map((t) => [t, tf.tidy(() => factor(model, t, reference))]));
    for (const job of own) {
      const row = {
        ...job,
        training: model.notes.steps as number,
        scores: await measure(model, job.S, reference),
        factors,
      };
      results.put(row);
      console.log(JSON.stringify(row));
    }
    model.network.dispose();
  }
  reference.dispose();
}

/** The same images restored by both algorithms. */
async function measure({ denoise }: Checkpoint, S: number, { unseen, judge }: Reference): Promise<Row['scores']> {
  const clean = unseen.subset({ end: images });
  const truth = await judge.features(clean);
  const scores: Row['scores'] = {};
  for (const algorithm of [1, 2] as const) {
    const x0 = clean.images();
    const z = blur().at({}, x0, level);
    const set = asSet(
      await last(sampleCold({ denoise: denoise!, degradation: blur(), steps: S, z, level, algorithm })),
    );
    tf.dispose([x0, z]);
    scores[`algorithm ${algorithm}`] = {
      frechet: frechetDistance(await judge.features(set), truth),
      ssim: ssim(set, clean).mean,
      rmse: rmse(set, clean).mean,
    };
  }
  return scores;
}

/** By how much a small change grows from pass to pass of blur and network, once the first passes have shaped it. */
function factor({ denoise }: Checkpoint, t: number, { unseen }: Reference): number {
  const x = unseen.images({ end: 64 });
  const pass = (images: typeof x) => denoise!(blur().at({}, images, t), t).x0;
  const plain = pass(x);
  let change = tf.mul(normal(key(seed), x.shape), 0.01);
  let grown = 0;
  for (let n = 0; n < passes; n++) {
    const out = tf.sub(pass(tf.add(x, change)), plain);
    grown = tf.sqrt(tf.mean(tf.square(out))).dataSync()[0] / 0.01;
    change = tf.div(out, grown);
  }
  return grown;
}
