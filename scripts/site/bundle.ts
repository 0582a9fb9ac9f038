/** The programs that run in workers of the site: the library, and what runs cells with it. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './paths.ts';

/**
 * Bundles the workers into a folder; what they share lies in files beside them.
 * @returns the size of each file in bytes
 */
export async function bundleWorkers(folder: string): Promise<Map<string, number>> {
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: [path.join(ROOT, 'site', 'run', 'worker.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    metafile: true,
    logLevel: 'warning',
    tsconfigRaw: {}, // the library as it is built, with its half for browsers
    chunkNames: '[name]-[hash]',
  });
  for (const [file, name] of files()) copyFileSync(file, path.join(folder, name));
  return new Map(Object.entries(metafile.outputs).map(([file, { bytes }]) => [path.basename(file), bytes]));
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
