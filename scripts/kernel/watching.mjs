// @ts-check
// Which files have changed: asked before each cell is compiled. A watcher of the system tells it in an event, and no
// event arrives while a cell keeps the thread busy: the next cell would be compiled against the old file.
import fs from 'node:fs';

/** @typedef {(file: string, kind: number) => void} FileCallback */

/**
 * A stand-in for the watchers of the compiler's system.
 * @param {any} ts
 */
export function createWatching(ts) {
  /** @type {Set<{ file: string, stamp: string, callback: FileCallback }>} */
  const files = new Set();
  /** @type {Set<{ folder: string, callback: (path: string) => void }>} */
  const folders = new Set();
  return { watchFile, watchDirectory, lookAgain, forgetMissing };

  /** @param {string} file @param {FileCallback} callback */
  function watchFile(file, callback) {
    const watched = { file, stamp: stampOf(file), callback };
    files.add(watched);
    return { close: () => files.delete(watched) };
  }

  /** @param {string} folder @param {(path: string) => void} callback */
  function watchDirectory(folder, callback) {
    const watched = { folder, callback };
    folders.add(watched);
    return { close: () => folders.delete(watched) };
  }

  /** Tells the compiler of every file that is not as it was. */
  function lookAgain() {
    const { Changed, Created, Deleted } = ts.FileWatcherEventKind;
    for (const watched of [...files]) {
      const before = watched.stamp;
      watched.stamp = stampOf(watched.file);
      if (watched.stamp === before) continue;
      watched.callback(watched.file, watched.stamp === '' ? Deleted : before === '' ? Created : Changed);
    }
  }

  /** Lets the compiler look once more for every file that it has not found. */
  function forgetMissing() {
    for (const { folder, callback } of [...folders]) callback(folder);
  }
}

/**
 * Changes whenever the file does; '' if there is none.
 * @param {string} file
 */
function stampOf(file) {
  const info = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  return info ? [info.mtimeNs, info.ctimeNs, info.size, info.ino].join() : '';
}
