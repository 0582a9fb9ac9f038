import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { documentPage, DOCUMENTS } from '../../scripts/site/documents.js';
import { linksOf } from '../../scripts/site/links.js';
import { searchable } from '../../scripts/site/searchable.js';
import { serveSite } from '../../scripts/site/serve.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'site-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

describe('the links of a site', () => {
  it('lead to pages, to places on them, and to files; the others are found, what is no address too, and those to elsewhere listed', () => {
    write(
      'index.html',
      [
        '<h1 id="top"></h1><a href="/nd/sub/a.html#here">a</a><a href="sub/">b</a><img src="/nd/x.png">',
        '<a href="#top">c</a><a href="https://arxiv.org/abs/1?a=1&amp;b=2">d</a>',
        '<a href="https://">h</a><a href="/nd/%E0%A4%A.html">i</a><a href="sub/a.html#%">j</a>',
        '<a href="/nd/none.html">e</a><a href="/nd/sub/a.html#there">f</a><a href="/other/">g</a>',
      ].join('\n'),
    );
    write('sub/index.html', '<a class="x" href="../index.html">up</a>');
    write('sub/a.html', '<h2 class="y" id="here"></h2><a href="https://arxiv.org/abs/1?a=1&amp;b=2">d</a>');
    write('x.png', '');
    const { broken, external } = linksOf(folder, '/nd/');
    expect(broken).toEqual([
      'index.html: https://',
      'index.html: /nd/%E0%A4%A.html',
      'index.html: sub/a.html#%',
      'index.html: /nd/none.html',
      'index.html: /nd/sub/a.html#there',
      'index.html: /other/',
    ]);
    const pages = external.get('https://arxiv.org/abs/1?a=1&b=2')!;
    expect([...external.keys()]).toEqual(['https://arxiv.org/abs/1?a=1&b=2']);
    expect(pages.sort()).toEqual(['index.html', 'sub/a.html']);
  });
});

describe('documents as pages', () => {
  it.each(DOCUMENTS.map(({ file }) => file))('%s links to pages of the site alone', (file) => {
    const kept: string[] = [];
    const shelf = { put: (_: Uint8Array, ending: string) => `/out/${kept.push(ending)}${ending}` };
    const page = documentPage(
      root,
      DOCUMENTS.find((each) => each.file === file)!,
      shelf,
    );
    const text = page.replaceAll(/```[^]*?```|`[^`\n]*`/g, '');
    const relative = Array.from(text.matchAll(/\]\((?!https?:|#|\/out\/)([^)#\s]+)/g), ([, to]) => to);
    for (const to of relative) expect(to).toMatch(/^\.\/(chapters\/\d\d-[\w-]+|[\w-]+)\.md$/);
  });
});

it('a document keeps what stands in code, and must not link to what is not there', () => {
  const code = 'Write `[mine](notebooks/mine.ipynb)`.\n\n```\n![a](a.png)\n```\n';
  const shelf = { put: () => '/out/1.png' };
  write('code.md', `${code}[\`x\`](x.png)\n`);
  expect(documentPage(folder, { file: 'code.md', page: 'code' }, shelf)).toBe(`${code}\`x\`\n`);
  write('lost.md', '[mine](mine.md)');
  expect(() => documentPage(folder, { file: 'lost.md', page: 'lost' }, shelf)).toThrow(
    'lost.md: there is no mine.md, which it links to',
  );
});

describe('what can be searched for', () => {
  it('is prose, not programs and outputs', () => {
    const source = [
      '# Title',
      '```ts\nconst hidden = 1;\n```',
      '<pre v-pre class="stdout">printed\n\nmore</pre>',
      'Of $x$ and words.',
    ].join('\n\n');
    const found = searchable(source, 'chapters/a.md');
    expect(found).toContain('# Title');
    expect(found).toContain('Of x and words.');
    expect(found).not.toMatch(/hidden|printed|more/);
  });

  it('is the name of a function, and what it does', () => {
    const source = '# Function: blur()\n\nBlurs.\n\n## Parameters\n\nmany';
    expect(searchable(source, 'api/functions/blur.md')).toBe('# Function: blur()\n\nBlurs.\n\n');
  });
});

describe('the server', () => {
  it('serves files below its base, compressed, on the loopback address alone', async () => {
    write('long.html', 'a'.repeat(10_000));
    const { origin, close } = await serveSite(folder, { base: '/nd/' });
    try {
      expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const answer = await fetch(`${origin}/nd/long.html`);
      expect(answer.headers.get('content-encoding')).toMatch(/gzip|br/);
      expect(await answer.text()).toHaveLength(10_000);
      expect((await fetch(`${origin}/nd/`)).status).toBe(200);
      expect((await fetch(`${origin}/nd/none.html`)).status).toBe(404);
      expect((await fetch(`${origin}/long.html`)).status).toBe(404);
    } finally {
      await close();
    }
  });
});
