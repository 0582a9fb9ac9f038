// @ts-check
// Counts what vitest reports.
import path from 'node:path';

/**
 * @typedef {object} VitestFile a test file, with its times in milliseconds
 * @property {string} name
 * @property {string} status
 * @property {number} [startTime]
 * @property {number} [endTime]
 * @property {{ status: string }[]} assertionResults
 */

/** @typedef {{ testResults: VitestFile[] }} VitestReport what its JSON reporter writes */

/**
 * Passed and failed tests. A test file that could not be loaded counts as one failure, and so does a run that ended
 * badly although every test in it passed.
 * @param {VitestReport} report
 * @param {number} code exit status of the run
 */
export function countTests({ testResults }, code) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = tests.filter((test) => test.status === 'failed').length + unloaded;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/**
 * A line for each folder of tests: how many there are, and how long they took one after another.
 * @param {VitestReport} report
 * @param {string} root the folder that the folders lie in
 */
export function timesByFolder({ testResults }, root) {
  const folders = groupBy(testResults, ({ name }) => folderIn(root, name));
  return [...folders].sort(byName).map(([folder, files]) => {
    const tests = files.reduce((sum, file) => sum + file.assertionResults.length, 0);
    const seconds = files.reduce((sum, { startTime = 0, endTime = 0 }) => sum + (endTime - startTime) / 1000, 0);
    return `    ${folder.padEnd(20)} ${`${tests} tests`.padStart(10)} ${`${seconds.toFixed(1)} s`.padStart(10)}`;
  });
}

/**
 * A line for each folder of the library: the share of its statements that the tests reach; and one for all of it.
 * @param {Record<string, { statements: { total: number, covered: number } }>} summary vitest's, by file
 * @param {string} root the folder that the folders lie in
 */
export function coverageByFolder(summary, root) {
  const files = Object.entries(summary).filter(([name]) => name !== 'total');
  const folders = [...groupBy(files, ([name]) => folderIn(root, name))].sort(byName);
  return [...folders, /** @type {const} */ (['all', files])].map(([folder, some]) => {
    const covered = some.reduce((sum, [, { statements }]) => sum + statements.covered, 0);
    const total = some.reduce((sum, [, { statements }]) => sum + statements.total, 0);
    return `    ${folder.padEnd(20)} ${`${((100 * covered) / Math.max(1, total)).toFixed(1)} %`.padStart(10)} of ${total} statements`;
  });
}

/**
 * The first folder of a file below `root`, or `.` for those that lie in it.
 * @param {string} root
 * @param {string} file
 */
function folderIn(root, file) {
  const parts = path.relative(root, file).split(path.sep);
  return parts.length > 1 ? parts[0] : '.';
}

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @returns {Map<string, T[]>}
 */
function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/**
 * @param {[string, unknown]} a
 * @param {[string, unknown]} b
 */
function byName([a], [b]) {
  return a < b ? -1 : 1;
}
