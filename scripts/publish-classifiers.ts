/**
 * `npm run train -- --recipe classifier-faces`, then `npm run classifiers -- faces`, and so for `digits` and for
 * `faces-64`; without a name, all three: calibrates classifiers, tests them on images that they have not seen, and puts
 * them into data/classifiers with their cards and a picture of the confusion matrices of the first two. The figures are
 * those of the published file itself.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Argument } from 'commander';
import * as v from 'valibot';
import {
  accuracy,
  asJudge,
  type Attributes,
  type Classifier,
  confusionMatrix,
  dataPath,
  expectedCalibrationError,
  type FaceSet,
  fitTemperature,
  type ImageSet,
  type Judge,
  loadClassifier,
  loadDigits,
  loadFaces,
  ready,
  saveCheckpoint,
  tf,
  writeWhole,
} from 'naive-diffusion';
import { commandLine, Mistake, start } from './command-line.ts';
import { confusionPicture } from './data/confusion-picture.ts';
import { filesToList, noteChecksums } from './data/files.ts';
import { freshFaces } from './data/fresh-faces.ts';
import { check } from './read-json.ts';

const names = ['digits', 'faces', 'faces-64'] as const;
type Name = (typeof names)[number];

/** Images with their truth. */
interface Case {
  images: ImageSet;
  truth: Attributes;
}

interface Subject {
  name: Name;
  calibration: Case;
  test: Case;
  /** What the test images are, in words. */
  tested: string;
  /** Further accuracies, of some of the test images or of others. */
  further: Record<string, Case>;
}

async function subjectOf(name: Name): Promise<Subject> {
  const digits = (set: ImageSet): Case => ({ images: set, truth: { digit: set.labels! } });
  const faces = (set: FaceSet): Case => ({ images: set, truth: set.attributes });
  if (name === 'digits')
    return {
      name,
      calibration: digits((await loadDigits()).subset({ start: 55_000 })),
      test: digits(await loadDigits({ split: 'test' })),
      tested: 'the 10,000 test digits',
      further: {},
    };
  if (name === 'faces-64')
    return {
      name,
      calibration: faces(freshFaces({ count: 2000, seed: 105, size: 64 })),
      test: faces(await loadFaces({ split: 'all', size: 64 })),
      tested: 'the 5,000 faces of data/faces-64.png, none of which it was trained on',
      further: { heldOutCombinations: faces(await loadFaces({ split: 'held-out', size: 64 })) },
    };
  const all = await loadFaces({ split: 'all' });
  const bald = new Set(all.where({ hair: 'bald' }));
  return {
    name,
    calibration: faces(freshFaces({ count: 4000, seed: 102 })),
    test: faces(all),
    tested: 'the 10,000 faces of data/faces.png, none of which it was trained on',
    further: {
      heldOutCombinations: faces(await loadFaces({ split: 'held-out' })),
      notBald: faces(all.subset(Array.from({ length: all.length }, (_, i) => i).filter((i) => !bald.has(i)))),
      withoutPalette: faces(freshFaces({ count: 4000, seed: 103 })),
    },
  };
}

/** Divides the scores of each head by the temperature that suits unseen images, by way of its weights. */
async function calibrate(network: Classifier, { images, truth }: Case): Promise<Record<string, number>> {
  const scores = await logits(network, images);
  const temperatures: Record<string, number> = {};
  for (const [name, words] of Object.entries(network.config.heads)) {
    // Where no case is wrong the fit knows no end to certainty: at most twice as sure as the network says itself.
    temperatures[name] = Math.max(
      0.5,
      fitTemperature({ data: scores[name], shape: [images.length, words.length] }, truth[name]),
    );
    for (const part of ['matrix', 'bias']) {
      const weight = network.parameters[`head.${name}.${part}`];
      const scaled = tf.div(weight, temperatures[name]);
      weight.assign(scaled);
      scaled.dispose();
    }
  }
  return temperatures;
}

/** Logarithms of the probabilities: logits but for a constant in each row, which no softmax sees. */
async function logits(network: Classifier, images: ImageSet): Promise<Record<string, Float32Array>> {
  const probabilities = await asJudge(network).predict(images);
  return Object.fromEntries(
    Object.entries(probabilities).map(([name, { data }]) => [name, data.map((p) => Math.log(Math.max(p, 1e-30)))]),
  );
}

async function accuracies(judge: Judge, { images, truth }: Case) {
  const attributes = await judge.attributes(images);
  return table(judge, (name) => round(accuracy(attributes[name], truth[name]).share, 4));
}

