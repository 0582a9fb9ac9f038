import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type BuildResult } from 'esbuild';

/** The library as `npm run build` has made it. */
const entry = fileURLToPath(new URL('../../lib/dist/index.js', import.meta.url));

/** Bundles the built library, or a program that uses it, as a site would: for browsers, without a plugin or a shim. */
export function bundle(options: BuildOptions = {}): Promise<BuildResult<{ metafile: true; write: false }>> {
  return build({
    ...(options.stdin ? {} : { entryPoints: [entry] }),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
    ...options,
  } as BuildOptions & { metafile: true; write: false });
}
