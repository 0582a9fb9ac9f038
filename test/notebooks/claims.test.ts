import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { claims } from '../../notebooks/claims/index.js';
import { brokenAmong, brokenClaims } from '../../scripts/claims/check.js';
import { claim, falling, near, rising, type Claim } from '../../scripts/claims/claim.js';
import { agrees, numbersIn } from '../../scripts/claims/numbers.js';
import { Outputs, type NotebookFile } from '../../scripts/claims/outputs.js';
import { temporaryFolder } from './notebook.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const { folder, remove } = temporaryFolder();
afterAll(remove);

const documents = Object.keys(claims);
const pathOf = (name: string) => path.join(root, name.endsWith('.ipynb') ? 'notebooks' : '', name);

describe('what is committed', () => {
  test('every chapter has claims, and every document with claims is there', () => {
    const chapters = fs.readdirSync(path.join(root, 'notebooks')).filter((name) => name.endsWith('.ipynb'));
    expect(documents.filter((name) => name.endsWith('.ipynb')).sort()).toEqual(chapters.sort());
    expect(documents.filter((name) => !fs.existsSync(pathOf(name)))).toEqual([]);
  });

  test.each(documents)('%s says what its outputs say', (name) => {
    expect(brokenClaims(pathOf(name))).toEqual([]);
  });

  test.each(documents)('no claim of %s is content with anything', (name) => {
    const content = claims[name].filter(({ holds }) => holds?.(...Array<number>(40).fill(NaN)));
    expect(content.map(({ sentence }) => sentence)).toEqual([]);
  });

  test.each(documents)('claims of %s that read outputs fail where there are none', (name) => {
    const reading = claims[name].filter(({ read }) => read.length > 0);
    const satisfied = reading.filter(({ read }) => !throws(() => read(new Outputs())));
    expect(satisfied.map(({ sentence }) => sentence)).toEqual([]);
  });

  test('no sentence is claimed twice', () => {
    for (const list of Object.values(claims)) expect(new Set(list.map((each) => each.sentence)).size).toBe(list.length);
  });
});

