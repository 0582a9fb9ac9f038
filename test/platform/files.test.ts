import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeWhole } from 'naive-diffusion';
import { absolute, readWhole } from '../../lib/src/platform/node/files.ts';
import { temporaryFolder } from '../data/temporary.ts';

const folder = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());

/** A path in a folder of its own. */
let count = 0;
function fresh(name = 'file'): string {
  const own = join(folder, String(count++));
  mkdirSync(own);
  return join(own, name);
}

/** What lies in the folder of `path`. */
const beside = (path: string) => readdirSync(join(path, '..')).sort();

describe('writeWhole', () => {
  it('makes folders, replaces what is there, and leaves nothing beside it', () => {
    const path = join(fresh(), 'a', 'b');
    for (const content of ['first', Uint8Array.of(1, 2, 3), '']) {
      writeWhole('test', path, content);
      expect(readFileSync(path)).toEqual(Buffer.from(content as string));
      expect(beside(path)).toEqual(['b']);
    }
  });

  it('keeps the permissions of the file that it replaces', () => {
    const path = fresh();
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    writeWhole('test', path, 'new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('writes through a link, also one that leads nowhere yet', () => {
    const path = fresh('link');
    symlinkSync('target', path);
    for (const content of ['first', 'second']) {
      writeWhole('test', path, content);
      expect(lstatSync(path).isSymbolicLink()).toBe(true);
      expect(readlinkSync(path)).toBe('target');
      expect(readFileSync(join(path, '..', 'target'), 'utf8')).toBe(content);
    }
    expect(beside(path)).toEqual(['link', 'target']);
  });

  it('refuses links in a circle', () => {
    const path = fresh('a');
    symlinkSync('b', path);
    symlinkSync('a', join(path, '..', 'b'));
    expect(() => writeWhole('test', path, '')).toThrow(`test: cannot write ${path}: its links lead in a circle`);
  });

  it('takes ~ for the home folder', () => {
    vi.stubEnv('HOME', join(fresh(), '..'));
    writeWhole('test', '~/a', 'x');
    expect(readFileSync(absolute('~/a'), 'utf8')).toBe('x');
  });

  it('refuses folders and devices, and names them', () => {
    const path = fresh();
    mkdirSync(path);
    expect(() => writeWhole('test', path, '')).toThrow(`test: cannot write ${path}: a folder of that name is there`);
    const pipe = fresh('pipe');
    spawnSync('mkfifo', [pipe]);
    for (const special of [pipe, '/dev/null'])
      expect(() => writeWhole('test', special, '')).toThrow(
        `test: cannot write ${special}: a device or a pipe of that name is there`,
      );
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(() => writeWhole('test', join('/dev/null', 'x'), '')).toThrow(/a part of the path is a file, not a folder/);
    expect(beside(path)).toEqual(['file']);
  });

  it('removes what dead writers left behind, and nothing else', async () => {
    const path = fresh();
    const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');
    const dead = spawnSync('true').pid;
    const alive = spawn('sleep', ['600']);
    try {
      const random = '0123456789abcdef';
      const kept = [
        `file.${host}.${alive.pid}.${random}.tmp`, // still being written
        `file.elsewhere.${dead}.${random}.tmp`, // of another computer
        `other.${host}.${dead}.${random}.tmp`, // of another file
        `file.${host}.${dead}.tmp`,
        'file.tmp',
      ];
      for (const name of [...kept, `file.${host}.${dead}.${random}.tmp`]) writeFileSync(join(path, '..', name), '');
      writeWhole('test', path, 'new');
      expect(beside(path)).toEqual(['file', ...kept].sort());
    } finally {
      alive.kill('SIGKILL');
      await once(alive, 'exit');
    }
  });

  it('killed at any moment leaves the old file or the new one, and the next write removes what is left', async () => {
    const path = fresh();
    const size = 2 ** 22;
    const contents = ['a', 'b'].map((letter) => letter.repeat(size));
    const module = new URL('../../lib/src/platform/node/files.ts', import.meta.url).href;
    const code = `import { writeWhole } from ${JSON.stringify(module)};
      for (let i = 0; ; i++) { writeWhole('test', ${JSON.stringify(path)}, 'ab'[i % 2].repeat(${size})); if (i === 1) console.log('go'); }`;
    const tsx = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
    for (let round = 0; round < 5; round++) {
      const writer = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(writer.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      expect(contents.includes(readFileSync(path, 'utf8')), `round ${round}`).toBe(true);
    }
    writeWhole('test', path, 'end');
    expect(beside(path)).toEqual(['file']);
  });

  it('leaves the old file where the new one cannot be written', () => {
    const path = fresh();
    writeFileSync(path, 'old');
    expect(() => writeWhole('test', path, { length: 3 } as never)).toThrow(/^test: cannot write .*file: /);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(beside(path)).toEqual(['file']);
  });

  it('leaves the old file where there is no more room', () => {
    const path = fresh();
    writeFileSync(path, 'old');
    // A shell that may write no more than 4 kB to a file stands for a disk with no more room.
    const module = new URL('../../lib/src/platform/node/files.ts', import.meta.url).href;
    const code = `process.on('SIGXFSZ', () => {}); import { writeWhole } from ${JSON.stringify(module)};
      try { writeWhole('test', ${JSON.stringify(path)}, 'x'.repeat(1e6)); } catch (error) { console.log(error.message); }`;
    const tsx = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
    const run = [
      '-c',
      'ulimit -f 8; exec "$@"',
      'sh',
      process.execPath,
      '--import',
      tsx,
      '--input-type=module',
      '-e',
      code,
    ];
    const { stdout } = spawnSync('sh', run, { encoding: 'utf8' });
    expect(stdout).toMatch(/^test: cannot write .*file: the file is larger than the system allows/);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(beside(path)).toEqual(['file']);
  });
});

describe('readWhole', () => {
  it('reads what was written', async () => {
    const path = fresh();
    writeWhole('test', path, Uint8Array.of(0, 255));
    expect([...(await readWhole('test', path))]).toEqual([0, 255]);
  });

  it('names function, absolute path, fault and remedy', async () => {
    const path = fresh();
    await expect(readWhole('test', path, 'look for it')).rejects.toThrow(
      `test: cannot read ${path}: there is no such file; look for it`,
    );
    mkdirSync(path);
    await expect(readWhole('test', path)).rejects.toThrow(
      `cannot read ${path}: it is a folder, not a file; check the path`,
    );
    await expect(readWhole('test', 'no/such')).rejects.toThrow(
      `cannot read ${join(process.cwd(), 'no', 'such')}: there`,
    );
    const file = fresh();
    writeFileSync(file, '');
    await expect(readWhole('test', join(file, 'x'))).rejects.toThrow('a part of the path is a file, not a folder');
  });

  it('does not wait for what has no end', async () => {
    const pipe = fresh('pipe');
    spawnSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero'])
      await expect(readWhole('test', path)).rejects.toThrow(
        `cannot read ${path}: it is a device or a pipe, not a file`,
      );
  });

  it('says that it is not permitted', async () => {
    const path = fresh();
    writeFileSync(path, '');
    chmodSync(path, 0);
    const root = process.geteuid?.() === 0; // who may read everything, and must become somebody else for a while
    if (root) process.seteuid!(65534);
    try {
      await expect(readWhole('test', path)).rejects.toThrow(/^test: cannot read .*: no permission to read it/);
    } finally {
      if (root) process.seteuid!(0);
    }
  });
});

it.each([[undefined], [null], [7], [''], ['a\0b']])('a path that is none is refused: %j', async (path) => {
  const message = /^test: path must (be a text|name a file), got /;
  expect(() => writeWhole('test', path as string, '')).toThrow(message);
  await expect(readWhole('test', path as string)).rejects.toThrow(message);
});
