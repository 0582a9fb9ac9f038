import { describe, expect, it } from 'vitest';
import { describeProblem, explain, Problem } from '../../scripts/setup/problem.mjs';

describe('explain', () => {
  it.each([
    ['npm error code ENOSPC\nnpm error syscall write', 'The disk is full'],
    ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device', 'The disk is full'],
    [
      'npm error code ENOTFOUND\nnpm error network request failed',
      'The network, or a package registry, could not be reached',
    ],
    [
      'WARNING: Retrying … NewConnectionError … Temporary failure in name resolution',
      'The network, or a package registry, could not be reached',
    ],
    [
      'ERROR: Could not find a version that satisfies the requirement x (from versions: none)',
      'The network, or a package registry, could not be reached',
    ],
    [
      '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed',
      'The certificate of a package registry was not trusted',
    ],
    ["EACCES: permission denied, mkdir '/x'", 'Writing was not permitted'],
  ])('finds the cause in %j', (text, cause) => {
    expect(explain('installing', text).message).toBe(`${cause} while installing.`);
  });

  it('says how much space a step needs when the disk is full', () => {
    const error = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(explain('installing', error, { needs: 'about 700 MB' }).remedy).toContain('about 700 MB');
  });

  it('leaves an unknown failure as it is, with all that was printed at its end', () => {
    const problem = explain('installing', 'something else');
    expect(problem.message).toBe('installing failed.');
    expect(problem.details).toBe('something else');
  });

  it('leaves a problem as it is', () => {
    const problem = new Problem('what', 'remedy');
    expect(explain('installing', problem)).toBe(problem);
  });
});

describe('describeProblem', () => {
  it('prints details, what is wrong, and the remedy, in this order', () => {
    expect(describeProblem(new Problem('It broke.', 'Mend it.\nThen again.', 'output\n'))).toBe(
      'output\n\nerror: It broke.\n  Mend it.\n  Then again.',
    );
  });

  it('shows where an unforeseen error comes from', () => {
    expect(describeProblem(new Error('unforeseen'))).toContain('problem.test.ts');
  });
});
