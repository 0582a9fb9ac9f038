// @ts-check
// Counts what vitest reports.

/**
 * @typedef {object} VitestReport what its JSON reporter writes
 * @property {{ name: string, status: string, assertionResults: { status: string }[] }[]} testResults
 */

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
