import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataPath, loadResults, resultColumns, resultTable, type EvaluationResult } from 'naive-diffusion';
import { temporaryFolder } from '../data/temporary.js';

/** The rows of all sweeps. */
async function allSweeps(): Promise<EvaluationResult[]> {
  const names = readdirSync(dataPath('results', 'sweeps')).map((file) => basename(file, '.json'));
  return (await Promise.all(names.map((sweep) => loadResults({ sweep })))).flat();
}

describe('the committed results', () => {
  it('belong to the committed checkpoints', async () => {
    const results = [...(await loadResults()), ...(await allSweeps())];
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
    expect(JSON.stringify([await loadResults(), await allSweeps()])).not.toMatch(/\/(home|root|work|Users|tmp)\//);
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

describe('loadResults', () => {
  const folder = temporaryFolder();
  const [committed] = readdirSync(dataPath('results')).filter((name) => name.startsWith('naive-'));
  const good = readFileSync(dataPath('results', committed), 'utf8');
  beforeEach(() => {
    vi.stubEnv('NAIVE_DIFFUSION_DATA', folder);
    rmSync(join(folder, 'results'), { recursive: true, force: true });
    mkdirSync(join(folder, 'results', 'sweeps'), { recursive: true });
  });
  afterEach(() => vi.unstubAllEnvs());

  const broken: [string, string][] = [
    ['empty', ''],
    ['half', good.slice(0, good.length >> 1)],
    ['null', 'null'],
    ['list', '[]'],
    ['nothing', '{}'],
    ['bare', '{"kind":"evaluation","name":"x"}'],
    ['twice', good.replace('{', '{"kind":"evaluation",')],
    ['no-number', JSON.stringify({ ...JSON.parse(good), training: { minutes: 1 } })],
    ['null-number', good.replace(/"precision": ?[\d.]+/, '"precision":null')],
    ['no-name', good.replace('"name"', '"game"')],
  ];

  it.each(broken)('leaves a broken file out, names it, and keeps the others: %s', async (name, text) => {
    writeFileSync(join(folder, 'results', `${name}.json`), text);
    writeFileSync(join(folder, 'results', 'a.json'), good);
    writeFileSync(join(folder, 'results', 'z.json'), good);
    mkdirSync(join(folder, 'results', 'b.json'));
    writeFileSync(join(folder, 'results', 'other.json'), '{"kind":"restoration"}');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await loadResults()).toEqual([JSON.parse(good), JSON.parse(good)]);
    const warnings = warn.mock.calls.map(([line]) => String(line));
    warn.mockRestore();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^loadResults: cannot read .*b\.json: it is a folder, not a file; .*; it is left out$/);
    expect(warnings[1]).toContain(`loadResults: ${join(folder, 'results', `${name}.json`)} `);
  });

  it('reads the rows of a sweep in their order, and leaves broken ones out with a warning that says which', async () => {
    const file = join(folder, 'results', 'sweeps', 'rates.json');
    const row = (name: string) => ({ ...(JSON.parse(good) as EvaluationResult), name });
    const rows = [row('z'), { kind: 'evaluation', name: 'bare' }, row('a'), null];
    writeFileSync(file, JSON.stringify({ kind: 'sweep', rows }));
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await loadResults({ sweep: 'rates' })).toEqual([row('z'), row('a')]);
    const warnings = warn.mock.calls.map(([line]) => String(line));
    warn.mockRestore();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(`loadResults: ${file}, row 2 is no complete result`);
    expect(warnings[1]).toBe(`loadResults: ${file}, row 4 is no measurement; it is left out`);
    expect(await loadResults({ sweep: 'rates', dataset: 'faces' })).toEqual([]);
    expect(await loadResults()).toEqual([]);
  });

  it('may find no model yet, but every sweep that is named', async () => {
    const file = join(folder, 'results', 'sweeps', 'rates.json');
    await expect(loadResults({ sweep: 'rates' })).rejects.toThrow(`loadResults: cannot read ${file}: there is no such`);
    writeFileSync(file, '{"kind":"restoration","rows":[]}');
    await expect(loadResults({ sweep: 'rates' })).rejects.toThrow(`loadResults: ${file} is no sweep's`);
    rmSync(join(folder, 'results'), { recursive: true });
    expect(await loadResults()).toEqual([]);
  });

  it('says which options there are', async () => {
    await expect(loadResults({ dataset: 'cats' as 'faces' })).rejects.toThrow(
      `dataset must be 'digits' or 'faces', got "cats"`,
    );
    for (const sweep of ['', '../results', '/tmp/rates', 'a\\\\b', '.'])
      await expect(loadResults({ sweep })).rejects.toThrow(
        `sweep must be the name of one, no path, got ${JSON.stringify(sweep)}`,
      );
  });
});
