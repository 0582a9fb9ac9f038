/** The programs that run in workers of the site: the library, and what runs cells with it. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { ROOT } from './paths.ts';

/**
 * Bundles the workers into a folder: that of the chapters in files of which it fetches what a cell imports, that of the
 * front page in one, with no more than it needs.
 */
export async function bundleWorkers(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await build(optionsOf('worker.ts', folder, true));
  await build(optionsOf('face.ts', folder, false));
  for (const [file, name] of files()) copyFileSync(file, path.join(folder, name));
}

function optionsOf(program: string, folder: string, splitting: boolean): BuildOptions {
  return {
    entryPoints: [path.join(ROOT, 'site', 'run', program)],
    outdir: folder,
    bundle: true,
    splitting,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
    tsconfigRaw: {}, // the library as it is built, with its half for browsers
    chunkNames: '[name]-[hash]',
  };
}

/** What the programs fetch: WebAssembly's backend, in its three forms, and the typeface of pictures. */
function files(): [file: string, name: string][] {
  const modules = path.join(ROOT, 'node_modules');
  const wasm = path.join(modules, '@tensorflow', 'tfjs-backend-wasm', 'dist');
  const inter = path.join(modules, '@expo-google-fonts', 'inter');
  return [
    ...readdirSync(wasm)
      .filter((name) => name.endsWith('.wasm'))
      .map((name): [string, string] => [path.join(wasm, name), name]),
    [path.join(inter, '400Regular', 'Inter_400Regular.ttf'), 'Inter-400.ttf'],
    [path.join(inter, '600SemiBold', 'Inter_600SemiBold.ttf'), 'Inter-600.ttf'],
  ];
}
