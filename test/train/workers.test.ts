import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readSafetensors, ready } from 'naive-diffusion';
import { freePorts, listensAt, type Running, start } from '../workers/support.js';

const recipe = path.join(import.meta.dirname, 'recipes', 'denoising.ts');
let folder: string;
beforeAll(async () => {
  await ready();
  folder = await mkdtemp(path.join(os.tmpdir(), 'workers-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Options of a run; `out` names its folder. */
interface Run {
  out: string;
  steps?: number;
  more?: string[];
}

function train({ out, steps = 1_000_000, more = [] }: Run): Running {
  const numbers = ['--steps', String(steps), '--save-every', '1'];
  return start(['scripts/train.ts', '--recipe', recipe, ...numbers, '--out', path.join(folder, out), ...more]);
}

/** The processes of a run, each with a folder of its own, as on a machine of its own. */
function trainTogether(ports: readonly number[], { out, steps, more = [] }: Run): Running[] {
  return ports.map((_, task) => {
    const address = ['--workers', ports.join(), '--task', String(task)];
    return train({ out: `${out}-${task}`, steps, more: [...address, ...more] });
  });
}

function inside(out: string, task: number, file: string): string {
  return path.join(folder, out, 'denoising', ...(task > 0 ? [`worker-${task}`] : []), file);
}

/** What a process has come to: its losses, by step, and the weights after the last. */
async function resultOf(out: string, task = 0) {
  const losses: Record<number, number> = {};
  for (const line of (await readFile(inside(out, task, 'log.jsonl'), 'utf8')).trimEnd().split('\n')) {
    const { step, loss } = JSON.parse(line) as { step: number; loss: number };
    losses[step] = loss;
  }
  const { tensors } = await readSafetensors(inside(out, task, 'state.safetensors'));
  const state = Object.entries(tensors).map(([name, { data }]) => [name, [...data]] as const);
  const weights = state.flatMap(([name, data]) => (name.startsWith('network.') ? data : []));
  return { losses, state, weights };
}

/** Expects that the processes of a run have come to what one alone has come to. */
async function expectAsWhole(out: string, count: number): Promise<void> {
  const whole = await resultOf('whole');
  const results = await Promise.all(Array.from({ length: count }, (_, task) => resultOf(`${out}-${task}`, task)));
  for (const { losses, weights, state } of results) {
    expect(Object.keys(losses)).toHaveLength(12);
    for (const [step, loss] of Object.entries(losses)) expect(Math.abs(loss - whole.losses[+step])).toBeLessThan(2e-5);
    expect(weights).toHaveLength(whole.weights.length);
    expect(Math.max(...weights.map((weight, i) => Math.abs(weight - whole.weights[i])))).toBeLessThan(1e-5);
    expect(state).toEqual(results[0].state); // bit for bit
  }
}

/** Expects that each of some programs comes to its end, and returns what they have said. */
async function endsOf(runs: Running[]): Promise<string[]> {
  const ends = await Promise.all(runs.map(({ end }) => end));
  return ends.map(({ code, stdout, stderr }) => {
    expect(code, stderr).toBe(0);
    return stdout;
  });
}

describe('npm run train -- --workers', { timeout: 600_000 }, () => {
  beforeAll(() => endsOf([train({ out: 'whole', steps: 12 })]), 600_000);

  it.each([2, 4])('%i processes train as one does with the whole batch, and say what they send', async (count) => {
    const said = await endsOf(trainTogether(await freePorts(count), { out: `of-${count}`, steps: 12 }));
    const traffic = new RegExp(
      `^step 12 of 12, loss .*; ${count} workers: 0\\.\\d\\d MB sent a step, \\d+ % of the time`,
      'm',
    );
    for (const text of said) expect(text).toMatch(traffic);
    await expectAsWhole(`of-${count}`, count);
    // The first alone has the model, and it says of how many it is.
    expect(said.map((text) => text.includes('denoising.safetensors: '))).toEqual(said.map((_, task) => task === 0));
    const notes = JSON.parse(readFileSync(inside(`of-${count}-0`, 0, 'denoising.json'), 'utf8')) as object;
    expect(notes).toMatchObject({ machine: expect.stringMatching(`, one of ${count} workers$`) as string });
  });

  it('one killed by SIGKILL ends the others by name, and the same commands come to the same end', async () => {
    const ports = await freePorts(3);
    const killed = trainTogether(ports, { out: 'killed', steps: 12 });
    await killed[1].says('step 4 of 12');
    killed[1].child.kill('SIGKILL');
    const [first, second, third] = await Promise.all(killed.map(({ end }) => end));
    expect(second.signal).toBe('SIGKILL');
    for (const { code, stderr } of [first, third]) {
      expect(stderr).toMatch(
        new RegExp(
          `^train: worker 1 \\(127\\.0\\.0\\.1:${ports[1]}\\) is gone.*` +
            'All stop after step \\d+; the same commands go on from there\n$',
        ),
      );
      expect(code).toBe(1);
    }
    const said = await endsOf(trainTogether(ports, { out: 'killed', steps: 12 }));
    const begun = said.map((text) => Number(/^going on from step (\d+)$/m.exec(text)?.[1]));
    expect(begun[0]).toBeGreaterThanOrEqual(3);
    expect(begun).toEqual([begun[0], begun[0], begun[0]]);
    await expectAsWhole('killed', 3);
  });

  it('one that comes without anything gets what the others have', async () => {
    await endsOf(trainTogether(await freePorts(2), { out: 'lost', steps: 6 }));
    await rm(path.join(folder, 'lost-1'), { recursive: true });
    const said = await endsOf(trainTogether(await freePorts(2), { out: 'lost', steps: 12 }));
    expect(said[1]).toMatch(/^the weights of step 6 come from worker 0 \(127\.0\.0\.1:\d+\)$/m);
    for (const text of said) expect(text).toMatch(/^going on from step 6$/m);
    const [first, second] = await Promise.all([resultOf('lost-0'), resultOf('lost-1', 1)]);
    expect(second.state).toEqual(first.state);
  });

  it('one that is stopped stops all after the same step, which each saves', async () => {
    const runs = trainTogether(await freePorts(2), { out: 'stopped' });
    await runs[1].says('step 3 of');
    runs[1].child.kill('SIGINT');
    const ends = await Promise.all(runs.map(({ end }) => end));
    const steps = ends.map(({ code, stderr }) => {
      expect(code).toBe(130);
      return /^stopped after step (\d+); the same command goes on from there\n$/.exec(stderr)?.[1];
    });
    expect(Number(steps[0])).toBeGreaterThanOrEqual(3);
    expect(steps[1]).toBe(steps[0]);
    const [first, second] = await Promise.all([resultOf('stopped-0'), resultOf('stopped-1', 1)]);
    expect(second.state).toEqual(first.state);
  });

  it('listens at its own address and at no other', async () => {
    const ports = await freePorts(2);
    const run = train({ out: 'waiting', more: ['--workers', ports.join(), '--task', '1'] });
    await vi.waitUntil(() => listensAt(ports[1]).length > 0, { timeout: 300_000, interval: 100 });
    expect(listensAt(ports[1])).toEqual(['127.0.0.1']);
    run.child.kill('SIGKILL');
    await run.end;
  });

  it('others that do not come are named, and so is an address that is taken', async () => {
    const ports = await freePorts(2);
    const options = ['--workers', ports.join(), '--timeout', '1'];
    expect(await train({ out: 'nobody', more: options }).end).toMatchObject({
      code: 1,
      stderr: `join: worker 1 (127.0.0.1:${ports[1]}) did not come within 1 s\n`,
    });
    const server = createServer().listen(ports[0], '127.0.0.1');
    await once(server, 'listening');
    expect(await train({ out: 'taken', more: options }).end).toMatchObject({
      code: 1,
      stderr: `join: worker 0 cannot listen at 127.0.0.1:${ports[0]}: Address already in use\n`,
    });
    server.close();
  });

  it('those who train something else are named', async () => {
    const ports = await freePorts(2);
    const runs = [10, 11].map((steps, task) =>
      train({ out: `differ-${task}`, steps, more: ['--workers', ports.join(), '--task', String(task)] }),
    );
    for (const { code, stderr } of await Promise.all(runs.map(({ end }) => end))) {
      expect(stderr).toBe(
        `train: worker 1 (127.0.0.1:${ports[1]}) must have the same versions, recipe, options, steps and seed as ` +
          `worker 0 (127.0.0.1:${ports[0]}), and has others\n`,
      );
      expect(code).toBe(2);
    }
  });

  /** Two processes, each with a recipe whose rate is in another file, and is another one. */
  async function trainApart(out: string, { file, reads }: { file: string; reads: string }) {
    const ports = await freePorts(2);
    const runs = [1e-3, 1e-1].map((rate, task) => {
      const own = path.join(folder, `${out}-${task}`);
      mkdirSync(own);
      symlinkSync(path.resolve(import.meta.dirname, '..', '..', 'node_modules'), path.join(own, 'node_modules'));
      writeFileSync(path.join(own, 'package.json'), '{ "type": "module" }');
      writeFileSync(path.join(own, file), file.endsWith('.ts') ? `export const rate = ${rate};\n` : String(rate));
      const text = readFileSync(recipe, 'utf8')
        .replace(/rate: [\d.e-]+/, 'rate')
        .replace(/^/, `${reads}\n`);
      const known = path.join(own, 'denoising.ts');
      writeFileSync(known, text);
      const address = ['--workers', ports.join(), '--task', String(task)];
      return start(['scripts/train.ts', '--recipe', known, '--steps', '6', '--out', own, ...address]);
    });
    return { ports, ends: await Promise.all(runs.map(({ end }) => end)) };
  }

  it('one that starts again where another goes on is named, and what was trained stays', async () => {
    await endsOf(trainTogether(await freePorts(2), { out: 'begun', steps: 2 }));
    const ports = await freePorts(2);
    const runs = [[], ['--fresh']].map((more, task) =>
      train({ out: `begun-${task}`, steps: 4, more: ['--workers', ports.join(), '--task', String(task), ...more] }),
    );
    for (const { code, stderr } of await Promise.all(runs.map(({ end }) => end))) {
      expect(stderr).toBe(
        `train: worker 1 (127.0.0.1:${ports[1]}) started with --fresh, and worker 0 (127.0.0.1:${ports[0]}) without; ` +
          'give it to all, or to none\n',
      );
      expect(code).toBe(2);
    }
    const said = await endsOf(trainTogether(await freePorts(2), { out: 'begun', steps: 3 }));
    for (const text of said) expect(text).toMatch(/^going on from step 2$/m);
    const anew = await endsOf(trainTogether(await freePorts(2), { out: 'begun', steps: 3, more: ['--fresh'] }));
    for (const text of anew) expect(text).not.toContain('going on');
    expect(Object.keys((await resultOf('begun-1', 1)).losses)).toEqual(['1', '2', '3']);
  });

  it('one whose recipe imports another file is named', async () => {
    const imported = { file: 'rate.ts', reads: "import { rate } from './rate.ts';" };
    const { ports, ends } = await trainApart('imports', imported);
    for (const { code, stderr } of ends) {
      expect(stderr).toContain(`train: worker 1 (127.0.0.1:${ports[1]}) must have the same versions, recipe, options`);
      expect(code).toBe(2);
    }
  });

  it('one whose steps are others, by a file that its recipe reads, is named, and nothing is saved', async () => {
    const reads =
      "import { readFileSync } from 'node:fs';\n" +
      "const rate = Number(readFileSync(new URL('rate.txt', import.meta.url), 'utf8'));";
    const { ports, ends } = await trainApart('rate', { file: 'rate.txt', reads });
    for (const [task, { code, stderr }] of ends.entries()) {
      expect(stderr).toMatch(
        new RegExp(
          `^train: after step 1 the weights differ from those of worker 0 \\(127\\.0\\.0\\.1:${ports[0]}\\): ` +
            `worker 1 \\(127\\.0\\.0\\.1:${ports[1]}\\) by up to 0\\.\\d+; all must have the same version`,
        ),
      );
      expect(code).toBe(1);
      const state = path.join(
        folder,
        `rate-${task}`,
        'denoising',
        ...(task > 0 ? ['worker-1'] : []),
        'state.safetensors',
      );
      expect(existsSync(state)).toBe(false);
    }
  });

  it.each(['0x0', '[::ffff:0.0.0.0]', '[0::0]', '0.0'])(
    'all addresses of the machine are refused in whatever way they are written: %s',
    async (host) => {
      const [port, other] = await freePorts(2);
      const run = train({ out: 'everywhere', more: ['--workers', `${host}:${port},${other}`, '--timeout', '1'] });
      const { code, stderr } = await run.end;
      expect(stderr).toMatch(/all addresses of (a|this) machine\n$/);
      expect(code).toBeGreaterThan(0);
    },
  );

  it.each([
    [['--workers', '4000,4001', '--task', '2'], '--task must be below the number of --workers, got 2'],
    [['--workers', '0.0.0.0:4000,4001'], 'which is all addresses of a machine'],
    [['--workers', '4000,4000'], 'got 127.0.0.1:4000 more than once'],
    [['--workers', 'localhost:4000,127.0.0.1:4000'], 'got localhost:4000 and 127.0.0.1:4000, which are the same'],
    [['--workers', 'nowhere'], 'workers must be addresses such as 10.0.0.1:4000, got "nowhere"'],
  ])('%j is refused in words', async (more, says) => {
    const { code, stderr } = await train({ out: 'refused', more }).end;
    expect(stderr).toContain(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });
});
