import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCompiler } from '../../scripts/setup/native/binding.mjs';
import { wheelsFor } from '../../scripts/setup/native/wheels.mjs';
import { checkNode } from '../../scripts/setup/node-version.mjs';
import { findPython } from '../../scripts/setup/python.mjs';
import { fakeProgram, problemOf, temporaryFolder } from './support.js';

describe('Node', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0', '26.0.0'])('%s will do', (version) => {
    expect(() => checkNode(version, 'linux')).not.toThrow();
  });

  it.each(['20.18.3', '18.20.0', '16.0.0'])(
    '%s is too old, and the error says which is needed and which came',
    async (version) => {
      const problem = await problemOf(() => checkNode(version, 'linux'));
      expect(problem.message).toBe(`Node 20.19 or newer is needed, this is Node ${version}.`);
      expect(problem.remedy).toContain('nodejs.org');
    },
  );

  it('on Windows itself points to WSL', async () => {
    expect((await problemOf(() => checkNode('22.0.0', 'win32'))).remedy).toContain('WSL');
  });
});

describe('Python', () => {
  const probe = (version: number[], venv: boolean) => JSON.stringify({ program: '/somewhere/python3', version, venv });
  /** The PATH holds the fake program, and where `cat` lies, but no Python of the system: PYTHON names the fake one. */
  const withPython = (text: string) => ({
    PATH: process.env.PATH,
    PYTHON: join(fakeProgram('python3', text), 'python3'),
  });

  it('that is absent is asked for, with the command that installs it', async () => {
    const problem = await problemOf(() => findPython({ PATH: temporaryFolder() }));
    expect(problem.message).toContain('Python was not found');
    expect(problem.remedy).toContain('apt install python3 python3-venv');
  });

  it('that is too old is named with its version', async () => {
    const problem = await problemOf(() => findPython(withPython(probe([3, 9, 2], true))));
    expect(problem.message).toBe('Python 3.10 or newer is needed, this is Python 3.9.2 (/somewhere/python3).');
  });

  it('without venv asks for the package that brings it', async () => {
    const problem = await problemOf(() => findPython(withPython(probe([3, 12, 1], false))));
    expect(problem.message).toContain('lacks the module venv');
    expect(problem.remedy).toContain('python3.12-venv');
  });

  it('named by PYTHON is the one that is taken', async () => {
    expect(await findPython(withPython(probe([3, 11, 7], true)))).toEqual({
      program: '/somewhere/python3',
      version: [3, 11, 7],
      venv: true,
    });
  });

  it('named by PYTHON that does not run is named in the error', async () => {
    expect((await problemOf(() => findPython({ PATH: '', PYTHON: '/no/such/python' }))).message).toBe(
      'PYTHON=/no/such/python does not run.',
    );
  });
});

describe('the compiler', () => {
  it('that is absent is asked for, with the commands that install it', async () => {
    const problem = await problemOf(() => findCompiler({ PATH: temporaryFolder() }));
    expect(problem.message).toContain('No C++ compiler');
    expect(problem.remedy).toContain('apt install g++');
  });

  it('is the one that CXX names, with its arguments', async () => {
    const folder = fakeProgram('my-compiler', '1.0');
    expect(await findCompiler({ PATH: process.env.PATH, CXX: `${folder}/my-compiler -O3` })).toEqual([
      `${folder}/my-compiler`,
      '-O3',
    ]);
  });

  it('that CXX names and that does not run is named in the error', async () => {
    expect((await problemOf(() => findCompiler({ PATH: process.env.PATH, CXX: '/no/such/c++' }))).message).toBe(
      'CXX=/no/such/c++ does not run.',
    );
  });
});

describe('wheels', () => {
  it.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])(
    'are pinned by a sha256 each for %s',
    (system) => {
      for (const { sha256 } of wheelsFor('cpu', system)!) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it('with CUDA are pinned by a sha256 each, for Linux on x64 alone', () => {
    expect(wheelsFor('gpu', 'linux-x64')).toHaveLength(13);
    for (const { sha256 } of wheelsFor('gpu', 'linux-x64')!) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(wheelsFor('gpu', 'darwin-arm64')).toBeUndefined();
  });

  it('do not exist for a system that TensorFlow does not know', () => {
    expect(wheelsFor('cpu', 'freebsd-x64')).toBeUndefined();
  });
});
