// @ts-check
// node scripts/check-cells.mjs [NOTEBOOK…] — type-checks the code cells of notebooks as the kernel would, without
// running them
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCompiler } from './kernel/compile.mjs';
import { loadTslab, root } from './kernel/tslab.mjs';
import { compilerOptions, repairTypeScript } from './kernel/typescript.mjs';
import { chapters } from './run-notebooks.mjs';
import { main } from './setup/main.mjs';
import { readOptions } from './setup/options.mjs';

/** @type {import('./kernel/tslab.mjs').Tslab | undefined} */
let tslab;

/**
 * Checks every notebook cell by cell, each in sight of those before it, with the kernel's own compiler and options; and
 * the library's declarations with that compiler, which is older than the one that wrote them. The library must be
 * built.
 * @param {object} [o]
 * @param {string[]} [o.files] default: all chapters
 * @param {boolean} [o.library] check the library's declarations as well (default true)
 * @param {(line: string) => void} [o.log] one line per complaint
 * @returns {{ cells: number, errors: number }}
 */
export function checkCells({ files = chapters(), library = true, log = console.log } = {}) {
  if (!tslab) {
    tslab = loadTslab();
    repairTypeScript(tslab, root);
  }
  let errors = 0;
  const complain = (/** @type {string} */ line) => {
    errors++;
    log(line);
  };
  if (library) checkDeclarations(tslab, complain);
  let cells = 0;
  const absolute = files.map((file) => path.resolve(file));
  for (const folder of new Set(absolute.map((file) => path.dirname(file)))) {
    cells += checkFolder(
      tslab,
      folder,
      absolute.filter((file) => path.dirname(file) === folder),
      complain,
    );
  }
  return { cells, errors };
}

/**
 * @param {import('./kernel/tslab.mjs').Tslab} tslab
 * @param {string} folder
 * @param {string[]} files in it
 * @param {(line: string) => void} complain
 * @returns {number} cells checked
 */
function checkFolder(tslab, folder, files, complain) {
  const before = process.cwd();
  process.chdir(folder); // the compiler looks from there, as it does in a kernel
  const compiler = createCompiler(tslab);
  let cells = 0;
  try {
    for (const file of files) {
      let declarations = '';
      for (const { number, source } of codeCells(file)) {
        cells++;
        const result = compiler.compile(declarations, source);
        declarations = result.declarations ?? declarations;
        for (const c of result.complaints)
          complain(
            `${path.basename(file)}, cell ${number}, ${c.file ? `${c.file}, ` : ''}line ${c.line}: ${c.message}`,
          );
      }
    }
  } finally {
    compiler.close();
    process.chdir(before);
  }
  return cells;
}

/**
 * The code cells that are not empty, numbered as in the brackets beside them after a full run.
 * @param {string} file
 * @returns {{ number: number, source: string }[]}
 */
function codeCells(file) {
  const notebook = JSON.parse(fs.readFileSync(file, 'utf8'));
  return notebook.cells
    .filter((/** @type {any} */ cell) => cell.cell_type === 'code')
    .map((/** @type {any} */ cell) => [cell.source].flat().join(''))
    .filter((/** @type {string} */ source) => source.trim())
    .map((/** @type {string} */ source, /** @type {number} */ i) => ({ number: i + 1, source }));
}

/**
 * @param {import('./kernel/tslab.mjs').Tslab} tslab
 * @param {(line: string) => void} complain
 */
function checkDeclarations(tslab, complain) {
  const dist = path.join(root, 'lib', 'dist');
  const entry = path.join(dist, 'index.d.ts');
  if (!fs.existsSync(entry)) {
    complain('lib/dist/index.d.ts is missing: run `npm run build` first');
    return;
  }
  const ts = tslab.require('@tslab/typescript-for-tslab');
  const program = ts.createProgram([entry], {
    ...compilerOptions(ts, root),
    module: ts.ModuleKind.ESNext,
    esModuleInterop: true,
    noEmit: true,
    skipLibCheck: false,
  });
  for (const file of program.getSourceFiles().filter((/** @type {any} */ f) => f.fileName.startsWith(`${dist}/`))) {
    for (const d of [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]) {
      const { line } = file.getLineAndCharacterOfPosition(d.start);
      complain(
        `${path.relative(root, file.fileName)}, line ${line + 1}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n  ')}`,
      );
    }
  }
}

const help = `node scripts/check-cells.mjs [--help] [NOTEBOOK…]

Checks the types of the code cells of notebooks, all chapters by default, as the kernel would, without running them,
and of the library's declarations.`;

/** @param {string[]} args */
async function runAsCommand(args) {
  const files = readOptions(args, help, {}, true)?.positionals;
  if (!files) return;
  const { cells, errors } = checkCells(files.length ? { files } : {});
  console.log(`${cells} cells checked, ${errors} ${errors === 1 ? 'error' : 'errors'}`);
  process.exitCode = errors ? 1 : 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(() => runAsCommand(process.argv.slice(2)));
