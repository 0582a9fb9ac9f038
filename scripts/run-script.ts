import { spawn } from 'node:child_process';

/**
 * Runs another script of this folder to its end. It learns of the end of this process, however that comes, and then
 * ends as well.
 * @throws {Error} when it ends with another status than 0
 */
export async function runScript(file: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const ended = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve(code ?? signal ?? 1);
    });
  });
  if (ended !== 0) throw new Error(`${file} ${args.join(' ')}: ended with ${ended}`);
}
