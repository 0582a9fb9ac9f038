import { describe, expect, it } from 'vitest';
import { Progress } from '../../scripts/sweep/progress.js';

const tasks = { trainings: [{ id: 'a' }, { id: 'b' }], evaluations: [{ id: 'x' }, { id: 'y' }] };
const begin = { event: 'started', host: 'one', process: 7, shares: true, goesOn: false } as const;

/** What is written to a terminal, or to a file. */
class Stream {
  written = '';
  readonly columns = 100;
  readonly rows = 20;
  constructor(readonly isTTY: boolean) {}
  write(text: string): boolean {
    this.written += text;
    return true;
  }
  on(): this {
    return this;
  }
}

function progressOn(isTTY: boolean) {
  const stream = new Stream(isTTY);
  return { stream, progress: new Progress(tasks, stream as unknown as typeof process.stdout) };
}

describe('the progress of a sweep', () => {
  it('is told line by line where there is no terminal, each by its task', () => {
    const { stream, progress } = progressOn(false);
    progress.take({ event: 'up', machines: 2, CPU: 4, GPU: 0 });
    progress.take({ ...begin, task: 'a' });
    progress.take({ event: 'line', task: 'a', line: 'step 1 of 40' });
    progress.take({ event: 'done', task: 'a' });
    progress.take({ event: 'line', task: 'x', line: 'x: 100 of 200 sampled' });
    progress.take({ event: 'failed', task: 'b', error: 'it diverged' });
    progress.end();
    expect(stream.written).toBe(
      'Ray is up: 2 machines, 4 CPUs\n' +
        'a: begins on one, process 7\n' +
        'a: step 1 of 40\n' +
        '✓ a\n' +
        'x: 100 of 200 sampled\n' +
        '✗ b: it diverged\n',
    );
  });

  it.each([
    [true, 'a: its worker was lost; on two, it goes on where it last saved\n'],
    [false, 'a: its worker was lost; on two, it starts anew\n'],
  ])('says what becomes of a task whose worker was lost, with its state there: %s', (goesOn, says) => {
    const { stream, progress } = progressOn(false);
    progress.take({ ...begin, task: 'a' });
    expect(stream.written).not.toContain('was lost');
    progress.take({ ...begin, task: 'a', host: 'two', goesOn });
    expect(stream.written).toContain(says);
  });

  it('says once of each machine that it does not share the storage', () => {
    const { stream, progress } = progressOn(false);
    for (const task of ['a', 'b']) progress.take({ ...begin, task, shares: false });
    expect(stream.written.match(/one does not share the folder of this sweep/g)).toHaveLength(1);
  });

  it('is one view of all tasks on a terminal', () => {
    const { stream, progress } = progressOn(true);
    progress.take({ ...begin, task: 'a' });
    expect(stream.written).toContain('0 of 4 tasks are done, 3 wait · 0.0 min');
    expect(stream.written).toContain('  training a · begins on one, process 7');
    progress.end();
  });

  it('counts what has failed', () => {
    const { stream, progress } = progressOn(true);
    progress.take({ event: 'failed', task: 'b', error: 'it diverged' });
    progress.end();
    expect(stream.written).toContain('0 of 4 tasks are done, 1 failed, 3 wait');
  });
});
