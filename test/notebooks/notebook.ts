import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A temporary folder for notebooks; `remove` deletes it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'notebook-test-')));
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

/** Writes a notebook with these code cells, after a line of text. */
export function writeNotebook(folder: string, name: string, cells: string[]): string {
  const file = path.join(folder, name);
  fs.writeFileSync(
    file,
    JSON.stringify({
      cells: [
        { cell_type: 'markdown', id: 'title', metadata: {}, source: ['# A notebook'] },
        ...cells.map((source, i) => ({
          cell_type: 'code',
          id: `c${i}`,
          metadata: {},
          source,
          outputs: [],
          execution_count: null,
        })),
      ],
      metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
  return file;
}
