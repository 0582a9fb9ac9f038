/** The documents of the repository that are pages of the site, and how links between them become links of pages. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Shelf } from './output.ts';

export interface Document {
  /** Its file, from the root of the repository. */
  file: string;
  /** The page's address, without an ending. */
  page: string;
}

export const DOCUMENTS: readonly Document[] = [
  { file: 'README.md', page: 'guide' },
  { file: 'CONTRIBUTING.md', page: 'contributing' },
  { file: 'bench/README.md', page: 'speed' },
  { file: 'site/README.md', page: 'about-site' },
  { file: 'data/README.md', page: 'about-data' },
  { file: 'data/NOTICE.md', page: 'notice' },
  { file: 'LICENSE', page: 'license' },
];

/** Code, which shows what others write, or a link or picture within the repository. */
const LINK = /```[^]*?```|`[^`\n]*`|(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g;

/**
 * A document as a page: links to documents and chapters lead to their pages, pictures become files of the site, and
 * other files of the repository are named without a link. What stands in code stays as it is.
 * @throws {Error} naming the document and the file, when it links to one that is not there
 */
export function documentPage(root: string, { file }: Document, shelf: Shelf): string {
  const source = readFileSync(path.join(root, file), 'utf8');
  return source.replaceAll(LINK, (found, picture: string, words: string, to: string | undefined, place = '') => {
    if (to === undefined) return found;
    const target = path.join(path.dirname(file), to);
    if (!existsSync(path.join(root, target))) throw new Error(`${file}: there is no ${target}, which it links to`);
    if (picture) return `![${words}](${shelf.put(readFileSync(path.join(root, target)), path.extname(target))})`;
    const page = pageOf(target);
    return page === undefined ? words : `[${words}](${page}${place})`;
  });
}

/** The page on which the site shows a file. */
function pageOf(file: string): string | undefined {
  const chapter = /^notebooks\/([\w-]+)\.ipynb$/.exec(file);
  if (chapter) return `./chapters/${chapter[1]}.md`;
  const document = DOCUMENTS.find((each) => each.file === file);
  return document && `./${document.page}.md`;
}
