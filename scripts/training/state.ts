/** What a training run leaves on the disk to go on from. */
import { existsSync, readFileSync } from 'node:fs';
import type { InferOutput } from 'valibot';
import {
  assignWeights,
  readSafetensors,
  type RecipeOptions,
  type StoredTensor,
  type tf,
  writeWhole,
} from 'naive-diffusion';
import { Mistake } from '../command-line.ts';
import { parseJson } from '../read-json.ts';
import { LogLine, RunState } from '../schemas.ts';

/**
 * Fills the variables with what an earlier run has saved, and says how far it was.
 * @param recipe.options the values of this run
 * @param recipe.usual those of the recipe as it stands, with which a state was made that does not say
 * @param recipe.fresh starts again: nothing is read
 * @throws {Error} naming the file and the fault, when it is damaged, or of another network
 */
export async function goOn(
  state: string,
  variables: Record<string, tf.Variable>,
  { options, usual, fresh }: { options: RecipeOptions; usual: RecipeOptions; fresh: boolean },
): Promise<InferOutput<typeof RunState> & { machines: Part[] }> {
  if (fresh || !existsSync(state)) return { from: 0, seconds: 0, processor: 0, machines: [] };
  const remedy = 'the same command with --fresh begins again';
  const saved = await readSafetensors(state).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; ${remedy}`, { cause: error });
  });
  const progress = parseJson(saved.metadata.run ?? 'null', RunState, `${state}: metadata.run`, remedy);
  const before = { ...usual, ...progress.options };
  const changed = Object.keys(options).find((name) => options[name] !== before[name]);
  if (changed !== undefined)
    throw new Mistake(
      `train: ${state} was trained with ${changed}=${before[changed]}, not ${options[changed]}; ` +
        `${remedy}, --out keeps the runs apart`,
    );
  checkFinite(saved.tensors, state, remedy);
  assignWeights(variables, saved.tensors, state);
  const { from, machines = from > 0 ? [{ from: 0, machine: 'unknown', backend: 'unknown' }] : [] } = progress;
  return { ...progress, machines };
}

/** A part of a run: what trained it, from a step on. */
type Part = NonNullable<InferOutput<typeof RunState>['machines']>[number];

/** The parts of a run that goes on here from a step: one more, if it was trained elsewhere before. */
export function withPart(before: Part[], here: Part): Part[] {
  const last = before.at(-1);
  return last?.machine === here.machine && last.backend === here.backend ? before : [...before, here];
}

/** What trained a run of so many steps, in words: with the steps, if it was not the same all the time. */
export function tellParts(parts: Part[], what: 'machine' | 'backend', steps: number): string {
  const changes = parts.filter((part, i) => part[what] !== parts[i - 1]?.[what]);
  if (changes.length === 1) return changes[0][what];
  const ends = [...changes.slice(1).map(({ from }) => from), steps];
  return changes.map((part, i) => `${part[what]}, to step ${ends[i].toLocaleString('en')}`).join('; ');
}

/** Throws if a weight is not a number, or endless: nothing could be trained from there. */
export function checkFinite(tensors: Record<string, StoredTensor>, where: string, remedy: string): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new Error(`${where}: value ${at} of ${name} is ${data[at]}; ${remedy}`);
  }
}

/** What there is to go on from after a training run has come to numbers that are none. */
export function whatIsLeft(state: string): string {
  const there = existsSync(state) ? `${state} has the last state that was saved before` : 'nothing was saved';
  return `${there}; a lower rate, or clipped gradients, may keep it from happening`;
}

/** Leaves of a log what was written up to the step that the run goes on from: a kill may have cut its last line. */
export function cutLog(log: string, from: number): void {
  if (!existsSync(log)) return;
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  const kept = lines.filter((line) => {
    try {
      return parseJson(line, LogLine, log).step <= from;
    } catch {
      return false;
    }
  });
  if (kept.length < lines.length) writeWhole('train', log, kept.map((line) => `${line}\n`).join(''));
}
