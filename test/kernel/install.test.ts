import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { environment, withEnvironment } from '../../scripts/environment.mjs';
import { installKernel, kernelCommand } from '../../scripts/kernel/install.mjs';

test('the kernel is registered inside the given environment, and its file is not written twice', () => {
  const venv = fs.mkdtempSync(path.join(os.tmpdir(), 'venv-'));
  const file = path.join(venv, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
  expect(installKernel(venv)).toBe(true);
  const spec = JSON.parse(fs.readFileSync(file, 'utf8'));
  expect(spec).toMatchObject({ display_name: 'TypeScript', language: 'typescript', interrupt_mode: 'message' });
  expect(spec.argv).toContain(process.execPath);
  const { mtimeMs } = fs.statSync(file);
  expect(installKernel(venv)).toBe(false);
  expect(fs.statSync(file).mtimeMs).toBe(mtimeMs);
  fs.writeFileSync(file, '{ half');
  expect(installKernel(venv)).toBe(true);
  fs.rmSync(venv, { recursive: true });
});

test('the kernel starts in the environment that suits TensorFlow, and what the user has set wins', () => {
  const [shell = '', dash = '', script = '', name = ''] = kernelCommand();
  const seen = (env: NodeJS.ProcessEnv) =>
    JSON.parse(
      spawnSync(shell, [dash, script, name, process.execPath, '-p', 'JSON.stringify(process.env)'], {
        env,
        encoding: 'utf8',
      }).stdout,
    );
  expect(seen({})).toMatchObject(environment);
  expect(seen({ TF_CPP_MIN_LOG_LEVEL: '0', MALLOC_TOP_PAD_: '' })).toMatchObject({
    ...environment,
    TF_CPP_MIN_LOG_LEVEL: '0',
    MALLOC_TOP_PAD_: '',
  });
  expect(withEnvironment({ TF_CPP_MIN_LOG_LEVEL: '0' })).toEqual({ ...environment, TF_CPP_MIN_LOG_LEVEL: '0' });
});

test('a command runs in that environment with its arguments and its exit status', () => {
  const script = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'with-environment.mjs');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: undefined },
    });
  const { stdout, status } = run('tsx', '-e', 'console.log(process.env.TF_CPP_MIN_LOG_LEVEL); process.exit(7)');
  expect(stdout).toBe('2\n');
  expect(status).toBe(7);
  expect(run('no-such-command')).toMatchObject({ status: 127 });
});

test('another version of tslab is refused', () => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'clone-'));
  const root = path.resolve(import.meta.dirname, '..', '..');
  fs.cpSync(path.join(root, 'scripts', 'kernel'), path.join(copy, 'scripts', 'kernel'), { recursive: true });
  const tslab = path.join(copy, 'node_modules', 'tslab');
  const launch = () =>
    spawnSync(process.execPath, [path.join(copy, 'scripts', 'kernel', 'launcher.mjs'), 'none.json'], {
      encoding: 'utf8',
    });
  expect(launch().stderr).toContain('tslab is not installed');
  fs.mkdirSync(tslab, { recursive: true });
  fs.writeFileSync(
    path.join(tslab, 'package.json'),
    JSON.stringify({ name: 'tslab', version: '1.0.23', main: 'x.js' }),
  );
  const { stderr, status } = launch();
  expect(stderr).toContain('repairs tslab 1.0.22 and was given 1.0.23');
  expect(status).toBe(1);
  fs.rmSync(copy, { recursive: true });
});
