import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';
import { uvEnvironment } from '../../scripts/setup/uv.mjs';

const always = { UV_INDEX_STRATEGY: 'unsafe-best-match', UV_PYTHON_DOWNLOADS: 'never' };

describe('uv looks where pip would', () => {
  it('by default as by default', () => {
    expect(uvEnvironment('')).toEqual(always);
  });

  it('with the indexes, certificates and proxies that pip is told', () => {
    const config = [
      ":env:.cert='/etc/ssl/own.crt'",
      ":env:.disable-pip-version-check='1'",
      "global.index-url='https://mirror.example/simple?a=b'",
      "global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'",
      "global.trusted-host='mirror.example one.example'",
      "install.find-links='/opt/wheels /srv/wheels'",
      "user.proxy='http://proxy.example:3128'",
    ].join('\n');
    expect(uvEnvironment(config)).toEqual({
      ...always,
      SSL_CERT_FILE: '/etc/ssl/own.crt',
      UV_DEFAULT_INDEX: 'https://mirror.example/simple?a=b',
      UV_INDEX: 'https://one.example/simple https://two.example/simple',
      UV_INSECURE_HOST: 'mirror.example one.example',
      UV_FIND_LINKS: '/opt/wheels,/srv/wheels',
      ALL_PROXY: 'http://proxy.example:3128',
    });
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
