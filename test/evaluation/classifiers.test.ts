import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accuracy,
  confusionMatrix,
  dataPath,
  expectedCalibrationError,
  type FaceSet,
  listPretrained,
  loadClassifier,
  loadDigits,
  loadFaces,
  ready,
  tf,
  type ImageSet,
  type Judge,
  type Opinion,
} from 'naive-diffusion';

/** The card of a classifier, as far as it is checked here. */
interface Card {
  accuracy: Record<string, number>;
  accuracyOf: Record<string, Record<string, number>>;
  calibrationError: Record<string, number>;
  confusion: Record<string, number[][]>;
}

const card = async (name: string) =>
  JSON.parse(await readFile(dataPath('classifiers', `${name}.json`), 'utf8')) as Card;
const share = (predicted: ArrayLike<number>, truth: ArrayLike<number>) => accuracy(predicted, truth).share;

describe('the classifier of the digits', () => {
  let test: ImageSet;
  let opinion: Opinion;
  beforeAll(async () => {
    await ready();
    test = await loadDigits({ split: 'test' });
    const judge = await loadClassifier('digits');
    opinion = await judge.look(test);
    judge.dispose();
  });

  it('errs in at most 1 % of the 10,000 test digits, as often as its card says', async () => {
    const right = share(opinion.attributes.digit, test.labels!);
    expect(right).toBeGreaterThanOrEqual(0.99);
    // Another machine may round otherwise, and decide two close cases the other way.
    expect(Math.abs(right - (await card('digits')).accuracy.digit)).toBeLessThanOrEqual(0.0003);
  });

  it('is as sure as it is right, as its card says', async () => {
    const { error } = expectedCalibrationError(opinion.probabilities.digit, test.labels!);
    expect(error).toBeLessThan(0.01);
    expect(Math.abs(error - (await card('digits')).calibrationError.digit)).toBeLessThan(5e-4);
  });

  it('fits in 1 MB, and is not among the models that make images', async () => {
    expect(statSync(dataPath('classifiers', 'digits.safetensors')).size).toBeLessThan(2 ** 20);
    expect((await listPretrained()).filter((name) => name.includes('classifier'))).toEqual([]);
  });
});

describe('the classifier of the faces', () => {
  const needed = { background: 0.98, glasses: 0.98, facialHair: 0.98, hair: 0.95, skin: 0.95 } as const;
  let judge: Judge;
  let all: FaceSet;
  let opinion: Opinion;
  beforeAll(async () => {
    await ready();
    judge = await loadClassifier('faces');
    all = await loadFaces({ split: 'all' });
    opinion = await judge.look(all);
  });
  afterAll(() => {
    judge.dispose();
  });

  it('has the words of the data', () => {
    expect(judge.vocabulary).toEqual(all.vocabulary);
  });

  it('recognises each attribute of the 10,000 faces, none of which it was trained on, as often as its card says', async () => {
    const stated = (await card('faces')).accuracy;
    for (const [name, least] of Object.entries(needed))
      expect(share(opinion.attributes[name], all.attributes[name as keyof typeof needed]), name).toBeGreaterThanOrEqual(
        least,
      );
    for (const name of Object.keys(judge.vocabulary) as (keyof typeof all.attributes)[]) {
      expect(Math.abs(share(opinion.attributes[name], all.attributes[name]) - stated[name]), name).toBeLessThanOrEqual(
        0.0005,
      );
    }
  });

  it('recognises the parts of held-out combinations as well', async () => {
    const held = await loadFaces({ split: 'held-out' });
    const attributes = await judge.attributes(held);
    for (const [name, least] of Object.entries(needed))
      expect(share(attributes[name], held.attributes[name as keyof typeof needed]), name).toBeGreaterThanOrEqual(least);
  });

  it('has its confusion matrices and calibration errors in its card', async () => {
    const { confusion, calibrationError } = await card('faces');
    for (const name of Object.keys(needed) as (keyof typeof needed)[]) {
      const counts = confusionMatrix(opinion.attributes[name], all.attributes[name], all.vocabulary[name].length);
      counts.flat().forEach((n, i) => {
        expect(Math.abs(n - confusion[name].flat()[i])).toBeLessThanOrEqual(5);
      });
      const { error } = expectedCalibrationError(opinion.probabilities[name], all.attributes[name]);
      expect(error, name).toBeLessThan(0.02);
      expect(Math.abs(error - calibrationError[name]), name).toBeLessThan(1e-3);
    }
    expect(judge.notes.confusion).toEqual(confusion);
  });

  it('keeps memory flat: as many tensors after as before', async () => {
    const some = all.subset({ start: 0, end: 300 });
    const before = tf.memory().numTensors;
    await judge.look(some);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the classifier of the faces at twice the size', () => {
  it('knows each attribute of at least 98 % of 1,000 faces that it has not seen, in the words of the data', async () => {
    await ready();
    const judge = await loadClassifier('faces-64');
    const faces = await loadFaces({ split: 'test', size: 64 });
    expect(judge.vocabulary).toEqual(faces.vocabulary);
    const { attributes, features } = await judge.look(faces);
    for (const name of Object.keys(judge.vocabulary) as (keyof typeof faces.attributes)[])
      expect(share(attributes[name], faces.attributes[name]), name).toBeGreaterThanOrEqual(0.98);
    expect(features.shape).toEqual([1000, 96]);
    expect(statSync(dataPath('classifiers', 'faces-64.safetensors')).size).toBeLessThan(2 ** 20);
    judge.dispose();
  });
});
