import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  checkpointOf,
  type EvaluationResult,
  ImageSet,
  pretrained,
  ready,
  saveCheckpoint,
  type Spec,
  unet,
} from 'naive-diffusion';
import type { Settings } from '../../scripts/command-line.js';
import { resultName } from '../../scripts/evaluation/checkpoints.js';
import { evaluateModel } from '../../scripts/evaluation/run.js';
import { sampleIntoSheets } from '../../scripts/evaluation/sheets.js';
import { wordsOf } from '../shell.js';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
beforeAll(async () => {
  await ready();
  folder = mkdtempSync(path.join(os.tmpdir(), 'evaluate-'));
  mkdirSync(path.join(folder, 'data'));
  for (const name of readdirSync(path.join(root, 'data')))
    if (name !== 'results') symlinkSync(path.join(root, 'data', name), path.join(folder, 'data', name));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs `npm run evaluate` without npm, and kills it as soon as it prints `until`. */
function evaluate(
  args: string[],
  until?: string,
  out = path.join(folder, 'samples'),
): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, NAIVE_DIFFUSION_DATA: path.join(folder, 'data') };
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/evaluate.ts', ...args, '--out', out], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const read = (text: Buffer) => {
    output += text.toString();
    if (until && output.includes(until)) child.kill('SIGKILL');
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

describe('npm run evaluate', { timeout: 600_000 }, () => {
  it('killed while it samples goes on where it was, and writes all answers', async () => {
    const args = ['--checkpoint', 'naive-digits', '--samples', '250', '--batch', '100', '--seed', '3'];
    await evaluate(args, '100 of 250 samples');
    const { code, output } = await evaluate(args);
    expect(output).toMatch(/(100|200) of 250 samples are in/);
    expect(code).toBe(0);
    const result = JSON.parse(
      readFileSync(path.join(folder, 'data', 'results', 'naive-digits.json'), 'utf8'),
    ) as EvaluationResult;
    expect(result).toMatchObject({
      kind: 'evaluation',
      name: 'naive-digits',
      evaluation: { samples: 250, compared: 250, dataset: 'digits' },
      sampling: { seed: 3 },
      randomness: { bits: 1024 },
    });
    expect(result.evaluation.likeness.frechet.distance).toBeGreaterThan(result.evaluation.likeness.floor.distance);
    expect(output).toContain('| naive-digits | 3,000 |');
    expect(output).toContain('250 of 250 samples, ');
    expect(output).not.toContain('300 of 250');
  });

  it('asks real digits where nothing was ever written', async () => {
    const out = path.join(folder, 'new', 'place');
    const result = path.join(folder, "reader's other folder", 'place.json');
    const args = ['--real', 'digits', '--samples', '200', '--result', result];
    expect(await evaluate(args, undefined, out)).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(out, 'rows.md'), 'utf8')).toContain('| real-digits |');
    const answers = JSON.parse(readFileSync(result, 'utf8')) as EvaluationResult;
    expect(answers).toMatchObject({ kind: 'evaluation', name: 'real-digits' });
    expect(wordsOf(answers.command!), 'can be typed again').toEqual([
      'npm',
      'run',
      'evaluate',
      '--',
      ...args,
      '--out',
      out,
    ]);
  });

  it('refuses imported parts of another fingerprint than is expected', async () => {
    const parts = path.join(folder, 'parts-edited.ts');
    writeFileSync(parts, 'export const part = 1;');
    const options = [
      '--checkpoint',
      'naive-digits',
      '--name',
      'edited',
      '--import',
      parts,
      '--code',
      '0123456789abcdef',
    ];
    const { code, output } = await evaluate(options);
    expect(output).toContain(`evaluate: ${parts}, or a file that it imports, is not what it was`);
    expect(code).toBe(2);
  });

  it('refuses an option that the sampler does not have, in words and with status 2', async () => {
    for (const [change, says] of [
      ['Q=16', 'Q is not an option; there are steps, walk'],
      ['s=16', 's is not an option; there are steps, walk'],
      ['steps=0', 'steps must be a whole number of at least 1, got 0'],
      ['steps=many', 'steps must be a whole number of at least 1, got "many"'],
    ]) {
      const { code, output } = await evaluate(['--checkpoint', 'naive-digits', '--set', change]);
      expect(output).toMatch(/^evaluate: .*\n$/);
      expect(output).toContain(says);
      expect(code).toBe(2);
    }
  });
});

