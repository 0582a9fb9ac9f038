import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataPath, type EvaluationResult, loadResults } from 'naive-diffusion';
import { sha256Of } from '../../scripts/sha256.js';
import { finish, planFor, resultFile } from '../../scripts/sweep/plan.js';
import { type Point, pointsOf } from '../../scripts/sweep/points.js';
import { loadSweep, type Sweep } from '../../scripts/sweep/sweep.js';
import { type Edited, Table } from '../../scripts/sweep/table.js';
import { temporaryFolder } from '../setup/support.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const small = path.join(root, 'scripts', 'fuzz', 'small-recipe.ts');
const [example] = await loadResults({ dataset: 'digits' });
const about = { name: 'rates', about: 'a test', file: 'experiments/no-such/rates.ts' };
const sweep: Sweep = { about: 'a test', recipe: small, options: { rate: [0.1, 0.01], seed: [1, 2] } };

describe('the table of a sweep', () => {
  let folder: string;
  let points: Point[];
  beforeEach(async () => {
    folder = temporaryFolder();
    vi.stubEnv('NAIVE_DIFFUSION_DATA', path.join(folder, 'data'));
    points = await pointsOf(sweep);
  });
  afterEach(() => vi.unstubAllEnvs());

  /** As `npm run evaluate` would leave it. */
  function answer(point: Point, more: Partial<EvaluationResult> = {}): void {
    const file = resultFile(folder, point);
    mkdirSync(path.dirname(file), { recursive: true });
    const training = { ...example.training, command: `npm run train -- --option rate=${point.options?.rate}` };
    writeFileSync(file, JSON.stringify({ ...example, name: point.name, training, sha256: 'f'.repeat(64), ...more }));
  }
  const table = (of = points, isFresh = false, edited?: Edited) => new Table(about, of, { folder, isFresh, edited });

  it('grows point by point, in the order of the sweep, and is what loadResults reads', async () => {
    const first = table();
    expect(first.open).toEqual(points);
    for (const point of [points[2], points[0]]) {
      answer(point);
      first.enter(point, folder);
    }
    const rows = await loadResults({ sweep: 'rates' });
    expect(rows.map(({ name }) => name)).toEqual([points[0].name, points[2].name]);
    expect(rows[0].point).toMatchObject({ recipe: small, options: { rate: 0.1, seed: 1 }, steps: 60 });
    expect(rows[0].evaluation).toEqual(example.evaluation);
    expect(first.open).toEqual([points[1], points[3]]);
  });

  it('knows the next time what it has, and what was answered without coming to be entered', () => {
    answer(points[0]);
    table().enter(points[0], folder);
    rmSync(path.join(folder, 'results'), { recursive: true });
    answer(points[1]);
    const before = readFileSync(table().file, 'utf8');
    expect(table().open).toEqual([points[2], points[3]]);
    expect(readFileSync(table().file, 'utf8'), 'a look at what is there writes nothing').toBe(before);
    expect(table(points, true).open).toEqual(points);
  });

  it('has no row of what was measured otherwise', async () => {
    answer(points[0]);
    table().enter(points[0], folder);
    for (const other of [
      { ...sweep, steps: 61 },
      { ...sweep, evaluate: { samples: 300 } },
      { ...sweep, evaluate: { set: { steps: 3 } } },
    ])
      expect(table(await pointsOf(other)).open).toHaveLength(4);
    // An option that the recipe had not yet is as the recipe has it.
    const newer = {
      ...points[0],
      options: { ...points[0].options, width: 8 },
      usual: { ...points[0].usual, width: 8 },
    };
    expect(table([newer]).open).toEqual([]);
    expect(table([{ ...newer, options: { ...newer.options, width: 9 } }]).open).toHaveLength(1);
  });

  describe('of a recipe that was edited', () => {
    const edited = (of: Point[]) => of.map((point) => ({ ...point, code: { recipe: '0123456789abcdef' } }));
    const names = (of: readonly Point[]) => of.map(({ name }) => name);
    beforeEach(() => {
      answer(points[0]);
      table().enter(points[0], folder);
    });

    it('says which rows are of the recipe as it was, and keeps them or not', () => {
      expect(table().edited).toEqual([]);
      for (const choice of [undefined, 'keep'] as const) {
        const kept = table(edited(points), false, choice);
        expect(names(kept.edited)).toEqual([points[0].name]);
        expect(names(kept.open)).toEqual(names(points.slice(1)));
        expect(kept.rows[0].code, 'it says what it was measured with').toEqual(points[0].code);
      }
      const again = table(edited(points), false, 'again');
      expect(names(again.edited)).toEqual([points[0].name]);
      expect(names(again.open)).toEqual(names(points));
      expect(table(edited(points), true).edited).toEqual([]);
    });

    it('has, of what was answered since, only what was asked with the recipe as it is', () => {
      const again = table(edited(points), false, 'again');
      expect(() => again.enter(edited(points)[0], folder)).toThrow(/no such file|is not there/);
      answer(edited(points)[0]);
      expect(again.enter(edited(points)[0], folder)).toBe(true);
      expect(table(edited(points)).edited).toEqual([]);
      expect(names(table(points).edited)).toEqual([points[0].name]);
    });

    it('takes a row that does not say its recipe as it is, and says so', () => {
      const { file } = table();
      const before = JSON.parse(readFileSync(file, 'utf8')) as { rows: { code?: object }[] };
      expect(before.rows[0].code).toEqual(points[0].code);
      delete before.rows[0].code;
      writeFileSync(file, JSON.stringify(before));
      const there = table(edited(points));
      expect([names(there.edited), names(there.unsaid)]).toEqual([[], [points[0].name]]);
      there.write();
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(before);
    });
  });

  it('has rows of a model that is there only as long as it is that model', async () => {
    const checkpoint = path.join(folder, 'model.safetensors');
    writeFileSync(checkpoint, 'some weights');
    const [point] = await pointsOf({ about: 'a test', checkpoint, evaluate: { samples: 200 } });
    answer(point, { sha256: sha256Of(checkpoint) });
    table().enter(point, folder);
    expect(table([point]).open).toEqual([]);
    writeFileSync(checkpoint, 'others');
    expect(table([point]).open).toEqual([point]);
    expect(table([point]).enter(point, folder), 'answers of the model that was there before').toBe(false);
    answer(point, { sha256: sha256Of(checkpoint) });
    expect(table([point], true).enter(point, folder)).toBe(true);
  });

  it('is of one file: another one of that name, in another folder, is refused by both names', () => {
    const [mine, other] = ['mine', 'my other'].map((name) => {
      mkdirSync(path.join(folder, name));
      return path.join(folder, name, 'rates.ts');
    });
    const of = (file: string, isFresh = false) => new Table({ ...about, file }, points, { folder, isFresh });
    for (const file of [mine, other]) writeFileSync(file, '');
    of(other).write();
    for (const isFresh of [false, true])
      expect(() => of(mine, isFresh)).toThrow(
        expect.objectContaining({
          name: 'Mistake',
          message: `sweep: ${of(other).file} is the table of ${other}; call ${mine} by a name that no other sweep has`,
        }) as Error,
      );
    expect(of(path.relative('.', other)).open, 'the same file by another path').toEqual(points);
    rmSync(other);
    expect(of(mine).open, 'a file that was moved keeps its table').toEqual(points);
  });

  it.each([
    ['{', /not JSON/],
    ['{ "kind": "sweep" }', /rows/],
    ['{ "kind": "sweep", "rows": [{ "name": "a" }] }', /rows\.0\.point/],
  ])('is refused by name where it is damaged: %s', (text, says) => {
    const { file } = table();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    expect(() => table()).toThrow(says);
    expect(() => table()).toThrow(`${file}: `);
    expect(() => table()).toThrow('begin again with --fresh');
    expect(table(points, true).open).toEqual(points);
  });

  it('is written in Markdown as chapter 7 has it, with what was swept, both commands and the hash of the model', () => {
    for (const point of points) answer(point);
    const [head, , ...rows] = table().markdown().trimEnd().split('\n');
    const cells = (line: string) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1);
    expect(cells(head).slice(0, 4)).toEqual(['model', 'rate', 'seed', 'steps']);
    expect(cells(head)).toContain('Fréchet distance');
    expect(rows.map((row) => cells(row).slice(1, 3))).toEqual([
      ['0.1', '1'],
      ['0.1', '2'],
      ['0.01', '1'],
      ['0.01', '2'],
    ]);
    expect(cells(rows[2]).slice(-3)).toEqual([
      'ffffffffffff',
      '`npm run train -- --option rate=0.01`',
      `\`${example.command}\``,
    ]);
    expect(rows.join()).not.toMatch(/undefined|NaN|\[object/);
    answer(points[0], { command: "npm run evaluate -- --checkpoint 'a|b.safetensors'" });
    expect(table().markdown()).toContain("`npm run evaluate -- --checkpoint 'a\\|b.safetensors'`");
  });
});

