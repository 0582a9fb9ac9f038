import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { dataPath, loadResults, resultColumns, resultTable, type EvaluationResult } from 'naive-diffusion';

describe('the committed results', () => {
  it('belong to the committed checkpoints', async () => {
    const results = await loadResults();
    expect(results.length).toBeGreaterThan(0);
    for (const { name, sha256, command } of results.filter((result) => result.sha256)) {
      const checkpoint = /--checkpoint (\S+)/.exec(command!)![1];
      const file = dataPath('checkpoints', `${checkpoint}.safetensors`);
      if (!existsSync(file)) continue; // a step on the way of a run, which is not shipped
      expect(
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
        `${name}: run its command again: ${command}`,
      ).toBe(sha256);
    }
  });

  it('hold no path of this machine', async () => {
    expect(JSON.stringify(await loadResults())).not.toMatch(/\/(home|root|work|Users|tmp)\//);
  });

  it('are found by data set', async () => {
    for (const dataset of ['digits', 'faces'] as const)
      for (const { evaluation } of await loadResults({ dataset })) expect(evaluation.dataset).toBe(dataset);
  });
});

describe('resultTable', () => {
  it('has a row for each result and a column for each question, empty where there is no answer', async () => {
    const results = await loadResults();
    const lines = resultTable(results).trim().split('\n');
    expect(lines.length).toBe(2 + results.length);
    const cells = (line: string) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    for (const line of lines) expect(cells(line).length).toBe(cells(lines[0]).length);
    expect(lines.join()).not.toMatch(/undefined|NaN|\[object/);
    expect(lines.slice(2).map((line) => cells(line)[0])).toEqual(results.map(({ name }) => name));
    const bare: EvaluationResult = { ...results[0], training: undefined, sampling: undefined, randomness: undefined };
    expect(cells(resultTable([bare]).split('\n')[2])[1]).toBe('');
  });

  it('begins with the model, whatever columns are asked for', async () => {
    const [result] = await loadResults();
    expect(resultTable([result], resultColumns.sharpness)).toMatch(
      /^\| model \| fast variation \| isolated pixels \|\n/,
    );
  });
});
