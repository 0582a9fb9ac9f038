import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Kernel, needBuiltLibrary } from '../kernel/client.js';
import { files } from './blocks.js';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
let learnt: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'own-parts-')));
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
    for (const picture of ['learnt.png', 'fog.png']) expect(existsSync(path.join(folder, picture)), picture).toBe(true);
  }, 600_000);

  it('come back from a checkpoint with the options that they were given', async () => {
    writeFileSync(
      path.join(folder, 'options.ts'),
      "import { loadCheckpoint, ready } from 'naive-diffusion';\nimport './parts.ts';\nawait ready();\n" +
        "console.log(JSON.stringify((await loadCheckpoint('fog.safetensors')).degradation!.spec));\n",
    );
    expect((await run('options.ts')).stdout).toBe('{"kind":"fog","dark":0.5}\n');
  }, 600_000);

  it('are evaluated by npm run evaluate, which imports them, and not where it does not', async () => {
    const data = path.join(folder, 'data');
    mkdirSync(data);
    for (const name of readdirSync(path.join(root, 'data')))
      if (name !== 'results') symlinkSync(path.join(root, 'data', name), path.join(data, name));
    const args = ['--checkpoint', path.join(folder, 'fog.safetensors'), '--samples', '200', '--no-randomness'];
    const evaluate = (...more: string[]) =>
      promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'scripts/evaluate.ts', ...args, '--out', path.join(folder, 'samples'), ...more],
        { cwd: root, env: { ...process.env, NAIVE_DIFFUSION_DATA: data } },
      );
    await expect(evaluate()).rejects.toThrow(/'tiny'.*must be defined before it is loaded/);
    await evaluate('--import', path.join(folder, 'parts.ts'));
    expect(JSON.parse(readFileSync(path.join(data, 'results', 'fog.json'), 'utf8'))).toMatchObject({
      name: 'fog',
      training: { steps: 50 },
      sampling: { sampler: { rule: { kind: 'halfway' }, steps: 8 }, degradation: { kind: 'fog', dark: 0.5 } },
    });
  }, 600_000);

  it('are named where a program has not defined them: when it loads, or, rules, before it samples', async () => {
    writeFileSync(path.join(folder, 'without.ts'), files()['use.ts'].replace("import './parts.ts';\n", ''));
    await expect(run('without.ts')).rejects.toThrow(/fog\.safetensors: .*'tiny'.*must be defined before it is loaded/);
    const [parts, use] = [files()['parts.ts'], files()['use.ts']];
    writeFileSync(path.join(folder, 'fewer.ts'), parts.replace(/^rules\.define.*$/m, ''));
    writeFileSync(
      path.join(folder, 'without-rule.ts'),
      use.replace('./parts.ts', './fewer.ts').replace(/^const images/m, "console.log('loaded');\n$&"),
    );
    await expect(run('without-rule.ts')).rejects.toMatchObject({
      stdout: 'loaded\n',
      stderr: expect.stringMatching(/'halfway'.*must be defined before it is loaded/) as string,
    });
  }, 600_000);

  it('work in a notebook: beside it, read again after an edit, and in a cell, without the word export', async () => {
    needBuiltLibrary();
    const kernel = await Kernel.start({ folder });
    const prints = async (code: string) => {
      const { stdout, error } = await kernel.run(code);
      expect(error?.traceback.join('\n')).toBeUndefined();
      return stdout;
    };
    const parts = files()['parts.ts'];
    try {
      const library = "import { degradations, ready } from 'naive-diffusion';\nawait ready();\n";
      const spec = "(await degradations.make({ kind: 'fog' })).spec";
      expect(await prints(`import './parts.ts';\n${library}${spec}`)).toBe("{ kind: 'fog', dark: 0 }\n");
      writeFileSync(path.join(folder, 'parts.ts'), parts.replace('{ dark = 0 }', '{ dark = 0.25 }'));
      expect(await prints(`import './parts.ts';\n${spec}`)).toBe("{ kind: 'fog', dark: 0.25 }\n");
      expect((await kernel.run(parts)).error?.evalue).toMatch(/^line \d+: a cell needs no export/);
      await prints(parts.replaceAll(/^export /gm, ''));
      expect(await prints(`fog({ dark: 1 }).spec`)).toBe("{ kind: 'fog', dark: 1 }\n");
      expect(await prints(spec)).toBe("{ kind: 'fog', dark: 0 }\n");
    } finally {
      writeFileSync(path.join(folder, 'parts.ts'), parts);
      await kernel.stop();
    }
  }, 600_000);
});
