import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { startOptions } from '../../scripts/setup/commands/start.mjs';
import { checkPort, jupyterArguments, jupyterEnvironment } from '../../scripts/setup/jupyter.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { problemOf, temporaryFolder } from './support.js';

describe('the options of npm start', () => {
  it('default to a browser on the chapters', () => {
    expect(startOptions([])).toEqual({ help: false, browser: true, port: undefined, folder: join(root, 'notebooks') });
  });

  it('name a port and a folder', () => {
    const folder = temporaryFolder();
    expect(startOptions(['--no-browser', '--port', '8899', '--dir', folder])).toEqual({
      help: false,
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

  it.each(['start', 'test', 'native'])(
    'are explained by npm run %s -- --help, and unknown ones end it with status 1',
    async (name) => {
      const script = join(root, 'scripts', `${name}.mjs`);
      expect(await command(process.execPath, [script, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('--help'),
      });
      expect(await command(process.execPath, [script, '--unknown'])).toMatchObject({
        code: 1,
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
    const env = jupyterEnvironment({
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
});
