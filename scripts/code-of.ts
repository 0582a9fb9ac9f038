import { createHash } from 'node:crypto';
import path from 'node:path';
import { type BuildFailure, buildSync } from 'esbuild';
import { root } from './setup/paths.mjs';
import { Mistake } from './command-line.ts';

/**
 * The fingerprint of programs that a reader may edit, such as recipes: of these files and those that they import by a
 * path. Types, comments, layout and what is not used do not count, and neither does what is no part of them: the
 * library and other packages, data, and models that are read.
 * @throws {Mistake} naming the file that cannot be read
 */
export function codeOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(bundled(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Looks, right after files were loaded, whether they are those that somebody has in mind.
 * @throws {Mistake} when they have another fingerprint
 */
export function checkCode(caller: string, files: readonly string[], expected?: string): void {
  if (expected === undefined) return;
  const code = codeOf(files);
  if (code !== expected)
    throw new Mistake(
      `${caller}: ${files.join(', ')}, or a file that it imports, is not what it was when the sweep began: ` +
        `its fingerprint must be ${expected}, got ${code}`,
    );
}

/** A file with all that it imports by a path, as one program without what it does not use. */
function bundled(file: string): Uint8Array {
  try {
    const { outputFiles } = buildSync({
      entryPoints: [path.resolve(file)],
      bundle: true,
      packages: 'external',
      external: [`${root}/lib/*`],
      tsconfigRaw: {}, // whose paths would make the library a file
      format: 'esm',
      platform: 'node',
      target: 'esnext',
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
      absWorkingDir: root,
    });
    return outputFiles[0].contents;
  } catch (error) {
    const [{ text, location } = { text: String(error), location: null }] = (error as BuildFailure).errors ?? [];
    const where = location ? `${location.file}:${location.line}` : file;
    throw new Mistake(`${where} cannot be read: ${text}`);
  }
}
