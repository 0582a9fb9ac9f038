import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A running JupyterLab of our own. */
export interface JupyterServer {
  url: string;
  /** Ends the server and its kernels. */
  close(): Promise<void>;
}

/** A busy machine needs a minute. */
const START_MS = 180_000;

const SETTINGS: Record<string, object> = {
  '@jupyterlab/apputils-extension/notification': { fetchNews: 'false', checkForUpdates: false, doNotDisturbMode: true },
  '@jupyterlab/docmanager-extension/plugin': { autosave: false },
  '@jupyterlab/notebook-extension/tracker': {
    windowingMode: 'none',
    recordTiming: false,
    autoStartDefaultKernel: true,
  },
};

/**
 * Starts JupyterLab on `folder`, with settings of its own: nothing of the user's is read or changed, and nothing is
 * asked of the network.
 * @param python the environment's folder, with `bin/jupyter` in it
 * @param env the environment that the kernels see
 * @throws {Error} with the end of the server's log, when it does not start within three minutes
 */
export async function startJupyter({
  folder,
  python,
  env = process.env,
}: {
  folder: string;
  python: string;
  env?: NodeJS.ProcessEnv;
}): Promise<JupyterServer> {
  const home = mkdtempSync(join(tmpdir(), 'naive-diffusion-jupyter-'));
  for (const [plugin, settings] of Object.entries(SETTINGS)) {
    const file = join(home, 'settings', `${plugin}.jupyterlab-settings`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(settings));
  }
  const port = await freePort();
  const token = randomBytes(24).toString('hex');
  const child = spawn(
    join(python, 'bin', 'jupyter'),
    [
      'lab',
      '--no-browser',
      '--allow-root',
      '--ip=127.0.0.1',
      `--port=${port}`,
      '--ServerApp.port_retries=0',
      `--ServerApp.root_dir=${folder}`,
      '--LabApp.expose_app_in_browser=True',
      '--LabApp.news_url=None',
      '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
    ],
    {
      env: {
        ...env,
        JUPYTER_TOKEN: token, // not among the arguments, which everybody can read
        JUPYTER_CONFIG_DIR: join(home, 'config'),
        JUPYTER_DATA_DIR: join(home, 'data'),
        JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
        JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces'),
        IPYTHONDIR: join(home, 'ipython'),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  child.stderr.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      log += error.message;
      resolve();
    });
    child.on('exit', () => resolve());
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  const abandon = () => {
    // when this process is ended before it could close
    child.kill('SIGTERM');
    rmSync(home, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  const close = async () => {
    process.removeListener('exit', abandon);
    if (running) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = `http://127.0.0.1:${port}`;
  for (
    const end = Date.now() + START_MS;
    running && Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 200))
  ) {
    const answer = await fetch(`${url}/api/status?token=${token}`).catch(() => undefined);
    if (answer?.ok) return { url: `${url}/lab/tree/NAME?token=${token}&reset`, close };
  }
  await close();
  throw new Error(`JupyterLab did not start; npm start sets up the folder .venv. Its last words:\n${log}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
