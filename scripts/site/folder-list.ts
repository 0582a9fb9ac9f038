import { readdirSync } from 'node:fs';

/**
 * What a page is told of a folder that it reads from, for a site does not tell what it has: the names in it, those of
 * folders with a slash at their end. It stands in the folder as `index.json`.
 */
export function folderList(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'index.json')
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}
