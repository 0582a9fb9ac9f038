import path from 'node:path';

/** The folder of the repository. */
export const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** What VitePress reads. */
export const PAGES = path.join(ROOT, '.cache', 'site');

/** What it writes. */
export const DIST = path.join(ROOT, 'site', 'dist');