async function test(judge: Judge, { test, further }: Subject) {
  const { attributes, probabilities } = await judge.look(test.images);
  const others: Record<string, Record<string, number>> = {};
  for (const [part, some] of Object.entries(further)) others[part] = await accuracies(judge, some);
  return {
    accuracy: await accuracies(judge, test),
    ...(Object.keys(others).length > 0 && { accuracyOf: others }),
    calibrationError: table(judge, (name) =>
      round(expectedCalibrationError(probabilities[name], test.truth[name]).error, 4),
    ),
    confusion: table(judge, (name) =>
      confusionMatrix(attributes[name], test.truth[name], judge.vocabulary[name].length),
    ),
  };
}

function table<T>(judge: Judge, value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(judge.vocabulary).map((name) => [name, value(name)]));
}

/** The mean and the standard deviation of each feature of real images. */
async function featureStatistics(
  network: Classifier,
  { images }: Case,
): Promise<{ featureMean: number[]; featureDeviation: number[] }> {
  const {
    data,
    shape: [count, size],
  } = await asJudge(network).features(images);
  const columns = Array.from({ length: size }, (_, j) => {
    const values = Array.from({ length: count }, (_, i) => data[i * size + j]);
    const mean = values.reduce((sum, x) => sum + x, 0) / count;
    return [mean, Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count)].map((x) =>
      Number(x.toPrecision(5)),
    );
  });
  return { featureMean: columns.map(([mean]) => mean), featureDeviation: columns.map(([, deviation]) => deviation) };
}

const round = (x: number, digits: number) => Number(x.toFixed(digits));

const command = commandLine(
  'npm run classifiers --',
  'Calibrates and tests classifiers that `npm run train` has left in runs/, and puts them into data/classifiers.',
).addArgument(new Argument('[name]', 'which of them; all of them when left out').choices(names));

/** What training has noted, in the order of the card. */
const TrainingNotes = v.object({
  about: v.string(),
  steps: v.number(),
  seed: v.number(),
  minutes: v.number(),
  processorMinutes: v.number(),
  machine: v.string(),
  backend: v.string(),
  command: v.string(),
});

function trainedFile(name: Subject['name']): string {
  const recipe = `classifier-${name}`;
  return path.join('runs', recipe, `${recipe}.safetensors`);
}

async function main(wanted: readonly Name[]): Promise<void> {
  for (const name of wanted) {
    if (!existsSync(trainedFile(name)))
      throw new Mistake(
        `classifiers: ${trainedFile(name)} is not there; npm run train -- --recipe classifier-${name} makes it`,
      );
  }
  await ready();
  for (const name of wanted) {
    const subject = await subjectOf(name);
    const judge = await loadClassifier(trainedFile(subject.name));
    const trained = check(judge.notes, TrainingNotes, `classifiers: the notes of ${trainedFile(subject.name)}`);
    const temperature = await calibrate(judge.network, subject.calibration);
    const file = dataPath('classifiers', `${subject.name}.safetensors`);
    await saveCheckpoint(file, judge.network);
    judge.dispose();
    const published = await loadClassifier(file);
    const statistics = await featureStatistics(published.network, subject.calibration);
    const results = await test(published, subject);
    const { command: trainedBy, ...training } = trained;
    const notes = {
      ...training,
      commands: [trainedBy, `npm run classifiers -- ${name}`],
      temperature: Object.fromEntries(Object.entries(temperature).map(([name, t]) => [name, round(t, 3)])),
      tested: subject.tested,
      ...results,
      ...statistics,
    };
    await saveCheckpoint(file, published.network, { notes });
    writeWhole(
      'publish',
      dataPath('classifiers', `${subject.name}.json`),
      `${JSON.stringify({ ...notes, card: { network: published.network.config } }, null, 2).replaceAll(/\[\s+([\d.e,\s-]+?)\s+\]/g, (_, list: string) => `[${list.split(/,\s+/).join(', ')}]`)}\n`,
    );
    console.log(subject.name, JSON.stringify({ temperature, ...results, confusion: undefined }, null, 1));
    published.dispose();
  }
  await drawConfusion();
  noteChecksums(filesToList().filter((name) => name.startsWith('classifiers/')));
}

/** What the published classifiers of the digits and of the 32×32 faces mistake for what. */
async function drawConfusion(): Promise<void> {
  const confusion: Parameters<typeof confusionPicture>[0] = {};
  for (const name of ['digits', 'faces']) {
    const judge = await loadClassifier(name);
    const accuracy = judge.notes.accuracy as Record<string, number>;
    for (const [head, words] of Object.entries(judge.vocabulary))
      confusion[head] = { words, counts: judge.notes.confusion![head], share: accuracy[head] };
    judge.dispose();
  }
  await confusionPicture(confusion).save(dataPath('classifiers', 'confusion.png'));
}

await start(command, async (_, [name]) => main(name === undefined ? names : [name as Name]));