describe('a training', () => {
  it('is finished when all its models are there as they were, and is then not planned again', async () => {
    const folder = temporaryFolder();
    const all = await pointsOf({ about: 'a test', recipe: small, after: [30, 60] });
    const plan = () => planFor(all, { all, folder, imports: [] });
    const [training] = plan().trainings;
    mkdirSync(path.dirname(training.files[0]), { recursive: true });
    for (const file of training.files) writeFileSync(file, `the weights of ${file}`);
    expect(plan().trainings).toEqual([training]);
    finish(training, writeFileSync);
    expect(plan().trainings).toEqual([]);
    expect(plan().evaluations.map(({ training: of, checkpoint }) => [of, checkpoint])).toEqual([
      [undefined, training.files[1]],
      [undefined, training.files[0]],
    ]);
    writeFileSync(training.files[1], 'others');
    expect(plan().trainings).toEqual([training]);
  });
});

describe('the sweeps of experiments/', () => {
  const names = readdirSync(path.join(root, 'experiments')).map((file) => path.basename(file, '.ts'));
  it.each(names.filter((name) => existsSync(dataPath('results', 'sweeps', `${name}.json`))))(
    'have all their points in data/results: %s',
    async (name) => {
      const points = await pointsOf(await loadSweep(path.join(root, 'experiments', `${name}.ts`)));
      const before = readFileSync(dataPath('results', 'sweeps', `${name}.json`), 'utf8');
      const file = `experiments/${name}.ts`;
      const there = new Table({ name, about: '', file }, points, { folder: temporaryFolder(), isFresh: false });
      expect(there.open.map((point) => point.name)).toEqual([]);
      expect(there.rows).toHaveLength((JSON.parse(before) as { rows: object[] }).rows.length);
    },
  );

  it('are shown in README as they are: step-size', () => {
    const shown = readFileSync(path.join(root, 'README.md'), 'utf8');
    expect(shown).toContain(readFileSync(path.join(root, 'experiments', 'step-size.ts'), 'utf8'));
  });
});
