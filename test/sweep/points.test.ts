import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataPath, ready, tf } from 'naive-diffusion';
import { codeOf } from '../../scripts/code-of.js';
import { checkPoints } from '../../scripts/sweep/check.js';
import { isEdited, planFor } from '../../scripts/sweep/plan.js';
import { pointsOf } from '../../scripts/sweep/points.js';
import { loadSweep, type Sweep } from '../../scripts/sweep/sweep.js';
import { temporaryFolder } from '../setup/support.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const small = path.join(root, 'scripts', 'fuzz', 'small-recipe.ts');

beforeAll(async () => {
  await ready();
});

const names = async (sweep: Omit<Sweep, 'about'>) =>
  (await pointsOf({ about: 'a test', ...sweep })).map(({ name }) => name);
const plan = async (sweep: Omit<Sweep, 'about'>) => {
  const all = await pointsOf({ about: 'a test', ...sweep });
  return planFor(all, { all, folder: 'runs/sweep/test', imports: sweep.import ?? [] });
};

describe('the points of a sweep', () => {
  it('are all combinations of what it lists, each with the values of all options', async () => {
    const points = await pointsOf({
      about: 'a test',
      recipe: small,
      options: { rate: [0.1, 0.01], seed: [1, 2] },
      evaluate: { samples: 300, set: { steps: [3, 5] } },
    });
    expect(points).toHaveLength(8);
    expect(points[0]).toMatchObject({
      name: 'small-recipe-rate-0.1-seed-1-S-3',
      recipe: small,
      options: { rate: 0.1, seed: 1 },
      steps: 60,
      evaluate: { samples: 300, seed: 1, batch: 250, set: { steps: 3 }, randomness: false },
    });
    expect(new Set(points.map(({ name }) => name)).size).toBe(8);
    expect(points.at(-1)!.name).toBe('small-recipe-rate-0.01-seed-2-S-5');
  });

  it('are called by the model and by what differs, and by no option that is only different between recipes', async () => {
    expect(await names({ recipe: ['naive-digits', 'naive-faces'] })).toEqual(['naive-digits', 'naive-faces']);
    expect(await names({ recipe: small })).toEqual(['small-recipe']);
    expect(await names({ recipe: small, steps: 5, after: [2, 5] })).toEqual(['small-recipe-2', 'small-recipe-5']);
    const seeds = { checkpoint: 'naive-digits', evaluate: { seed: [1, 2] } };
    expect(await names(seeds)).toEqual(['naive-digits-sampling-seed-1', 'naive-digits-sampling-seed-2']);
  });

  it('of several grids are those of each, on top of what is common to them', async () => {
    const common = { about: 'a test', recipe: small, options: { rate: 0.1 } };
    const points = await pointsOf({
      ...common,
      evaluate: { samples: 200, set: { steps: 4 } },
      points: [{ options: { seed: [1, 2] } }, { name: 'longer', steps: 90, evaluate: { samples: 400 } }],
    });
    expect(points.map(({ name }) => name)).toEqual(['small-recipe-seed-1', 'small-recipe-seed-2', 'longer']);
    expect(points[1]).toMatchObject({ options: { seed: 2, rate: 0.1 }, steps: 60, evaluate: { samples: 200 } });
    expect(points[2]).toMatchObject({ options: { seed: 4, rate: 0.1 }, steps: 90 });
    expect(points[2].evaluate).toMatchObject({ samples: 400, set: { steps: 4 } });
    const withCheckpoint = pointsOf({ ...common, points: [{}, { checkpoint: 'naive-digits' }] });
    await expect(withCheckpoint).rejects.toThrow('sweep: a checkpoint is not trained, so that it has no options');
  });

  it.each<[string, Omit<Sweep, 'about'>, RegExp]>([
    ['an option that there is not', { recipe: small, options: { speed: 1 } }, /small-recipe: .*speed is not an option/],
    ['a value of another type', { recipe: small, options: { rate: [0.1, 'fast'] } }, /rate must be a finite number/],
    ['options where there are none', { recipe: 'sigma-digits', options: { seed: 2 } }, /sigma-digits has no options/],
    ['a recipe that there is not', { recipe: 'no-such' }, /recipe must be one of .*naive-faces.*, got 'no-such'/],
    ['a checkpoint that there is not', { checkpoint: 'no-such' }, /checkpoint must be one of .*, got 'no-such'/],
    ['neither recipe nor checkpoint', {}, /every point needs either a recipe or a checkpoint/],
    ['both of them', { recipe: small, checkpoint: 'naive-digits' }, /either a recipe or a checkpoint/],
    ['a classifier', { recipe: 'classifier-digits' }, /the card of classifier-digits names no sampler/],
    ['sounds', { recipe: 'sounds' }, /sounds learns from sounds; only models of digits and faces/],
    ['a step after the last', { recipe: small, after: 61 }, /after must be at most the 60 steps of .*, got 61/],
    [
      'an axis that no point has',
      { recipe: small, options: { rate: 0.1 }, figure: { over: 'rate' } },
      /over must be one of .*options\.rate.*, got 'rate'/,
    ],
    ['a file of parts that there is not', { recipe: small, import: ['no-such.ts'] }, /the file no-such\.ts of import/],
    ['a point twice', { recipe: small, points: [{}, {}] }, /two points are called small-recipe; give them names/],
  ])('are refused before any work with %s', async (_, sweep, says) => {
    await expect(names(sweep)).rejects.toThrow(says);
  });
});

