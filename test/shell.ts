import { execFileSync } from 'node:child_process';

/** The words of a command, as a shell reads it. */
export function wordsOf(command: string): string[] {
  const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}
