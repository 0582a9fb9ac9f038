import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { command } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { temporaryFolder } from './support.js';

/**
 * A Python that makes environments of itself, and whose pip installs nothing but the programs named in PIP_MAKES. Its
 * uv begins, and ends as it is told, if it is.
 */
const PYTHON = `#!/bin/sh
here=$(dirname "$0")
case "$*" in
  *-m\\ venv*) rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; echo venv >> "$NOTES" ;;
  *-m\\ pip\\ config*) ;;
  *uv.txt*)
    [ -n "$UV_ENDS" ] || exit 1
    printf '#!/bin/sh\\necho uv >> "$NOTES"; touch %s/jupyter-lab; exit %s\\n' "$here" "$UV_ENDS" > "$here/uv"
    chmod +x "$here/uv" ;;
  *-m\\ pip*) echo pip >> "$NOTES"; for name in $PIP_MAKES; do touch "$here/$name"; done ;;
  -c\\ ?*) echo '{ "program": "'"$0"'", "version": [3, 12, 0], "venv": true }' ;;
esac
`;

/** Sets up with that Python, and says what was started, and how it ended. */
async function install(env: NodeJS.ProcessEnv) {
  const folder = temporaryFolder();
  const [python, notes, prefix] = ['python', 'notes', 'env'].map((name) => join(folder, name));
  writeFileSync(python, PYTHON);
  chmodSync(python, 0o755);
  const file = JSON.stringify(join(root, 'scripts', 'setup', 'python-packages.mjs'));
  const program = `import { installPythonPackages } from ${file};
    const said = installPythonPackages(${JSON.stringify(prefix)}).catch((error) => error.message);
    console.log(await said);`;
  const { stdout } = await command(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, PYTHON: python, NOTES: notes, ...env },
  });
  const started = readFileSync(notes, 'utf8').trim().split('\n').join(' ');
  return { said: stdout.trim(), started, done: existsSync(join(prefix, 'naive-diffusion.json')) };
}

it('uv installs where it can be had', async () => {
  expect(await install({ UV_ENDS: '0' })).toEqual({ said: '3.12.0', started: 'venv uv', done: true });
});

it('pip does where it cannot, and not on top of what uv has begun', async () => {
  const pip = { said: '3.12.0', started: 'venv venv pip', done: true };
  expect(await install({ PIP_MAKES: 'jupyter-lab' })).toEqual(pip);
  expect(await install({ PIP_MAKES: 'jupyter-lab', UV_ENDS: '1' })).toEqual({ ...pip, started: 'venv uv venv pip' });
});

it('what pip has put elsewhere is not called done', async () => {
  const { said, done } = await install({});
  expect([said, done]).toEqual([expect.stringMatching(/^JupyterLab was installed elsewhere than in .*env\.$/), false]);
});
