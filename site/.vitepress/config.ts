import path from 'node:path';
import { katex } from '@mdit/plugin-katex';
import { defineConfig, type MarkdownEnv, type MarkdownRenderer } from 'vitepress';
import { searchable } from '../../scripts/site/searchable.ts';
import { readSeries } from '../../scripts/site/series.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const chapters = readSeries(root).map(({ number, name, title }) => ({
  text: `${number}. ${title}`,
  link: `/chapters/${name}`,
}));

// The whole list, which has hundreds of entries, stands on the page of the API alone.
const api = [
  { text: 'Everything', link: '/api/' },
  { text: 'Functions', link: '/api/#functions' },
  { text: 'Classes', link: '/api/#classes' },
  { text: 'Interfaces', link: '/api/#interfaces' },
  { text: 'Types', link: '/api/#type-aliases' },
  { text: 'Constants', link: '/api/#variables' },
];

const about = [
  { text: 'Guide', link: '/guide' },
  { text: 'How fast it is', link: '/speed' },
  { text: 'The data', link: '/about-data' },
  { text: 'Where the data comes from', link: '/notice' },
  { text: 'This site', link: '/about-site' },
  { text: 'Contributing', link: '/contributing' },
  { text: 'Licence', link: '/license' },
];

export default defineConfig({
  title: 'Naive diffusion',
  description: 'Diffusion models from intuition, in TypeScript notebooks',
  lang: 'en',
  srcDir: '../.cache/site',
  outDir: './dist',
  cacheDir: '../.cache/vitepress',
  // A page fetches what it shows. VitePress would fetch all chapters beside the first, for the links in its list.
  router: { prefetchLinks: false },
  metaChunk: true,
  markdown: {
    theme: { light: 'github-light', dark: 'github-dark' },
    // Curly brackets belong to mathematics and TypeScript here.
    attrs: { disable: true },
    config(md) {
      md.set({ linkify: false });
      md.disable('emoji');
      // The plugin's types are of another copy of markdown-it's.
      const plugin = katex as unknown as Parameters<MarkdownRenderer['use']>[0];
      md.use(plugin, {
        throwOnError: true,
        macros: { '½': '\\tfrac12' },
        // Vue would read what stands between two curly brackets.
        transformer: (html: string) => html.replace(/^<(\w+)/, '<$1 v-pre'),
      });
    },
  },
  vue: { template: { transformAssetUrls: false } },
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    nav: [
      { text: 'Chapters', link: chapters[0].link, activeMatch: '/chapters/' },
      { text: 'Guide', link: '/guide' },
      { text: 'API', link: '/api/', activeMatch: '/api/' },
    ],
    sidebar: {
      '/chapters/': [{ text: 'Chapters', items: chapters }],
      '/api/': [{ text: 'API', items: api }],
      '/': [
        { text: 'About', items: about },
        { text: 'Chapters', items: chapters, collapsed: true },
      ],
    },
    search: {
      provider: 'local',
      options: { _render: (source, env, md) => md.render(searchable(source, (env as MarkdownEnv).relativePath), env) },
    },
    outline: { level: [2, 3], label: 'On this page' },
    docFooter: { prev: 'Previous', next: 'Next' },
    notFound: { quote: 'There is no such page.' },
  },
});
