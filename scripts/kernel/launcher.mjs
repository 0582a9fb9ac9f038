// @ts-check
// The TypeScript kernel of the notebooks: tslab's compiler and completion, with repairs. argv: CONNECTION_FILE
//
// tslab turns cells into JavaScript and answers Tab and Shift+Tab; what runs the cells and talks to Jupyter is here:
//   tslab.mjs       finds tslab and refuses a version that these repairs were not written for
//   typescript.mjs  compiler: strict types, `exports` maps, await anywhere, packages of this repository for any folder
//   declarations.mjs, watching.mjs, transpile.mjs   its parts: types that later cells see; edited files; awaits and
//   names
//   compile.mjs     one cell: TypeScript in; JavaScript, declarations and positions out
//   wrap.mjs        the function around a cell
//   modules.mjs     run time: require() with this repository as the fallback
//   guard.mjs       makes every await and every loop of a cell interruptible
//   executor.mjs    runs cells, waits for the library's loops after a stop
//   failure.mjs, thrown.mjs   an error as a reader wants to see it, whatever was thrown
//   print.mjs, stream.mjs     the value of the last expression; what cells print
//   inspect.mjs     Shift+Tab
//   message.mjs, server.mjs, control.mjs   Jupyter's messages; the stop button in a thread of its own
import { createExecutor } from './executor.mjs';
import { installFallback } from './modules.mjs';
import { startServer } from './server.mjs';
import { loadTslab, root } from './tslab.mjs';
import { repairTypeScript } from './typescript.mjs';

try {
  const [, , connectionFile] = process.argv;
  if (!connectionFile) throw new Error('usage: node scripts/kernel/launcher.mjs CONNECTION_FILE (Jupyter starts it)');
  Error.stackTraceLimit = 40;
  const tslab = loadTslab();
  repairTypeScript(tslab, root);
  installFallback(root);
  await startServer(tslab, createExecutor(tslab, root), connectionFile);
  exitWithParent();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** A kernel whose Jupyter was killed must not train on for ever. */
function exitWithParent() {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!(parent > 1)) return;
  setInterval(() => {
    try {
      process.kill(parent, 0);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') process.exit(1);
    }
  }, 2000).unref();
}