describe('the result of a model', { timeout: 600_000 }, () => {
  const own = () => path.join(folder, 'naive-digits.safetensors');
  const published = path.join(root, 'data', 'checkpoints', 'naive-digits.safetensors');
  const nothing = { set: [] as Settings };
  beforeAll(async () => {
    const { network, notes, card } = await pretrained('naive-digits');
    await saveCheckpoint(own(), network, { notes: { ...notes, steps: 40 }, sampler: card.sampler });
    network.dispose();
  });

  it("of the reader's own does not replace that of a published one of its name, and the refusal comes at once", async () => {
    const before = existsSync(path.join(folder, 'data', 'results', 'naive-digits.json'));
    for (const more of [[], ['--set', 'steps=3'], ['--name', 'naive-digits'], ['--name', 'naive-faces']]) {
      const { code, output } = await evaluate(['--checkpoint', own(), '--samples', '200', ...more]);
      const name = more[1]?.startsWith('naive') ? more[1] : 'naive-digits';
      expect(output).toMatch(/^evaluate: .*\n$/);
      expect(output).toContain(`${own()} is not the published model ${name}`);
      expect(output).toContain(`such as --name my-${name}`);
      expect(code).toBe(2);
    }
    expect(existsSync(path.join(folder, 'data', 'results', 'naive-digits.json'))).toBe(before);
  });

  it('is called by --name, or by the file and the changed options, where that is free', () => {
    expect(resultName({ ...nothing, checkpoint: own(), name: 'mine' })).toBe('mine');
    expect(resultName({ ...nothing, checkpoint: 'naive-digits' })).toBe('naive-digits');
    expect(resultName({ ...nothing, checkpoint: 'naive-digits', set: [['steps', 3]] })).toBe('naive-digits-steps-3');
    expect(resultName({ ...nothing, checkpoint: published })).toBe('naive-digits');
    const copy = path.join(folder, 'copy', 'naive-digits.safetensors');
    mkdirSync(path.dirname(copy));
    copyFileSync(published, copy);
    expect(resultName({ ...nothing, checkpoint: copy })).toBe('naive-digits');
    expect(resultName({ ...nothing, real: 'digits' })).toBe('real-digits');
    expect(() => resultName({ ...nothing, real: 'digits', name: 'naive-digits' })).toThrow(/real-digits is not/);
  });

  it('keeps the name of its file where it goes elsewhere', () => {
    const results = path.join(root, 'data', 'results');
    const named = (result: string) => resultName({ ...nothing, checkpoint: own(), result });
    expect(named(path.join(folder, 'own.json'))).toBe('naive-digits');
    expect(named(path.join(results, 'sweeps', 'x.json'))).toBe('naive-digits');
    expect(() => named(path.join(results, 'sweeps', '..', 'x.json'))).toThrow(/--name my-naive-digits/);
  });
});

describe('a model', () => {
  /** Evaluates the file in this process, and says what that ends with and what it has printed. */
  async function refusal(file: string): Promise<{ message: string; printed: number }> {
    const print = vi.spyOn(console, 'log').mockReturnValue();
    try {
      const numbers = { samples: 200, seed: 1, batch: 100 };
      const options = { ...numbers, set: [], import: [], wait: 0, out: folder, randomness: false };
      await evaluateModel({ ...options, checkpoint: file });
      throw new Error('it was evaluated');
    } catch (error) {
      return { message: (error as Error).message, printed: print.mock.calls.length };
    } finally {
      print.mockRestore();
    }
  }

  it.each<[string, (notes: Record<string, unknown>) => void, RegExp]>([
    ['its data', (notes) => delete notes.dataset, /dataset/],
    ['its steps', (notes) => delete notes.steps, /steps/],
    ['minutes that are numbers', (notes) => (notes.minutes = 'three'), /minutes/],
  ])('whose notes lack %s is refused before anything is computed', async (_, spoil, says) => {
    const { network, notes, card } = await pretrained('naive-digits');
    spoil(notes);
    const file = path.join(folder, 'spoiled.safetensors');
    await saveCheckpoint(file, network, { notes, sampler: card.sampler });
    network.dispose();
    const { message, printed } = await refusal(file);
    expect(message).toMatch(new RegExp(`^evaluate: the notes of ${file}: `));
    expect(message).toMatch(says);
    expect(printed).toBe(0);
  });

  it.each<[string, Spec | undefined, RegExp]>([
    ['no sampler', undefined, /names no sampler/],
    ['a sampler that there is not', { kind: 'hot', steps: 3 }, /the sampler must be one of .*, got 'hot'/],
    ['a sampler without its steps', { kind: 'naive' }, /steps must be a whole number/],
    ['a sampler with what it does not know', { kind: 'naive', steps: 3, Q: 1 }, /Q is not an option/],
    ['a sampler over a degradation that it lacks', { kind: 'cold', steps: 3 }, /must name its degradation/],
  ])('whose card has %s is refused before anything is computed', async (_, sampler, says) => {
    const { network, notes } = await pretrained('naive-digits');
    const file = path.join(folder, 'spoiled.safetensors');
    await saveCheckpoint(file, network, { notes, ...(sampler && { sampler }) });
    network.dispose();
    const { message, printed } = await refusal(file);
    expect(message).toMatch(/^evaluate: /);
    expect(message).toMatch(says);
    expect(printed).toBe(0);
  });

  it('of other images than the data is refused before anything is computed', async () => {
    const { network: other, notes, card } = await pretrained('naive-digits');
    other.dispose();
    const file = path.join(folder, 'small.safetensors');
    const network = unet({ channels: 1, size: 16, widths: [4, 8], dense: 8 });
    await saveCheckpoint(file, network, { notes, sampler: card.sampler });
    network.dispose();
    expect(await refusal(file)).toEqual({
      message: `evaluate: ${file} makes images of 16x16x1, the digits are 32x32x1`,
      printed: 0,
    });
  });
});

