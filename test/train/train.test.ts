import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCheckpoint, pretrained, readSafetensors, ready, saveCheckpoint, writeSafetensors } from 'naive-diffusion';
import { codeOf } from '../../scripts/code-of.js';
import { isRunning } from '../../scripts/setup/processes.mjs';
import { wordsOf } from '../shell.js';
import { weightsOf } from '../support.js';

const root = path.resolve(import.meta.dirname, '..', '..');
let folder: string;
beforeAll(async () => {
  await ready();
  folder = await mkdtemp(path.join(os.tmpdir(), 'train-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Notes = Record<'machine' | 'backend', string>;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** Runs `npm run train` without npm, and kills it with `signal` as soon as it prints `until`. */
function train(
  args: string[],
  {
    until,
    signal = 'SIGKILL',
    data,
    through = [process.execPath, '--import', 'tsx', 'scripts/train.ts'],
  }: { until?: string; signal?: NodeJS.Signals; data?: string; through?: string[] } = {},
): Promise<Ended> {
  const child = spawn(through[0], [...through.slice(1), ...args], {
    cwd: root,
    env: { ...process.env, ...(data && { NAIVE_DIFFUSION_DATA: data }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let sent = false; // once: a second SIGINT ends a program at once
  const read = (text: Buffer) => {
    output += text.toString();
    if (!sent && until && output.includes(until)) sent = child.kill(signal);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return new Promise((resolve) => {
    child.on('close', (code, sig) => {
      resolve({ code, signal: sig, output });
    });
  });
}

const recipe = (out: string, steps: number) => [
  '--recipe',
  'naive-faces',
  '--steps',
  String(steps),
  '--save-every',
  '2',
  '--out',
  path.join(folder, out),
];

describe('npm run train', { timeout: 600_000 }, () => {
  it('killed half-way goes on where it last saved, and ends with the same weights', async () => {
    const whole = await train(recipe('whole', 4));
    expect(whole.output).toContain('step 4 of 4');
    expect(whole.code).toBe(0);

    const killed = await train(recipe('cut', 4), { until: 'step 2 of 4' });
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await train(recipe('cut', 4));
    expect(resumed.output).toMatch(/going on from step [24]/);

    const [a, b] = await Promise.all(
      ['whole', 'cut'].map((name) => loadCheckpoint(path.join(folder, name, 'naive-faces', 'naive-faces.safetensors'))),
    );
    const [x, y] = [weightsOf(a.network).flat(), weightsOf(b.network).flat()];
    // Recorded and replayed steps round differently, and half precision has steps of 1 in 2,000.
    x.forEach((w, i) => expect(Math.abs(w - y[i])).toBeLessThan(1e-3));
    expect(a.notes).toMatchObject({ recipe: 'naive-faces', steps: 4 });

    // Once more, with nothing left to train: the loss is still known.
    expect((await train(recipe('whole', 4))).code).toBe(0);
    const { notes } = await loadCheckpoint(path.join(folder, 'whole', 'naive-faces', 'naive-faces.safetensors'));
    expect(notes.loss).toBe(a.notes.loss);
    expect(notes.loss).toBeGreaterThan(0);
  });

  it('tells the first step and the last, with their loss, of however few there are, and the size of a small model', async () => {
    const args = ['--recipe', small, '--steps', '3', '--out', path.join(folder, 'few')];
    const { output } = await train(args);
    const told = [...output.matchAll(/^step (\d+) of 3, loss [\d.e-]+, \d+\.\d min$/gm)].map(([, step]) => step);
    expect(told).toEqual(['1', '3']);
    expect(output).toMatch(/small-recipe\.safetensors: \d+\.\d kB$/m);
    // Once more: there is no step to tell of.
    expect((await train(args)).output).not.toMatch(/^step/m);
  });

  it('tells every machine that trained, and up to which step, also where a state does not know it', async () => {
    const inside = path.join(folder, 'moved', 'small-recipe');
    const state = path.join(inside, 'state.safetensors');
    const steps = (n: number) => train(['--recipe', small, '--steps', String(n), '--out', path.join(folder, 'moved')]);
    const notes = async () => JSON.parse(await readFile(path.join(inside, 'small-recipe.json'), 'utf8')) as Notes;
    /** Another machine says that the state is its own, or nobody says whose it is. */
    async function moved(from: unknown) {
      const { tensors, metadata } = await readSafetensors(state);
      const run = JSON.stringify({ ...(JSON.parse(metadata.run) as object), machines: from });
      writeSafetensors(state, { tensors, metadata: { ...metadata, run } });
    }
    await steps(2);
    const here = await notes();
    expect(here.machine).toMatch(/^[^;]+, \d+ cores$/);

    await moved([{ from: 0, machine: 'elsewhere', backend: here.backend }]);
    for (const left of [1, 0]) {
      await steps(3); // the second time, no step is left
      expect([left, await notes()]).toMatchObject([
        left,
        { machine: `elsewhere, to step 2; ${here.machine}, to step 3`, backend: here.backend },
      ]);
    }

    await moved(undefined);
    await steps(3);
    expect(await notes()).toMatchObject({ machine: 'unknown', backend: 'unknown' });
    await steps(4);
    expect((await notes()).machine).toBe(`unknown, to step 3; ${here.machine}, to step 4`);
    expect((await notes()).backend).toBe(`unknown, to step 3; ${here.backend}, to step 4`);
  });

  it('saves the last finished step when it is stopped, and says how to go on', async () => {
    const stopped = await train([...recipe('stopped', 500)], { until: 'step 2 of 500', signal: 'SIGINT' });
    expect(stopped.output).toMatch(/stopped after step \d+; the same command goes on from there/);
    expect(stopped.code).toBe(130); // so that no command after it takes it for done
    const log = await readFile(path.join(folder, 'stopped', 'naive-faces', 'log.jsonl'), 'utf8');
    expect(JSON.parse(log.split('\n')[0])).toMatchObject({ step: 2 });
  });

  it('writes how a recipe samples into its published model, and leaves the weights', async () => {
    const data = path.join(folder, 'data');
    await mkdir(path.join(data, 'checkpoints'), { recursive: true });
    const copy = path.join(data, 'checkpoints', 'naive-digits.safetensors');
    const { network, notes, card } = await pretrained('naive-digits');
    await saveCheckpoint(copy, network, {
      notes: { ...notes, about: 'nothing' },
      sampler: { kind: 'naive', steps: 1 },
    });
    expect((await train(['--recipe', 'naive-digits', '--describe'], { data })).code).toBe(0);
    const described = await loadCheckpoint(copy);
    expect([described.notes, described.card]).toEqual([notes, card]);
    expect(weightsOf(described.network)).toEqual(weightsOf(network));
  });

  it('refuses a recipe that is not there, and steps that are none', async () => {
    expect(await train(['--recipe', 'no-such'])).toMatchObject({
      code: 2,
      output: expect.stringMatching(/recipe must be one of .*naive-faces.*, got 'no-such'/) as string,
    });
    expect((await train(['--recipe', 'naive-faces', '--steps', '0'])).output).toContain(
      'expected a whole number of at least 1',
    );
  });
});

const small = path.join(root, 'scripts', 'fuzz', 'small-recipe.ts');

it(
  'with the fingerprint of a recipe, npm run train refuses one that was edited since',
  { timeout: 600_000 },
  async () => {
    const run = (code: string) =>
      train(['--recipe', small, '--steps', '2', '--out', path.join(folder, 'code'), '--code', code]);
    const edited = await run('0123456789abcdef');
    expect(edited.code).toBe(2);
    expect(edited.output).toContain(`train: ${small}, or a file that it imports, is not what it was`);
    expect(existsSync(path.join(folder, 'code'))).toBe(false);
    const same = await run(codeOf([small]));
    expect(same.code, same.output).toBe(0);
  },
);

const smallRun = (out: string, ...more: string[]) => [
  ...['--recipe', small, '--steps', '1000000', '--save-every', '5', '--out', path.join(folder, out)],
  ...more,
];

/** The process that holds the folder of a small run. */
async function holderOf(out: string): Promise<string> {
  const lock = path.join(folder, out, 'small-recipe', 'writer.lock');
  await vi.waitUntil(() => existsSync(lock), { timeout: 300_000, interval: 5 });
  return (JSON.parse(await readFile(lock, 'utf8')) as { process: string }).process;
}

/** Waits for a process to end, and for the folder of its run to be free, with the state of its last step inside. */
async function endOf(holder: string, out: string): Promise<void> {
  await vi.waitUntil(() => !isRunning(holder), { timeout: 300_000, interval: 50 });
  const inside = path.join(folder, out, 'small-recipe');
  expect(readdirSync(inside).sort()).toEqual(['log.jsonl', 'state.safetensors']);
  const { run } = (await readSafetensors(path.join(inside, 'state.safetensors'))).metadata;
  const log = (await readFile(path.join(inside, 'log.jsonl'), 'utf8')).trimEnd().split('\n');
  const { step } = JSON.parse(log.at(-1)!) as { step: number };
  expect((JSON.parse(run) as { from: number }).from).toBeGreaterThanOrEqual(step);
}

describe('options of a recipe', { timeout: 600_000 }, () => {
  const run = (out: string, ...more: string[]) =>
    train(['--recipe', small, '--steps', '3', '--out', path.join(folder, out), ...more]);
  const model = (out: string) => loadCheckpoint(path.join(folder, out, 'small-recipe', 'small-recipe.safetensors'));

  it('are taken by name, change what is trained, and stand in its notes with the command', async () => {
    expect((await run('as-it-stands')).code).toBe(0);
    expect((await run('said', '--option', 'seed=4', 'rate=0.001')).code).toBe(0);
    expect((await run('other', '--option', 'seed=5', '--option', 'rate=0.01')).code).toBe(0);
    const [usual, said, other] = [await model('as-it-stands'), await model('said'), await model('other')];
    expect(usual.notes).toMatchObject({ seed: 4, options: { seed: 4, rate: 0.001 } });
    expect(weightsOf(said.network)).toEqual(weightsOf(usual.network));
    expect(weightsOf(other.network)).not.toEqual(weightsOf(usual.network));
    expect(other.notes).toMatchObject({ seed: 5, options: { seed: 5, rate: 0.01 } });
    expect(other.notes.command).toBe(`npm run train -- --recipe ${small} --option seed=5 --option rate=0.01 --steps 3`);
  });

  it('stand in the command as a shell reads them, and so does a recipe in whatever folder', async () => {
    const own = path.join(folder, "a reader's own (2)");
    await mkdir(own);
    await symlink(path.join(root, 'node_modules'), path.join(own, 'node_modules'));
    const file = path.join(own, 'small recipe.ts');
    await copyFile(small, file);
    const args = ['--recipe', file, '--option', 'seed=5', '--steps', '3'];
    const { code, output } = await train([...args, '--keep', '2', '--out', own]);
    expect(code, output).toBe(0);
    const command = ['npm', 'run', 'train', '--', ...args];
    const inside = (name: string) => loadCheckpoint(path.join(own, 'small recipe', name));
    const [end, kept] = [await inside('small recipe.safetensors'), await inside('small recipe-2.safetensors')];
    expect(wordsOf(end.notes.command as string)).toEqual(command);
    expect(wordsOf(kept.notes.command as string)).toEqual([...command, '--keep', '2']);
  });

  it('of a run that goes on must be those that it was begun with', async () => {
    expect((await run('changed', '--option', 'seed=5')).code).toBe(0);
    for (const [more, says] of [
      [[], 'was trained with seed=5, not 4'],
      [['--option', 'seed=5', 'rate=0.1'], 'was trained with rate=0.001, not 0.1'],
    ] as const) {
      const { code, output } = await run('changed', ...more);
      expect(output).toContain(says);
      expect(output).toContain('--fresh begins again');
      expect(code).toBe(2);
    }
    expect((await run('changed', '--option', 'seed=5')).output).toContain('going on from step 3');
    expect((await run('changed', '--fresh')).code).toBe(0);
  });

  it.each([
    [['--option', 'speed=3'], 'small-recipe: recipe: speed is not an option; there are seed, rate'],
    [['--option', 'rate=fast'], 'small-recipe: recipe: rate must be a finite number, such as 0.001, got "fast"'],
    [['--option', 'rate'], 'expected an option and its value, such as steps=16'],
    [['--option', 'rate=1', '--option', 'rate=2'], 'rate is given twice'],
  ])('that are wrong are refused at once: %s', async (args, says) => {
    const { code, output } = await run('refused', ...args);
    expect(output).toContain(says);
    expect(code).toBe(2);
    expect(existsSync(path.join(folder, 'refused'))).toBe(false);
  });

  it('are refused by a recipe that has none', async () => {
    const { code, output } = await train(['--recipe', 'sounds', '--option', 'seed=3']);
    expect(output).toContain('train: sounds has no options, got seed');
    expect(code).toBe(2);
  });
});

describe('the end of npm run train ends the training, which saves its last step,', { timeout: 600_000 }, () => {
  const npm = ['npm', 'run', '--silent', 'train', '--'];
  const between = [process.execPath, 'scripts/with-environment.mjs', 'tsx', 'scripts/train.ts'];
  it.each<[string, NodeJS.Signals, string[]]>([
    ['when npm is killed', 'SIGKILL', npm],
    ['when npm is asked to end', 'SIGTERM', npm],
    ['when what npm starts is killed', 'SIGKILL', between],
    ['when what npm starts is asked to end', 'SIGTERM', between],
    ['when the terminal is closed', 'SIGHUP', between],
  ])('%s', async (name, signal, through) => {
    const out = name.replaceAll(' ', '-');
    const command = train(smallRun(out), { until: 'step 5 of', signal, through });
    const holder = await holderOf(out);
    await command;
    await endOf(holder, out);
  });
});

describe('the folder of a run', { timeout: 600_000 }, () => {
  it('has one writer: a second one is told which process it is, and changes nothing', async () => {
    const out = 'two-writers';
    const first = train(smallRun(out), { until: 'step 1000 of', signal: 'SIGTERM' });
    const holder = await holderOf(out);
    const second = await train(smallRun(out, '--fresh'));
    expect(second.code).toBe(2);
    expect(second.output).toContain(`being written by process ${holder.split('@')[0]} on`);
    expect((await first).code).toBe(143);
    await endOf(holder, out);
  });

  it('is cleared of what a killed writer has left half-written, and the log of its last half line', async () => {
    const out = 'left-over';
    const inside = path.join(folder, out, 'small-recipe');
    await train(smallRun(out), { until: 'step 5 of' });
    await writeFile(path.join(inside, 'state.safetensors.4194303.tmp'), 'half');
    await writeFile(path.join(inside, 'log.jsonl'), '{"step":5,"loss":0.1,"mean":0.1,"minutes":0}\n{"step":1');
    const steps = ['--recipe', small, '--steps', '7', '--out', path.join(folder, out)];
    expect((await train(steps)).output).toMatch(/going on from step \d+/);
    expect(readdirSync(inside).sort()).toEqual([
      'log.jsonl',
      'small-recipe.json',
      'small-recipe.safetensors',
      'state.safetensors',
    ]);
    expect(await readFile(path.join(inside, 'log.jsonl'), 'utf8')).toMatch(/^({"step":\d+,.*}\n)+$/);
  });
});

describe('a state that is no good', { timeout: 600_000 }, () => {
  const state = () => path.join(folder, 'damaged', 'small-recipe', 'state.safetensors');
  const steps = (n: number) => ['--recipe', small, '--steps', String(n), '--out', path.join(folder, 'damaged')];
  beforeAll(async () => {
    expect((await train(steps(3))).code).toBe(0);
  });

  it.each<[string, (file: string) => Promise<void>, RegExp]>([
    [
      'cut short',
      async (file) => writeFile(file, (await readFile(file)).subarray(0, 5000)),
      /not a usable safetensors/,
    ],
    [
      'without its progress',
      async (file) => {
        writeSafetensors(file, { ...(await readSafetensors(file)), metadata: {} });
      },
      /metadata\.run/,
    ],
    [
      'with progress that is none',
      async (file) => {
        writeSafetensors(file, { ...(await readSafetensors(file)), metadata: { run: '{"from":-1}' } });
      },
      /metadata\.run: from: /,
    ],
    [
      'with a weight that is not a number',
      async (file) => {
        const bytes = await readFile(file);
        bytes.writeFloatLE(NaN, bytes.length - 4); // as a file that another program has written
        await writeFile(file, bytes);
      },
      /NaN/,
    ],
  ])('%s is refused by name, with the way to begin again', async (_, damage, says) => {
    const good = await readFile(state());
    await damage(state());
    const { code, output } = await train(steps(5));
    expect(output).toMatch(says);
    expect(output).toContain(state());
    expect(output).toContain('--fresh begins again');
    expect(code).toBe(1);
    await writeFile(state(), good);
  });
});

describe('training that explodes', { timeout: 600_000 }, () => {
  it.each([1, 2, 3, 4, 5, 6, 7])(
    'ends with status 1, names the step, keeps the last good state and publishes nothing (saved every %i steps)',
    async (every) => {
      const out = path.join(folder, `exploding-${every}`);
      const recipe = path.join(import.meta.dirname, 'recipes', 'exploding.ts');
      const data = path.join(out, 'data');
      const args = ['--recipe', recipe, '--steps', '40', '--save-every', String(every), '--publish', '--out', out];
      const { code, output } = await train(args, { data });
      expect(output).toMatch(/step \d+/);
      expect(output).toMatch(/NaN|Infinity|not finite/);
      expect(code).toBe(1);
      expect(existsSync(data)).toBe(false);
      const left = readdirSync(path.join(out, 'exploding')).filter((name) => name !== 'log.jsonl');
      // The weights of step 6 are huge, but numbers; those of step 7 are none.
      expect(left).toEqual(every <= 6 ? ['state.safetensors'] : []);
      for (const name of left) {
        const { tensors } = await readSafetensors(path.join(out, 'exploding', name));
        expect(Object.values(tensors).every(({ data: values }) => values.every(Number.isFinite))).toBe(true);
      }
    },
  );
});

it('three kills at random moments change no bit of what a run ends with', { timeout: 600_000 }, async () => {
  const kills = [process.execPath, '--import', 'tsx', 'scripts/fuzz/kills.ts'];
  const { code, output } = await train(['--kills', '3', '--steps', '30'], { through: kills });
  expect(output).toContain('after 3 kills every run ended with the same bits');
  expect(code).toBe(0);
});
