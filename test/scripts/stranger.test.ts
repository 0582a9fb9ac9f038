import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/setup/paths.mjs';
import { temporaryFolder } from '../setup/support.js';

describe('npm run stranger', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind where %s ends it', async (signal) => {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/stranger.ts'], {
      cwd: root,
      env: { ...process.env, TMPDIR: folder },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const made = () => readdirSync(folder).find((name) => name.startsWith('naive-diffusion-stranger-'));
    while (!made() && child.exitCode === null) await sleep(20);
    expect(existsSync(path.join(folder, made()!))).toBe(true);
    child.kill(signal);
    expect([130, 143]).toContain((await ended)[0]);
    expect(made()).toBeUndefined();
  });
});
