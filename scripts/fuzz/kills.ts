/**
 * `npx tsx scripts/fuzz/kills.ts`: kills a training run at random moments, lets it go on, and compares what it ends
 * with to what an undisturbed run ends with, bit by bit.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../lib/src/random.ts';
import { readSafetensors } from '../../lib/src/networks/safetensors.ts';
import { commandLine, start, wholeNumber } from '../command-line.ts';

/** When a run is killed: some milliseconds after it has printed something. */
interface Moment {
  seen: string;
  later: number;
}

interface Options {
  kills: number;
  steps: number;
  seed: number;
  recipe: string;
}

const command = commandLine(
  'npx tsx scripts/fuzz/kills.ts',
  'Kills a training run at random moments and compares its end with that of an undisturbed one, bit by bit.',
)
  .option('--kills <n>', 'how often it is killed', wholeNumber(), 100)
  .option('--steps <n>', 'training steps of each run', wholeNumber(), 60)
  .option('--seed <n>', 'seed of the moments', wholeNumber(0), 1)
  .option('--recipe <name>', 'what is trained', path.join(import.meta.dirname, 'small-recipe.ts'));

async function main({ kills, steps, seed, recipe }: Options): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'naive-diffusion-kills-'));
  const random = new Random(seed);
  const script = path.join(import.meta.dirname, '..', 'train.ts');
  const run = async (out: string, moment?: Moment): Promise<boolean> => {
    const args = ['--recipe', recipe, '--steps', String(steps), '--save-every', '3', '--out', path.join(folder, out)];
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let isKilled = moment === undefined;
    const kill = async () => {
      if (isKilled || !output.includes(moment!.seen)) return;
      isKilled = true;
      await sleep(moment!.later);
      child.kill('SIGKILL');
    };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        output += text.toString();
        void kill();
      });
    void kill();
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    if (code !== null && code !== 0) throw new Error(`kills: a run ended with status ${code}:\n${output}`);
    return code === 0;
  };
  try {
    const began = Date.now();
    await run('whole');
    const undisturbed = Date.now() - began;
    const expected = await fingerprint(path.join(folder, 'whole'), recipe);
    const wrong: string[] = [];
    let done = 0;
    for (let round = 1; done < kills; round++) {
      const out = `cut-${round}`;
      // Each run is killed three times, anywhere between its start and a little after its end, then it may finish.
      for (let i = 0; i < 3 && done < kills; i++) {
        // Every other kill lies within the training, which is short beside the start.
        const saved = 3 * random.int(Math.floor(steps / 3) + 1);
        const moment =
          done % 2 === 0 && saved > 0
            ? { seen: `step ${saved} of`, later: 100 * random.uniform() }
            : { seen: '', later: 1.2 * undisturbed * random.uniform() };
        const isOver = await run(out, moment);
        done++;
        if (isOver) break;
      }
      await run(out);
      const got = await fingerprint(path.join(folder, out), recipe);
      const differing = Object.keys(expected).filter((name) => expected[name] !== got[name]);
      if (differing.length > 0) wrong.push(`run ${round}: ${differing.join(', ')}`);
      console.log(
        `${done} of ${kills} kills, run ${round} ${differing.length ? `DIFFERS in ${differing.join(', ')}` : 'is the same'}`,
      );
      rmSync(path.join(folder, out), { recursive: true });
    }
    if (wrong.length > 0) throw new Error(`kills: ${wrong.length} runs ended otherwise:\n${wrong.join('\n')}`);
    console.log(`after ${done} kills every run ended with the same bits`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A hash of each tensor that a run has ended with, of the state and of the model; and what is left lying about. */
async function fingerprint(out: string, recipe: string): Promise<Record<string, string>> {
  const name = path.basename(recipe, '.ts');
  const folder = path.join(out, name);
  const hashes: Record<string, string> = {};
  for (const file of ['state.safetensors', `${name}.safetensors`]) {
    const { tensors } = await readSafetensors(path.join(folder, file));
    for (const [tensor, { data }] of Object.entries(tensors))
      hashes[`${file} ${tensor}`] = createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');
  }
  hashes.files = readdirSync(folder).sort().join();
  // A kill between a save and its line leaves the line out; none comes twice, and none is half.
  const steps = [...readFileSync(path.join(folder, 'log.jsonl'), 'utf8').matchAll(/^{"step":(\d+),.*}$/gm)].map(
    ([, step]) => Number(step),
  );
  hashes.log = String(steps.every((step, i) => i === 0 || step > steps[i - 1]));
  return hashes;
}

await start(command, main);
