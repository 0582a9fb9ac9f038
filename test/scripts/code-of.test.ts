import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCode, codeOf } from '../../scripts/code-of.js';
import { temporaryFolder } from '../setup/support.js';

const rate = 'export const rate = 1e-3;\nexport const unused = 1;\n';
const recipe = `import { tf } from 'naive-diffusion';
import { rate } from './rate.ts';

/** What it is. */
export default { rate: (step: number) => tf.scalar(rate * step) };
`;

/** The fingerprint of a recipe in two files, in a folder of their own. */
function codeWith(files: { recipe?: string; rate?: string } = {}): string {
  const folder = temporaryFolder();
  const { recipe: main = recipe, rate: imported = rate } = files;
  writeFileSync(path.join(folder, 'recipe.ts'), main);
  writeFileSync(path.join(folder, 'rate.ts'), imported);
  return codeOf([path.join(folder, 'recipe.ts')]);
}

describe('the fingerprint of a recipe', () => {
  it.each([
    ['in another folder', {}],
    ['with another comment', { recipe: recipe.replace('What it is', 'What it was') }],
    ['laid out otherwise', { recipe: recipe.replaceAll('\n', '\n\n').replace("'./rate.ts'", '"./rate.ts"') }],
    ['with another type', { recipe: recipe.replace('step: number', 'step: 1 | 2') }],
    ['with other code that it does not use', { rate: rate.replace('unused = 1', 'unused = 2') }],
  ])('stays %s', (_, files) => {
    expect(codeWith(files)).toBe(codeWith());
  });

  it.each([
    ['with another number', { recipe: recipe.replace('rate * step', 'rate * step * 2') }],
    ['with another number in a file that it imports', { rate: rate.replace('1e-3', '2e-3') }],
    ['with another name of what it exports', { recipe: recipe.replace('rate:', 'rates:') }],
    ['with another part of a package', { recipe: recipe.replace('tf.scalar', 'tf.tensor') }],
  ])('is another %s', (_, files) => {
    expect(codeWith(files)).not.toBe(codeWith());
  });

  it('leaves the library out, by whatever path it is imported', () => {
    const file = path.join(temporaryFolder(), 'recipe.ts');
    const library = path.resolve(import.meta.dirname, '..', '..', 'lib', 'src');
    for (const from of ['naive-diffusion', path.join(library, 'random.ts'), path.join(library, 'no-such.ts')]) {
      writeFileSync(file, `export { Random } from '${from}';`);
      expect(codeOf([file])).toMatch(/^[0-9a-f]{16}$/); // the last is not even looked for
    }
  });

  it('is what it was: another version of esbuild that writes programs otherwise would make all tables out of date', () => {
    expect(codeWith()).toBe('c61f297fd7dea6e7');
  });

  it('of several files is that of each, in their order', () => {
    const folder = temporaryFolder();
    const files = ['a', 'b'].map((name) => path.join(folder, `${name}.ts`));
    for (const file of files) writeFileSync(file, `export const name = '${file}';`);
    expect(codeOf(files)).not.toBe(codeOf([...files].reverse()));
    expect(codeOf(files)).not.toBe(codeOf(files.slice(1)));
  });

  it.each([
    ['export default {', /recipe\.ts:1 cannot be read: /],
    ["import './no-such.ts';", /recipe\.ts:1 cannot be read: Could not resolve "\.\/no-such\.ts"/],
  ])('is refused, by the file and the line, where there is none: %s', (text, says) => {
    expect(() => codeWith({ recipe: text })).toThrow(says);
    expect(() => codeWith({ recipe: text })).toThrow(expect.objectContaining({ name: 'Mistake' }) as Error);
  });

  it('is looked at only where one is expected', () => {
    const file = path.join(temporaryFolder(), 'recipe.ts');
    writeFileSync(file, 'export default 1;');
    checkCode('train', [file]);
    checkCode('train', [file], codeOf([file]));
    expect(() => {
      checkCode('train', [file], '0123456789abcdef');
    }).toThrow(`train: ${file}, or a file that it imports, is not what it was when the sweep began`);
  });
});