describe('sheets of samples', () => {
  const network = () => unet({ channels: 1, size: 8, widths: [4, 8], dense: 8, seed: 1 });
  const sample = async (out: string) => {
    const own = network();
    const sampler = { kind: 'naive', steps: 3 };
    const model = await checkpointOf(own, { network: { ...own.config }, sampler });
    const print = vi.spyOn(console, 'log').mockReturnValue();
    try {
      const { images, secondsPerImage } = await sampleIntoSheets({
        model,
        sampler,
        data: new ImageSet({ name: 'tiny', height: 8, width: 8, channels: 1, pixels: new Uint8Array(64) }),
        name: 'tiny',
        sha256: 'none',
        count: 70,
        seed: 1,
        batchSize: 30,
        out,
      });
      expect(secondsPerImage).toBeGreaterThan(0);
      return { pixels: [...images.pixels], printed: print.mock.calls.flat().join('\n') };
    } finally {
      print.mockRestore();
      own.dispose();
    }
  };
  const inside = (out: string, name: string) => path.join(out, readdirSync(out)[0], name);

  it('are read, not sampled, where they are there, and hold what was sampled', async () => {
    const out = path.join(folder, 'sheets');
    const first = await sample(out);
    expect(first.pixels).toHaveLength(70 * 64);
    expect(first.printed).toContain('70 of 70 samples, ');
    expect(first.printed).not.toContain('90 of 70');
    const again = await sample(out);
    expect(again.printed).toContain('70 of 70 samples are in');
    expect(again.printed).not.toContain('ms each');
    expect(again.pixels).toEqual(first.pixels);
  });

  it.each<[string, (good: Buffer) => Buffer]>([
    ['cut short', (good) => good.subarray(0, good.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['of another size', () => readFileSync(path.join(root, 'data', 'animals.png'))],
    [
      'of other bits',
      (good) => {
        const bad = Buffer.from(good);
        bad[good.length >> 1] ^= 16;
        return bad;
      },
    ],
  ])('that are %s are sampled again, and come out the same', async (name, damage) => {
    const out = path.join(folder, `sheets-${name}`);
    const { pixels } = await sample(out);
    const batch = inside(out, 'batch-0001.png');
    const good = readFileSync(batch);
    writeFileSync(batch, damage(good));
    const again = await sample(out);
    expect(again.printed).toContain(`${batch}: `);
    expect(again.printed).toContain('30 of 70 samples are in');
    expect(again.pixels).toEqual(pixels);
    expect(readFileSync(batch)).toEqual(good);
  });

  it('whose time was lost in a kill are timed by one batch more', async () => {
    const out = path.join(folder, 'sheets-untimed');
    await sample(out);
    rmSync(inside(out, 'seconds.json'));
    expect((await sample(out)).printed).toContain('60 of 70 samples are in');
  });

  it('whose time is no time are refused by name, with the remedy', async () => {
    const out = path.join(folder, 'sheets-wrong-time');
    await sample(out);
    writeFileSync(inside(out, 'seconds.json'), '{"images":"many"}');
    await expect(sample(out)).rejects.toThrow(
      /seconds\.json: images: .*; delete .*, and the same command samples again/,
    );
  });
});
