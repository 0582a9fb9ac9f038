/** The links of the built site: those within it, which must lead somewhere, and those out of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Links {
  /** Links within the site that lead nowhere, and what is no address, each with the page that it stands on. */
  broken: string[];
  /** Addresses elsewhere, each with the pages that it stands on. */
  external: Map<string, string[]>;
}

/**
 * Reads all pages of a built site.
 * @param folder where it was built to
 * @param base the path under which it will be served
 */
export function linksOf(folder: string, base = '/'): Links {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  const places = new Map(pages.map((page) => [page, idsIn(readFileSync(path.join(folder, page), 'utf8'))]));
  const broken: string[] = [];
  const external = new Map<string, string[]>();
  for (const page of pages) {
    for (const address of new Set(addressesIn(readFileSync(path.join(folder, page), 'utf8')))) {
      const here = `http://site${base}${page}`;
      if (!URL.canParse(address, here)) {
        broken.push(`${page}: ${address}`);
        continue;
      }
      const url = new URL(address, here);
      if (url.protocol === 'data:') continue;
      if (url.host !== 'site') external.set(url.href, [...(external.get(url.href) ?? []), page]);
      else if (!leadsSomewhere(url, { folder, base, places })) broken.push(`${page}: ${address}`);
    }
  }
  return { broken, external };
}

interface Site {
  folder: string;
  base: string;
  /** The pages, each with the ids in it. */
  places: Map<string, Set<string>>;
}

function leadsSomewhere(url: URL, { folder, base, places }: Site): boolean {
  if (!url.pathname.startsWith(base)) return false;
  let inside: string;
  let place: string;
  try {
    inside = decodeURI(url.pathname.slice(base.length));
    place = decodeURIComponent(url.hash.slice(1));
  } catch {
    return false; // a `%` with no letter behind it
  }
  const file = inside === '' || inside.endsWith('/') ? `${inside}index.html` : inside;
  const ids = places.get(file);
  if (!ids) return existsSync(path.join(folder, file));
  return url.hash === '' || ids.has(place);
}

/** What an HTML page refers to: links, pictures, sounds, scripts and styles. */
function addressesIn(html: string): string[] {
  return Array.from(html.matchAll(/<[a-z][^>]*?\s(?:href|src)="([^"]*)"/gi), ([, address]) => unescape(address));
}

function idsIn(html: string): Set<string> {
  return new Set(Array.from(html.matchAll(/<[a-z][^>]*?\sid="([^"]+)"/gi), ([, id]) => unescape(id)));
}

function unescape(attribute: string): string {
  return attribute.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
