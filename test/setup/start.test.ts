import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { startOptions } from '../../scripts/setup/commands/start.mjs';
import { checkPort, jupyterArguments, jupyterEnvironment } from '../../scripts/setup/jupyter.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { problemOf, temporaryFolder } from './support.js';

describe('the options of npm start', () => {
  it('default to a browser on the chapters', () => {
    expect(startOptions([])).toEqual({ browser: true, port: undefined, folder: join(root, 'notebooks') });
  });

  it('name a port and a folder', () => {
    const folder = temporaryFolder();
    expect(startOptions(['--no-browser', '--port', '8899', '--dir', folder])).toEqual({
      browser: false,
      port: 8899,
      folder,
    });
  });

  it.each([
    [['--prot', '1']],
    [['--port', 'x']],
    [['--port', '70000']],
    [['notebook.ipynb']],
    [['--dir', '/no/such/folder']],
  ])('refuse %j', async (args) => {
    await problemOf(() => startOptions(args));
  });

  it.each(['start', 'setup', 'test', 'native'])(
    'are explained by npm run %s -- --help, and unknown ones end it with status 2',
    async (name) => {
      const script = join(root, 'scripts', `${name}.mjs`);
      expect(await command(process.execPath, [script, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('--help'),
      });
      expect(await command(process.execPath, [script, '--unknown'])).toMatchObject({
        code: 2,
        output: expect.stringContaining("Unknown option '--unknown'"),
      });
    },
  );
});

describe('JupyterLab', () => {
  it('is refused a port that is taken, with a free one as the remedy', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const problem = await problemOf(() => checkPort(port));
    expect(problem.message).toContain(`Port ${port} is taken`);
    expect(problem.remedy).toContain(`--port ${port + 1}`);
    server.close();
    await once(server, 'close');
    await checkPort(port);
  });

  it('serves this computer alone', () => {
    expect(jupyterArguments({ folder: '/x', port: 8888, browser: false })).toContain('--ServerApp.ip=localhost');
  });

  it('sees nothing of the settings of the user', () => {
    const env = jupyterEnvironment('/x', {
      HOME: '/home/x',
      JUPYTER_CONFIG_PATH: '/home/x/theirs',
      PYTHONPATH: '/home/x/lib',
      PATH: '/bin',
    });
    expect(env.JUPYTER_CONFIG_PATH).toBeUndefined();
    expect(env.PYTHONPATH).toBeUndefined();
    for (const name of ['CONFIG_DIR', 'DATA_DIR', 'RUNTIME_DIR'])
      expect(env[`JUPYTER_${name}`]).toContain(join(root, '.cache'));
    expect(env.PATH).toBe('/bin');
  });

  it('keeps tokens from everybody else on the computer, also those in files and folders that were there', () => {
    const place = temporaryFolder();
    const old = join(place, 'runtime', 'deep');
    mkdirSync(old, { recursive: true, mode: 0o755 });
    for (const file of [join(place, 'runtime', 'jpserver-1-open.html'), join(old, 'kernel.json')]) {
      writeFileSync(file, 'token');
      chmodSync(file, 0o644);
    }
    chmodSync(place, 0o755);
    jupyterEnvironment('/x', {}, place);
    const paths = [place, ...readdirSync(place, { recursive: true }).map((name) => join(place, String(name)))];
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0]);
  });

  it('remembers the tabs of each folder by themselves', () => {
    const place = temporaryFolder();
    const workspaces = ['/a', '/b', '/a'].map(
      (folder) => jupyterEnvironment(folder, {}, place).JUPYTERLAB_WORKSPACES_DIR,
    );
    expect(workspaces[0]).toBe(workspaces[2]);
    expect(workspaces[0]).not.toBe(workspaces[1]);
  });
});

describe('a running JupyterLab', () => {
  it('leaves its token in no file that others may read', async () => {
    const folder = temporaryFolder();
    const started = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { runJupyter } from ${JSON.stringify(join(root, 'scripts', 'setup', 'jupyter.mjs'))};
         await runJupyter({ folder: ${JSON.stringify(folder)}, browser: false, note: console.log });`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      let token: string | undefined;
      for await (const text of started.stdout) {
        token = /token=([0-9a-f]{20,})/.exec(String(text))?.[1];
        if (token) break;
      }
      const place = join(root, '.cache', 'jupyter');
      const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const withToken = files
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => readFileSync(file, 'utf8').includes(token!));
      expect(withToken.length).toBeGreaterThan(0);
      for (const file of withToken) {
        expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
        expect(statSync(dirname(file)).mode & 0o077).toBe(0);
      }
      expect(statSync(place).mode & 0o077).toBe(0);
    } finally {
      const ended = once(started, 'exit');
      started.kill('SIGTERM');
      await ended;
    }
  });
});
