import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { files } from './blocks.js';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
let learnt: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'own-parts-'));
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(path.join(root, 'lib'), path.join(folder, 'node_modules', 'naive-diffusion'));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [name, code] of Object.entries(files())) writeFileSync(path.join(folder, name), code);
  learnt = (await run('learn.ts')).stdout;
}, 600_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a file in a process of its own, against the sources of the library. */
function run(file: string) {
  const env = { ...process.env, QUICK: '1', TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json') };
  const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  return promisify(execFile)(process.execPath, ['--import', tsx, file], { cwd: folder, env });
}

describe('the own parts of the README', () => {
  it('compile', () => {
    const config = path.join(root, 'tsconfig.json');
    const { config: json } = ts.readConfigFile(config, (name) => ts.sys.readFile(name)) as { config: object };
    const { options } = ts.parseJsonConfigFileContent({ ...json, files: [] }, ts.sys, root, undefined, config);
    const names = Object.keys(files());
    expect(names).toEqual(['parts.ts', 'learn.ts', 'use.ts']);
    const program = ts.createProgram(
      names.map((name) => path.join(folder, name)),
      options,
    );
    const faults = names.flatMap((name) => {
      const source = program.getSourceFile(path.join(folder, name))!;
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });

  it('train and are saved in one process, and are loaded, sampled and evaluated in another', async () => {
    expect(learnt).toMatch(/50 steps · loss 0\.\d+/);
    const { stdout } = await run('use.ts');
    expect(stdout).toMatch(/^Fréchet distance \d+\.\d\n\d+ combinations of attributes\n$/);
    expect(existsSync(path.join(folder, 'fog.png'))).toBe(true);
  }, 600_000);

  it('are named where a program has not defined them', async () => {
    writeFileSync(path.join(folder, 'without.ts'), files()['use.ts'].replace("import './parts.ts';\n", ''));
    await expect(run('without.ts')).rejects.toThrow(/fog\.safetensors: .*'tiny'.*must be defined before it is loaded/);
  }, 600_000);
});
