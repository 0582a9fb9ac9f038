import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budget, describeBackend, isQuick, ready, tf } from 'naive-diffusion';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'naive-diffusion-select-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Runs a script in a process of its own, with `select.ts` imported as `b` and `tf`; its last line of output is JSON.
 */
function run(
  script: string,
  { env = {}, source = join(root, 'lib/src') }: { env?: Record<string, string>; source?: string } = {},
) {
  const file = join(folder, 'script.mts');
  const url = (name: string) => pathToFileURL(join(source, 'backend', name)).href;
  writeFileSync(file, `import * as b from '${url('select.ts')}';\nimport { tf } from '${url('tf.ts')}';\n${script}\n`);
  // The sources find each other by the paths of the configuration beside them.
  const TSX_TSCONFIG_PATH = join(source, '../../tsconfig.json');
  const clean = { ...process.env, NAIVE_DIFFUSION_BACKEND: '', QUICK: '', TSX_TSCONFIG_PATH };
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    cwd: root,
    encoding: 'utf8',
    env: { ...clean, ...env },
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return { result: last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : undefined, stdout, stderr };
}

const report =
  'const info = await b.ready(); console.log(JSON.stringify({ ...info, quick: b.isQuick(), line: b.describeBackend(), backend: tf.getBackend() }));';

describe('in this process', () => {
  beforeAll(() => ready());

  it('ready() returns the same choice again and again, also to callers at the same time', async () => {
    const [a, b] = await Promise.all([ready(), ready()]);
    expect(a).toBe(b);
    expect(await ready({ backend: a.name })).toBe(a);
  });

  it('describes what runs in one line', async () => {
    const { name, tensorflow, threads, library } = await ready();
    const engine = name === 'native' ? `TensorFlow ${tensorflow}` : 'WebAssembly';
    expect(describeBackend()).toContain(`naive-diffusion ${library} · ${engine} on the`);
    expect(describeBackend()).toContain(`${threads} thread`);
    expect(describeBackend()).not.toContain('\n');
    expect(tf.getBackend()).toBe(name === 'native' ? 'tensorflow' : 'wasm');
  });

  it('refuses another backend than the running one, and one that does not exist', async () => {
    const { name } = await ready();
    await expect(ready({ backend: 'cpu' })).rejects.toThrow(
      `ready: backend must be '${name}', which is running already, got 'cpu'; restart to change it`,
    );
    await expect(ready({ backend: 'tpu' as never })).rejects.toThrow(
      "ready: backend must be one of native, wasm, webgl, webgpu, cpu, got 'tpu'",
    );
  });

  it('shrinks budgets with QUICK=1, and without a native backend', () => {
    const { QUICK } = process.env;
    try {
      process.env.QUICK = '1';
      expect([isQuick(), budget(1000, 10)]).toEqual([true, 10]);
      process.env.QUICK = '0';
      expect([isQuick(), budget(1000, 10)]).toEqual([false, 1000]);
      delete process.env.QUICK;
      expect(isQuick()).toBe(tf.getBackend() !== 'tensorflow');
    } finally {
      if (QUICK === undefined) delete process.env.QUICK;
      else process.env.QUICK = QUICK;
    }
  });
});

