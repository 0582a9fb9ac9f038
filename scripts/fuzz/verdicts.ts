import { Random } from 'naive-diffusion';
import { type Kind, Unsound } from './kinds.ts';
import { mutate } from './mutate.ts';

/** What can come of loading a damaged file. The last three must not occur. */
export const verdicts = [
  'clear error',
  'loaded equal',
  'silent, no checksum',
  'unclear error',
  'wrong',
  'no end',
] as const;
export type Verdict = (typeof verdicts)[number];

/** How often each came out, and an example of each that must not occur. */
export interface Tally {
  counts: Record<Verdict, number>;
  examples: string[];
}

/** Milliseconds after which a load counts as one without end: a thousand times what it takes. */
const patience = 20_000;

/** Damages a kind of file `times` times, and loads it each time. */
export async function tally(kind: Kind, times: number, seed: number): Promise<Tally> {
  const random = new Random(seed);
  const whole = JSON.stringify(await kind.load(kind.bytes));
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  const examples: string[] = [];
  for (let i = 0; i < times; i++) {
    const { how, bytes } = mutate(kind.bytes, random);
    const { verdict, detail } = await judge(kind, bytes, whole);
    counts[verdict]++;
    if (verdicts.indexOf(verdict) >= 3)
      examples.push(`${kind.name}, ${how} (number ${i} of seed ${seed}): ${verdict}: ${detail}`);
  }
  return { counts, examples };
}

async function judge(kind: Kind, bytes: Buffer, whole: string): Promise<{ verdict: Verdict; detail: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), patience);
  });
  try {
    const loaded = await Promise.race([kind.load(bytes), late]);
    if (loaded === 'late') return { verdict: 'no end', detail: `after ${patience} ms` };
    if (JSON.stringify(loaded) === whole) return { verdict: 'loaded equal', detail: '' };
    return { verdict: kind.checked ? 'wrong' : 'silent, no checksum', detail: 'loaded as something else' };
  } catch (error) {
    const detail = String(error);
    if (error instanceof Unsound) return { verdict: 'wrong', detail };
    return { verdict: isClear(kind, error) ? 'clear error' : 'unclear error', detail };
  } finally {
    clearTimeout(timer);
  }
}

/** Whether an error says which function failed and which file is at fault, in words of the library. */
function isClear({ loader, file }: Kind, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { message } = error;
  const inner =
    /Cannot read prop|is not a function|is not iterable|undefined is|\[object |Invalid (typed )?array|allocation failed/;
  return message.startsWith(`${loader}: `) && message.includes(file) && !inner.test(message);
}