describe('before anything is trained', () => {
  const check = async (sweep: Omit<Sweep, 'about'>) => checkPoints(await pointsOf({ about: 'a test', ...sweep }));
  const classifier = dataPath('classifiers', 'faces.safetensors');
  const damaged = path.join(temporaryFolder(), 'damaged.safetensors');
  writeFileSync(damaged, 'no weights');

  it.each<[string, Omit<Sweep, 'about'>, RegExp]>([
    ['an option that the sampler has not', evaluated({ stepz: 3 }), /small-recipe: .*stepz is not an option; .*steps/],
    ['a value that the sampler refuses', evaluated({ steps: [4, 0] }), /small-recipe-S-0: .*steps must .*got 0/],
    ['a rate that the optimiser refuses', { recipe: small, options: { rate: -1 } }, /small-recipe: .*got -1/],
    ['a checkpoint that makes no images', { checkpoint: classifier }, /faces: /],
    ['a file that is no checkpoint', { checkpoint: damaged }, /damaged: /],
  ])('%s is found, by the name of its point', async (_, sweep, says) => {
    const before = tf.memory().numTensors;
    const refused = check(sweep);
    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.toMatchObject({ name: 'Mistake' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('nothing is found in what can be trained and evaluated, and no tensor stays', async () => {
    const before = tf.memory().numTensors;
    await check({ recipe: small, options: { seed: [1, 2] }, evaluate: { set: { steps: [2, 4] } } });
    await check({ checkpoint: 'naive-digits', evaluate: { set: { steps: 2 } } });
    expect(tf.memory().numTensors).toBe(before);
  });
});

function evaluated(set: Record<string, number | number[]>): Omit<Sweep, 'about'> {
  return { recipe: small, evaluate: { set } };
}

describe("a sweep's file", () => {
  const option = (rate: string) => `export default { about: '', recipe: 'naive-faces', options: { rate: ${rate} } }`;
  it.each<[string, string, RegExp]>([
    ['with a word that it does not know', "export default { about: '', recipes: 'x' }", /recipes/],
    ['with too few samples', "export default { about: '', evaluate: { samples: 100 } }", /evaluate\.samples: .*200/],
    ['with a measure that is none', "export default { about: '', figure: { measure: 'beauty' } }", /figure\.measure/],
    ['with an empty list', "export default { about: '', recipe: [] }", /recipe: expected a value at least/],
    ['with a value that is no number', option('[0.1, NaN]'), /options\.rate\.1: expected a number or a word, got NaN/],
    ['with a value that is nothing', option('true'), /options\.rate: expected a number or a word, got true/],
    [
      'with a seed too large',
      "export default { about: '', evaluate: { seed: [1, 3e9] } }",
      /evaluate\.seed\.1: .*2147483647/,
    ],
    [
      'with a name like an option',
      "export default { about: '', name: '--fresh' }",
      /name: .*letter or digit comes first/,
    ],
    ['without words', "export default { recipe: 'naive-faces' }", /about/],
    ['without an export', 'export const sweep = 1', /has no default export/],
    ['that is no program', 'export default {', /cannot be imported/],
  ])('%s is refused by name', async (_, text, says) => {
    const file = path.join(temporaryFolder(), 'sweep.ts');
    writeFileSync(file, text);
    const refused = loadSweep(file);
    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.toThrow(`sweep: ${file}`);
    await expect(refused).rejects.toMatchObject({ name: 'Mistake' });
  });
});

describe('the plan', () => {
  it('has a training and an evaluation for each point, as one would type them', async () => {
    const parts = path.join(temporaryFolder(), 'parts.ts');
    writeFileSync(parts, 'export const part = 1;');
    const sweep = { recipe: small, options: { seed: 7 }, saveEvery: 5, import: [parts] };
    const { trainings, evaluations } = await plan(sweep);
    const [training, evaluation] = [trainings[0], evaluations[0]];
    expect(training.args.join(' ')).toBe(
      `--recipe ${small} --option seed=7 --steps 60 --save-every 5 --code ${codeOf([small])} ` +
        `--out ${training.folder} --wait 120`,
    );
    expect(training.files).toEqual([`${training.folder}/small-recipe/small-recipe.safetensors`]);
    expect(evaluation).toMatchObject({ id: 'small-recipe', training: training.id, checkpoint: training.files[0] });
    expect(evaluation.args.join(' ')).toBe(
      `--checkpoint ${training.files[0]} --name small-recipe --result ${evaluation.result} --samples 2500 --seed 1 ` +
        `--batch 250 --import ${parts} --code ${codeOf([parts])} --no-randomness ` +
        `--out runs/sweep/test/samples/${codeOf([parts])} --wait 120`,
    );
  });

  it('trains once what several points look at, on its way or with other samplers', async () => {
    const set = { steps: [2, 3] };
    const { trainings, evaluations } = await plan({ recipe: small, after: [20, 40, 60], evaluate: { set } });
    expect(trainings).toHaveLength(1);
    expect(trainings[0].args.join(' ')).toContain('--steps 60 --keep 20,40 ');
    const models = evaluations.map(({ checkpoint }) => path.basename(checkpoint));
    const end = 'small-recipe.safetensors';
    const onTheWay = ['small-recipe-20.safetensors', 'small-recipe-40.safetensors'];
    expect(models).toEqual([...onTheWay, end].flatMap((file) => [file, file]));
    expect(evaluations[1].args.join(' ')).toContain('--set steps=3 ');
  });

  it('trains nothing for a model that is there', async () => {
    const { trainings, evaluations } = await plan({ checkpoint: 'naive-digits', evaluate: { seed: [1, 2] } });
    expect(trainings).toEqual([]);
    expect(evaluations.map(({ training }) => training)).toEqual([undefined, undefined]);
    expect(evaluations[1].args.join(' ')).toMatch(/^--checkpoint naive-digits --name naive-digits-sampling-seed-2 /);
  });

  it('keeps apart, in folders, what is trained or evaluated otherwise', async () => {
    const [first, longer, kept] = [
      await plan({ recipe: small }),
      await plan({ recipe: small, steps: 61 }),
      await plan({ recipe: small, after: [30, 60] }),
    ];
    const folders = [first, longer, kept].map(({ trainings }) => trainings[0].folder);
    expect(new Set(folders).size).toBe(3);
    const more = await plan({ recipe: small, evaluate: { samples: 300 } });
    expect(more.trainings).toEqual(first.trainings);
    expect(more.evaluations[0].result).not.toBe(first.evaluations[0].result);
  });

  it('keeps apart what is trained with a recipe that was edited, and knows that it was', async () => {
    const folder = temporaryFolder();
    const recipe = path.join(folder, 'recipe.ts');
    const planned = async (steps: number) => {
      writeFileSync(recipe, readFileSync(small, 'utf8').replace('limit: 64', `limit: ${steps}`));
      const [point] = await pointsOf({ about: 'a test', recipe: small });
      const all = [{ ...point, code: { recipe: codeOf([recipe]) } }];
      const { trainings, evaluations } = planFor(all, { all, folder, imports: [] });
      return { training: trainings[0], result: evaluations[0].result };
    };
    const [before, after] = [await planned(64), await planned(65)];
    expect(after.training.folder).not.toBe(before.training.folder);
    expect(after.result).not.toBe(before.result);
    expect(isEdited(after.training), 'nothing was trained before').toBe(false);
    mkdirSync(before.training.folder, { recursive: true });
    expect(isEdited(after.training)).toBe(true);
    expect(isEdited(before.training), 'it has begun itself').toBe(false);
    mkdirSync(after.training.folder, { recursive: true });
    expect(isEdited(after.training)).toBe(false);
    const [longer] = (await plan({ recipe: small, steps: 61 })).trainings;
    const inside = { ...longer, folder: path.join(folder, 'trainings', longer.id) };
    expect(isEdited(inside), 'another training is none that was edited').toBe(false);
  });
});
