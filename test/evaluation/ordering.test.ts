import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, ImageSet, loadReference, Random, ready, tf, type Evaluation, type Reference } from 'naive-diffusion';

const n = 250;
const names = ['unseen', 'memoriser', 'collapsed', 'noisy', 'blurred'] as const;

/** Generators whose faults are known, made of real images. */
function generators({ train, unseen }: Reference): Record<(typeof names)[number], ImageSet> {
  const random = new Random(5);
  const others = unseen.subset({ start: 1000, end: 1000 + n }); // the first ones are what they are compared with
  const map = (value: (i: number) => number) =>
    new ImageSet({ ...others, pixels: others.pixels.map((_, i) => value(i)) });
  const [row, image] = [others.width * others.channels, others.height * others.width * others.channels];
  return {
    unseen: others,
    memoriser: train.subset(Array.from({ length: n }, () => random.int(train.length))),
    collapsed: others.subset(Array.from({ length: n }, (_, i) => i % 4)),
    noisy: map((i) => (random.uniform() < 0.1 ? 255 * random.int(2) : others.pixels[i])),
    blurred: map((i) => {
      let [sum, count] = [0, 0];
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) {
          const j = i + dy * row + dx * others.channels;
          if (Math.floor(j / image) !== Math.floor(i / image)) continue;
          sum += others.pixels[j];
          count++;
        }
      return sum / count;
    }),
  };
}

describe.each(['faces', 'digits'] as const)('on %s, every generator is put in its place', (dataset) => {
  let reference: Reference;
  let verdicts: Record<(typeof names)[number], Evaluation>;
  let before: number;
  beforeAll(async () => {
    await ready();
    before = tf.memory().numTensors;
    const whole = await loadReference(dataset);
    reference = { ...whole, train: whole.train.subset({ end: 3000 }) }; // the search among 60,000 digits takes long
    const judged = [];
    for (const [name, images] of Object.entries(generators(reference)))
      judged.push([name, await evaluate({ images, reference, resamples: 20 })]);
    verdicts = Object.fromEntries(judged);
  });
  afterAll(() => {
    reference.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('unseen real images pass everything', () => {
    const { likeness, generalisation, variety, sharpness } = verdicts.unseen;
    expect(likeness.frechet.distance).toBeLessThan(2 * likeness.floor.distance);
    expect(likeness.coverage).toBeGreaterThan(0.9);
    expect(generalisation.p).toBeGreaterThan(0.01);
    expect(variety.repeats.pairs).toBeLessThanOrEqual(1);
    expect(Math.abs(sharpness.highFrequency.samples - sharpness.highFrequency.real)).toBeLessThan(
      0.3 * sharpness.highFrequency.real,
    );
  });

  it('the memoriser fools the distances and is found out by its neighbours', () => {
    const { likeness, generalisation } = verdicts.memoriser;
    expect(likeness.frechet.distance).toBeLessThan(3 * likeness.floor.distance);
    expect(likeness.precision).toBeGreaterThan(0.9);
    expect(generalisation.closer).toBeGreaterThan(0.99);
    expect(generalisation.p).toBeLessThan(1e-6);
    expect(generalisation.nearest.samples).toBe(0);
  });

  it('the collapsed generator is precise, and fails in variety', () => {
    const { likeness, variety } = verdicts.collapsed;
    expect(likeness.precision).toBeGreaterThan(0.9);
    expect(likeness.recall).toBeLessThan(verdicts.unseen.likeness.recall / 2);
    expect(likeness.coverage).toBeLessThan(0.1);
    expect(variety.combinations.distinct).toBeLessThanOrEqual(4);
    expect(variety.birthday.high).toBeLessThan(6);
    expect(Math.max(...Object.values(variety.imbalance))).toBeGreaterThan(0.4);
  });

  it('the noisy one varies and copies nothing, and fails in likeness and specks', () => {
    const { likeness, generalisation, variety, sharpness } = verdicts.noisy;
    expect(likeness.frechet.low).toBeGreaterThan(verdicts.unseen.likeness.frechet.high);
    expect(sharpness.outliers.samples).toBeGreaterThan(2 * sharpness.outliers.real);
    expect(sharpness.highFrequency.samples).toBeGreaterThan(1.1 * sharpness.highFrequency.real);
    expect(generalisation.closer).toBeLessThan(0.5);
    expect(variety.repeats.pairs).toBeLessThanOrEqual(1);
  });

  it('the blurred one has no specks, and fails in detail and likeness', () => {
    const { likeness, sharpness } = verdicts.blurred;
    expect(sharpness.highFrequency.samples).toBeLessThan(sharpness.highFrequency.real / 4);
    expect(sharpness.outliers.samples).toBeLessThan(0.1 * sharpness.outliers.real);
    expect(likeness.frechet.low).toBeGreaterThan(verdicts.unseen.likeness.frechet.high);
  });

  it('both distances agree that unseen images and copies are the best', () => {
    const order = (of: (likeness: Evaluation['likeness']) => number) =>
      [...names].sort((a, b) => of(verdicts[a].likeness) - of(verdicts[b].likeness));
    expect(new Set(order(({ frechet }) => frechet.distance).slice(0, 2))).toEqual(new Set(['unseen', 'memoriser']));
    expect(new Set(order(({ kernel }) => kernel.distance).slice(0, 2))).toEqual(new Set(['unseen', 'memoriser']));
  });

  it('and what they say is plain data', () => {
    for (const name of names) expect(JSON.parse(JSON.stringify(verdicts[name]))).toEqual(verdicts[name]);
  });

  if (dataset === 'faces') {
    it('held-out combinations are found in data that has them, and nowhere else', async () => {
      const { loadFaces } = await import('naive-diffusion');
      const held = await loadFaces({ split: 'held-out', limit: n });
      const { novel } = (await evaluate({ images: held, reference, resamples: 20 })).generalisation;
      expect(novel!.share).toBeGreaterThan(0.98);
      for (const name of ['unseen', 'memoriser', 'collapsed'] as const)
        expect(verdicts[name].generalisation.novel!.low, name).toBeLessThanOrEqual(
          verdicts[name].generalisation.novel!.floor!,
        );
      expect(novel!.expected).toBeCloseTo(0.1034, 3);
    });
  }
});
