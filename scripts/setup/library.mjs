// @ts-check
// The library, compiled from lib/src to lib/dist.
import { join } from 'node:path';
import { command } from './command.mjs';
import { hashFiles, isMarked, removeMark, writeMark } from './marks.mjs';
import { root } from './paths.mjs';
import { Problem } from './problem.mjs';

const markFile = join(root, 'lib', 'dist', '.naive-diffusion.json');

/**
 * Compiles the library if its sources changed.
 * @returns {Promise<boolean>} false when it was up to date
 */
export async function buildLibrary() {
  const mark = {
    sources: hashFiles(
      root,
      ['lib/src', 'lib/tsconfig.json', 'lib/package.json', 'tsconfig.base.json', 'package-lock.json'].map((path) =>
        join(root, path),
      ),
    ),
  };
  if (isMarked(markFile, mark)) return false;
  removeMark(markFile);
  const { code, output } = await command(
    process.execPath,
    [join(root, 'node_modules', 'typescript-native', 'bin', 'tsc'), '-p', 'lib'],
    { cwd: root },
  );
  if (code !== 0)
    throw new Problem(
      'The library does not compile.',
      'The errors stand above. If you changed nothing, `git status` and `git checkout lib` bring the sources back.',
      output,
    );
  writeMark(markFile, mark);
  return true;
}
