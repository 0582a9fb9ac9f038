import { expect, it } from 'vitest';
import { report } from '../../scripts/setup/report.mjs';
import { countTests } from '../../scripts/setup/test-counts.mjs';

function recorded() {
  let text = '';
  return {
    stream: {
      write: (more: string) => {
        text += more;
      },
    },
    text: () => text,
  };
}

it('a step prints one line with its time', async () => {
  const { stream, text } = recorded();
  await report(stream).step(
    'npm packages',
    () => 3,
    (n) => `${n} of them`,
  );
  expect(text()).toMatch(/^✓ npm packages +3 of them +\d+\.\d s\n$/);
});

it('a step whose result is bad is marked so', async () => {
  const { stream, text } = recorded();
  await report(stream).step(
    'style',
    () => 2,
    (n) => `${n} FAILED`,
    (n) => n === 0,
  );
  expect(text()).toMatch(/^✗ style +2 FAILED/);
});

it('a step that had nothing to do prints nothing', async () => {
  const { stream, text } = recorded();
  await report(stream).step(
    'npm packages',
    () => false,
    () => undefined,
  );
  expect(text()).toBe('');
});

it('a step that fails says so, and its error goes on', async () => {
  const { stream, text } = recorded();
  await expect(report(stream).step('npm packages', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(text()).toMatch(/^✗ npm packages +failed/);
});

const tests = (...status: string[]) => status.map((s) => ({ status: s }));

it('passed and failed tests are counted, skipped ones are not', () => {
  const testResults = [
    { name: 'a', status: 'failed', assertionResults: tests('passed', 'failed', 'skipped') },
    { name: 'b', status: 'passed', assertionResults: tests('passed') },
  ];
  expect(countTests({ testResults }, 1)).toEqual({ passed: 2, failed: 1 });
});

it('a test file that could not be loaded is a failure', () => {
  expect(countTests({ testResults: [{ name: 'a', status: 'failed', assertionResults: [] }] }, 1)).toEqual({
    passed: 0,
    failed: 1,
  });
});

it('a run that ended badly is a failure, even if every test in it passed', () => {
  expect(countTests({ testResults: [{ name: 'a', status: 'passed', assertionResults: tests('passed') }] }, 1)).toEqual({
    passed: 1,
    failed: 1,
  });
});
