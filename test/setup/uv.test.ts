import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';
import { isOffline, toldToPip, uvEnvironment } from '../../scripts/setup/uv.mjs';

const always = { UV_INDEX_STRATEGY: 'unsafe-best-match', UV_PYTHON_DOWNLOADS: 'never', UV_NO_CONFIG: '1' };

describe('uv looks where pip would', () => {
  it('by default as by default', () => {
    expect(uvEnvironment(toldToPip(''))).toEqual(always);
  });

  it('with the indexes, certificates and proxies that pip is told', () => {
    const config = [
      ":env:.cert='/etc/ssl/own.crt'",
      ":env:.disable-pip-version-check='1'",
      "global.index-url='https://mirror.example/simple?a=b'",
      "global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'",
      "global.trusted-host='mirror.example one.example'",
      `install.find-links="/opt/wheels /srv/anna's-wheels"`,
      "global.proxy='http://proxy.example:3128'",
    ].join('\n');
    expect(uvEnvironment(toldToPip(config), { SSL_CERT_FILE: '/etc/ssl/other.crt' })).toEqual({
      ...always,
      SSL_CERT_FILE: '/etc/ssl/own.crt',
      UV_DEFAULT_INDEX: 'https://mirror.example/simple?a=b',
      UV_INDEX: 'https://one.example/simple https://two.example/simple',
      UV_INSECURE_HOST: 'mirror.example one.example',
      UV_FIND_LINKS: "/opt/wheels,/srv/anna's-wheels",
      ALL_PROXY: 'http://proxy.example:3128',
    });
  });

  it('a variable before a file, what is for installing before what is for all, and nothing that is for other commands', () => {
    const config = [
      ":env:.index-url='https://variable.example/simple'",
      "download.find-links='/download'",
      "global.find-links='/all'",
      "global.index-url='https://file.example/simple'",
      "install.find-links='/install'",
    ].join('\n');
    expect(toldToPip(config)).toEqual({ 'index-url': 'https://variable.example/simple', 'find-links': '/install' });
  });

  it('in no index where pip may ask none', () => {
    const told = toldToPip(":env:.no-index='1'\nglobal.index-url='https://a.example'\nglobal.find-links='/wheels'");
    expect(uvEnvironment(told)).toEqual({ ...always, UV_FIND_LINKS: '/wheels' });
    expect([isOffline(told), isOffline({ 'no-index': 'false' }), isOffline({})]).toEqual([true, false, false]);
  });

  it("and nowhere else, whatever uv's own variables say, but for its cache", () => {
    const env = { PATH: '/bin', UV_TARGET: '/srv', UV_SYSTEM_PYTHON: '1', UV_OFFLINE: '1', UV_CACHE_DIR: '/cache' };
    expect(uvEnvironment({}, env)).toEqual({ ...always, PATH: '/bin', UV_CACHE_DIR: '/cache' });
  });
});

it('uv itself is pinned by its version and by hashes', () => {
  const text = readFileSync(path.join(root, 'scripts', 'setup', 'uv.txt'), 'utf8');
  const [first, ...hashes] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toMatch(/^uv==\d+\.\d+\.\d+ \\$/);
  expect(hashes.length).toBeGreaterThan(10);
  for (const line of hashes) expect(line).toMatch(/^--hash=sha256:[0-9a-f]{64}( \\)?$/);
});
