// @ts-check
// node scripts/kernel/language.mjs NOTEBOOK… — writes into notebooks what JupyterLab would write when it opens them, so
// that opening a chapter and closing it changes nothing.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadTslab } from './tslab.mjs';

/** What the kernel says of its language; its version is that of the compiler inside tslab. */
export function languageInfo() {
  const { version } = loadTslab().require('@tslab/typescript-for-tslab/package.json');
  return {
    // JupyterLab goes by `mode`, the classic notebook by the other two
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    file_extension: '.ts',
    mimetype: 'text/typescript',
    name: 'typescript',
    pygments_lexer: 'typescript',
    version: String(version),
  };
}

/** The metadata of a notebook with this kernel, as JupyterLab writes it. */
export function notebookMetadata() {
  return {
    kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
    language_info: languageInfo(),
  };
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const file of process.argv.slice(2)) {
    const notebook = JSON.parse(fs.readFileSync(file, 'utf8'));
    fs.writeFileSync(file, `${JSON.stringify({ ...notebook, metadata: notebookMetadata() }, null, 1)}\n`);
  }
}
