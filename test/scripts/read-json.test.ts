import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { readNotebook } from '../../scripts/chapters/notebook.js';
import { readJson } from '../../scripts/read-json.js';
import { EvaluationNotes, LogLine, RunState, SamplingTime } from '../../scripts/schemas.js';
import { BenchResult, PicturesFile, SnapshotNotes } from '../../bench/result.js';
import { root } from '../../scripts/setup/paths.mjs';
import { temporaryFolder } from '../setup/support.js';

const notes = {
  dataset: 'faces',
  steps: 3,
};
/** Each kind of file, with something that it may hold. */
const kinds: [name: string, schema: v.GenericSchema, good: Record<string, unknown>][] = [
  ['the notes of a model', EvaluationNotes, notes],
  ['the state of a run', RunState, { from: 3, seconds: 1.5, processor: 2, mean: 0.1, machines: [] }],
  ['a line of a log', LogLine, { step: 3, loss: 0.1, mean: 0.1, minutes: 2 }],
  ['the time of sampling', SamplingTime, { images: 3, seconds: 1.5 }],
  ['the notes of a snapshot', SnapshotNotes, { steps: 3, processorMinutes: 2 }],
];

describe('a file of JSON', () => {
  const file = () => path.join(temporaryFolder(), 'file.json');

  it.each(kinds)('that holds %s is read as it is', (_, schema, good) => {
    const name = file();
    writeFileSync(name, JSON.stringify(good));
    expect(readJson(name, schema)).toEqual(good);
  });

  it.each(kinds)('that should hold %s is refused for each field that lacks or has another type', (_, schema, good) => {
    const name = file();
    const optional = ['mean', 'machines'];
    for (const field of Object.keys(good).filter((field) => !optional.includes(field))) {
      for (const value of [undefined, null, { strange: true }]) {
        writeFileSync(name, JSON.stringify({ ...good, [field]: value }));
        expect(() => readJson(name, schema), `${field}: ${JSON.stringify(value)}`).toThrow(
          new RegExp(`^${name}: ${field}\\b.*(Invalid|Expected)`),
        );
      }
    }
  });

  it.each(kinds)('that should hold %s and is cut short is refused by name, with the remedy', (_, schema, good) => {
    const name = file();
    const text = JSON.stringify(good);
    for (let length = 0; length < text.length; length += 5) {
      writeFileSync(name, text.slice(0, length));
      expect(() => readJson(name, schema, 'delete it')).toThrow(new RegExp(`^${name}: not JSON: .*; delete it$`));
    }
  });

  it('that is not there, or is a folder, is refused by name', () => {
    expect(() => readJson('no/such.json', RunState)).toThrow(/^no\/such\.json: cannot be read: ENOENT/);
    expect(() => readJson(root, RunState)).toThrow(`${root}: cannot be read: EISDIR`);
  });

  it('that is committed is as its schema says', () => {
    expect(readJson(path.join(root, 'bench', 'results.json'), BenchResult).ratios).toBeTypeOf('object');
    expect(readJson(path.join(root, 'bench', 'pictures.json'), PicturesFile).rows.length).toBeGreaterThan(0);
    expect(readNotebook(path.join(root, 'notebooks', '02-binomial-noise.ipynb')).cells.length).toBeGreaterThan(10);
  });
});
