import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** TensorFlow.js as the program's folder finds it, where that is not the library's own; both with version and place. */
export function otherCopy(): { ours: string; theirs: string } | undefined {
  const ours = core(import.meta.url);
  const theirs = core(join(process.cwd(), 'program.js'));
  if (!ours || !theirs || ours === theirs) return undefined;
  return { ours: inWords(ours), theirs: inWords(theirs) };
}

/** The card of the core that a program at this place would get; nothing where there is none. */
function core(from: string): string | undefined {
  try {
    const whole = createRequire(from).resolve('@tensorflow/tfjs/package.json');
    return realpathSync(createRequire(whole).resolve('@tensorflow/tfjs-core/package.json'));
  } catch {
    return undefined;
  }
}

function inWords(card: string): string {
  const { version } = JSON.parse(readFileSync(card, 'utf8')) as { version: string };
  return `${version} in ${join(card, '..')}`;
}