function throws(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

/** A notebook with prose, a printed text, a table and a figure. */
function notebookOf(prose: string, printed = 'ours: 0.145, theirs 1,024\nanimals: 7 of 12'): NotebookFile {
  const figure = {
    data: [
      { name: 'measured', x: [1, 2], y: [0.5, 0.25] },
      { name: 'bars', orientation: 'h', x: [30, 70], y: ['cats', 'dogs'] },
    ],
    layout: { title: { text: '<b>Figure 9.1 · A figure</b><br><span>It ends at 0.25, &lt; 1.</span>' } },
  };
  const table =
    '| model | distance | recall |\n| --- | ---: | ---: |\n| one | 3.92 (3.35 to 4.5) | 0.95 |\n| two | 178 | |';
  return {
    cells: [
      { cell_type: 'markdown', source: prose },
      {
        cell_type: 'code',
        source: ["show('It is a ' +\n", "  'caption.'); // a comment\n", '// that goes on\nconst STEPS = 3_000;'],
        outputs: [
          { name: 'stdout', text: printed.split(/(?<=\n)/) },
          { data: { 'text/markdown': table } },
          { data: { 'application/vnd.plotly.v1+json': figure, 'text/plain': '[figure]' } },
        ],
      },
    ],
  };
}

/** What is broken among claims of a made notebook. */
function broken(list: Claim[], notebook: NotebookFile): string[] {
  const file = path.join(folder, 'made.ipynb');
  fs.writeFileSync(file, JSON.stringify(notebook));
  return brokenAmong(list, file);
}

describe('a claim', () => {
  const prose = 'Ours is at {0.15} where\ntheirs has {1,024}; seven of {twelve} are animals, more than half.';
  const sentence = prose.replace('\n', ' ');
  const read = (o: Outputs) => [...o.numbers('ours:'), o.number('animals:', 1), o.number('animals:')];
  const moreThanHalf = (_: number, __: number, all: number, animals: number) => animals > all / 2;
  const made = claim(sentence, read, moreThanHalf);
  const written = prose.replace(/[{}]/g, '');

  test('holds where prose and outputs agree, in whatever lines the prose stands', () => {
    expect(broken([made], notebookOf(written))).toEqual([]);
  });

  test('fails on a wrong digit in the outputs, and says what the prose says and what was found', () => {
    const [message] = broken([made], notebookOf(written, 'ours: 0.145, theirs 1,023\nanimals: 7 of 12'));
    expect(message).toBe(`made.ipynb: "${sentence}": the prose says 1,024, the outputs say 1023`);
  });

  test('fails when its sentence is gone or has another digit', () => {
    expect(broken([made], notebookOf(written.replace('0.15', '0.16')))[0]).toContain('not in the prose any more');
  });

  test('fails when what it reads is gone, or is there twice', () => {
    expect(broken([made], notebookOf(written, 'animals: 7 of 12'))[0]).toContain('no printed line has ours:');
    const twice = 'ours: 0.145, theirs 1,024\nours: 0.145, theirs 1,024\nanimals: 7 of 12';
    expect(broken([made], notebookOf(written, twice))[0]).toContain('2 printed lines have ours:');
  });

  test('fails when an ordering turns round, and says what was found and expected', () => {
    const [message] = broken([made], notebookOf(written, 'ours: 0.145, theirs 1,024\nanimals: 5 of 12'));
    expect(message).toContain('found 0.145, 1024, 12, 5, but expected');
    expect(message).toContain('animals > all / 2');
  });

  test('that says nothing is refused', () => {
    expect(() => claim('Ours is better.', () => 1)).toThrow('expected a number in braces or something that holds');
    expect(() => claim('There are $2^{10}$ of them.', () => 1)).toThrow('expected a number in braces');
  });

  test('may stand in a caption or a comment of the code; braces of formulas are no marks', () => {
    const list = [
      claim(
        'It is a caption.',
        () => 1,
        (one) => one === 1,
      ),
      claim(
        'a comment that goes on',
        () => 1,
        (one) => one === 1,
      ),
      claim('$2^{10} = \\frac{2048}{2}$ is {1,024}', (o) => o.number('theirs')),
    ];
    expect(broken(list, notebookOf('So $2^{10} = \\frac{2048}{2}$ is 1,024.'))).toEqual([]);
  });

  test('reads tables, figures, captions and dials, and names what is missing', () => {
    const outputs = new Outputs(notebookOf(''));
    const table = outputs.table('It is a');
    expect([table.number('one', 'distance'), table.number('one', 'distance', 2)]).toEqual([3.92, 4.5]);
    expect([table.column('distance'), table.column('recall')]).toEqual([[3.92, 178], [0.95]]);
    const figure = outputs.figure('Figure 9.1');
    expect([figure.at(2, 'measured'), figure.at('dogs', 'bars'), figure.number('ends at')]).toEqual([0.25, 70, 0.25]);
    expect(figure.words).toContain('It ends at 0.25, < 1.');
    expect(outputs.dial('const STEPS =')).toBe(3000);
    expect(() => table.number('three', 'distance')).toThrow('0 rows "three"; its rows are one, two');
    expect(() => table.number('two', 'recall')).toThrow('no number 1 in ""');
    expect(() => table.number('one', 'precision')).toThrow('it has model, distance, recall');
    expect(() => figure.y('guessed')).toThrow('0 traces "guessed"; there are measured, bars');
    expect(() => outputs.figure('Figure 9')).toThrow('0 figures have a title that begins with "Figure 9 ·"');
    expect(() => outputs.table('nowhere')).toThrow('0 cells have "nowhere" in their code');
  });
});

describe('numbers', () => {
  test('a number agrees with a value exactly if rounding the value writes it', () => {
    for (let i = 0; i < 500; i++) {
      const value = Math.sin(i) * 10 ** (i % 5);
      const decimals = i % 4;
      const written = value.toFixed(decimals);
      expect(agrees(written, value)).toBe(true);
      for (const step of [-1, 1]) {
        const wrong = (Number(written) + step * 10 ** -decimals).toFixed(decimals);
        const halfWay = Math.abs(Math.abs(Number(wrong) - value) * 10 ** decimals - 0.5) < 1e-4;
        if (!halfWay) expect(agrees(wrong, value), `${wrong} for ${value}`).toBe(false);
      }
    }
  });

  test('are found as people write them', () => {
    expect(numbersIn('32 × 32 = 1,024 pixels, -0.5 to 3.1e+6 (95 %)')).toEqual([32, 32, 1024, -0.5, 3.1e6, 95]);
    expect(numbersIn('32,32,32 and 511, 512; S-3 at c04')).toEqual([32, 32, 32, 511, 512, 3]);
    expect(agrees('twelve', 12) && !agrees('twelve', 11)).toBe(true);
    expect(() => agrees('many', 3)).toThrow('expected a number, got "many"');
  });

  test('near, rising and falling say no to the edge, to equals and to nothing', () => {
    expect([near(0.36, 0.33), near(0.37, 0.33), near(NaN, 1)]).toEqual([true, false, false]);
    expect([rising(1, 2, 3), rising(1, 2, 2), rising(1)]).toEqual([true, false, false]);
    expect([falling(3, 2, 1), falling(3, 3, 1), falling()]).toEqual([true, false, false]);
  });
});

test('a new run that breaks a claim is found in the copy that it wrote', () => {
  const name = '02-binomial-noise.ipynb';
  const text = fs.readFileSync(pathOf(name), 'utf8');
  const copy = path.join(folder, name);
  fs.writeFileSync(copy, text.replace('walk             871.594', 'walk             861.594'));
  expect(brokenClaims(copy)).toEqual([]); // nothing is claimed of that number
  fs.writeFileSync(
    copy,
    text.replace('14.9 % intact at t = 60; 1 % at t = 146', '13.9 % intact at t = 60; 1 % at t = 136'),
  );
  expect(brokenClaims(copy).length).toBeGreaterThanOrEqual(2);
  expect(brokenClaims(path.join(root, 'CHANGELOG.md'))).toEqual([]); // nothing is claimed of that file
});