describe('in a process of its own', () => {
  it('a tensor made before ready() gets an error that says what to do', () => {
    const { result } = run(`
      const errors = [() => tf.ones([2]), () => tf.memory(), () => b.describeBackend(), () => b.isQuick()].map((act) => { try { act(); } catch (error) { return error.message; } });
      await b.ready();
      console.log(JSON.stringify({ errors, sum: tf.sum(tf.ones([2])).dataSync()[0] }));`);
    expect(result).toEqual({
      errors: [
        'naive-diffusion: call `await ready()` before the first tensor is made',
        'naive-diffusion: call `await ready()` before the first tensor is made',
        'describeBackend: call `await ready()` first',
        'isQuick: call `await ready()` first',
      ],
      sum: 2,
    });
  });

  it.each(['wasm', 'cpu'])('NAIVE_DIFFUSION_BACKEND=%s is obeyed, with QUICK budgets and without a notice', (name) => {
    const { result, stderr } = run(report, { env: { NAIVE_DIFFUSION_BACKEND: name } });
    expect(result).toMatchObject({ name, backend: name, quick: true });
    expect(result!.line).toContain('QUICK');
    expect(stderr).toBe('');
  });

  it('QUICK=0 asks for full budgets on any backend', () => {
    expect(run(report, { env: { NAIVE_DIFFUSION_BACKEND: 'wasm', QUICK: '0' } }).result).toMatchObject({
      quick: false,
    });
  });

  it.each([
    ['webgl', 'ready: webgl needs a page in a browser with WebGL 2'],
    ['webgpu', "ready: webgpu needs its package: import '@tensorflow/tfjs-backend-webgpu' before"],
  ])('%s is refused where it cannot be had', (name, message) => {
    expect(run(report, { env: { NAIVE_DIFFUSION_BACKEND: name } }).stderr).toContain(message);
  });

  it('says why it has chosen', () => {
    expect(run(report).result).toMatchObject({ name: 'native', why: 'TensorFlow is installed' });
    const asked = run(report, { env: { NAIVE_DIFFUSION_BACKEND: 'wasm' } }).result;
    expect(asked).toMatchObject({ why: 'NAIVE_DIFFUSION_BACKEND asks for it' });
  });

  it('a wrong NAIVE_DIFFUSION_BACKEND is an error', () => {
    const { stderr } = run(report, { env: { NAIVE_DIFFUSION_BACKEND: 'tpu' } });
    expect(stderr).toContain(
      "ready: NAIVE_DIFFUSION_BACKEND must be one of native, wasm, webgl, webgpu, cpu, got 'tpu'",
    );
  });

  describe('where the native backend is not usable', () => {
    // A copy of the sources beside a package of TensorFlow's name that fails as `index.js` says.
    const broken = (failure: string) => {
      const place = mkdtempSync(join(folder, 'copy-'));
      cpSync(join(root, 'lib/src'), join(place, 'lib/src'), { recursive: true });
      for (const file of ['lib/package.json', 'tsconfig.json', 'tsconfig.base.json'])
        cpSync(join(root, file), join(place, file));
      const modules = join(place, 'node_modules/@tensorflow');
      mkdirSync(modules, { recursive: true });
      for (const name of ['tfjs', 'tfjs-backend-wasm'])
        symlinkSync(join(root, 'node_modules/@tensorflow', name), join(modules, name));
      const fake = join(modules, 'tfjs-node-gpu/index.js');
      mkdirSync(dirname(fake));
      writeFileSync(fake, failure);
      return join(place, 'lib/src');
    };

    it.each([
      [
        "throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found at path: x');",
        'is not built: `npm run native` builds it',
      ],
      [
        "throw Object.assign(new Error('libtensorflow.so: undefined symbol\\nmore'), { code: 'ERR_DLOPEN_FAILED' });",
        'cannot be loaded (libtensorflow.so: undefined symbol): `npm run native` builds it again',
      ],
      [
        "throw Object.assign(new Error('libcudart.so.12: cannot open shared object file: No such file or directory'), { code: 'ERR_DLOPEN_FAILED' });",
        'CUDA version lacks libcudart.so.12: install that part of CUDA, or `npm run native -- --cpu` for the CPU',
      ],
    ])('WebAssembly takes over, and says why and what to do, once', (failure, message) => {
      const source = broken(failure);
      const { result, stderr } = run(`await b.ready();\n${report}`, { source });
      expect(result).toMatchObject({ name: 'wasm', quick: true, why: expect.stringContaining(message) as string });
      expect(stderr.split(message)).toHaveLength(2);
      expect(stderr).toContain('some 30 times slower, with QUICK budgets');
      expect(run(report, { source, env: { NAIVE_DIFFUSION_BACKEND: 'native' } }).stderr).toContain(message);
    });
  });
});
