import { expect, it } from 'vitest';
import { report } from '../../scripts/setup/report.mjs';
import { countTests, coverageByFolder, timesByFolder } from '../../scripts/setup/test-counts.mjs';

function recorded(isTTY = false) {
  let text = '';
  return {
    stream: {
      isTTY,
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

it('on a terminal, the last line names the steps that go on', async () => {
  const { stream, text } = recorded(true);
  const last = () => text().split('\r\u001b[2K').at(-1)!;
  const { step, note } = report(stream);
  const ends: (() => void)[] = [];
  const steps = ['npm packages', 'library'].map((name) => step(name, () => new Promise<void>((end) => ends.push(end))));
  expect(last()).toBe('  npm packages, library …');
  note('Waiting');
  expect(last()).toBe('Waiting\n  npm packages, library …');
  ends[0]();
  await steps[0];
  expect(last()).toMatch(/^✓ npm packages +\d+\.\d s\n {2}library …$/);
  ends[1]();
  await steps[1];
  expect(last()).toMatch(/^✓ library +\d+\.\d s\n$/);
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

it('each folder of tests has a line, with its number and its time', () => {
  const file = (name: string, seconds: number, ...status: string[]) => ({
    name,
    status: 'passed',
    startTime: 1000,
    endTime: 1000 * (1 + seconds),
    assertionResults: tests(...status),
  });
  const testResults = [
    file('/test/data/b.test.ts', 1.5, 'passed', 'failed'),
    file('/test/backend/deep/a.test.ts', 60, 'passed'),
    file('/test/data/a.test.ts', 2, 'skipped'),
    file('/test/random.test.ts', 0.25, 'passed'),
  ];
  expect(timesByFolder({ testResults }, '/test').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['.', '1 tests', '0.3 s'],
    ['backend', '1 tests', '60.0 s'],
    ['data', '3 tests', '3.5 s'],
  ]);
});

it('each folder of the library has a line with the share of its statements that are reached', () => {
  const statements = (covered: number, total: number) => ({ statements: { covered, total } });
  const summary = {
    total: statements(9, 9),
    '/src/data/a.ts': statements(1, 2),
    '/src/data/b.ts': statements(3, 6),
    '/src/random.ts': statements(3, 4),
    '/src/types/empty.ts': statements(0, 0),
  };
  expect(coverageByFolder(summary, '/src').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['.', '75.0 % of 4 statements'],
    ['data', '50.0 % of 8 statements'],
    ['types', '0.0 % of 0 statements'],
    ['all', '58.3 % of 12 statements'],
  ]);
});
