/** A chapter as a page of the site: Markdown as VitePress reads it, with the outputs below their cells. */
import { type Cell, type Notebook, text } from '../chapters/notebook.ts';
import type { Chapter } from './series.ts';
import { outputHtml, escapeHtml, type Shelf } from './output.ts';
import { titlesIn } from './titles.ts';

/**
 * Turns a notebook into a page.
 * @param chapter what the series says of it
 * @param shelf where pictures, sounds and figures go
 * @throws {Error} naming the chapter and the cell, when an output cannot be shown
 */
export function chapterPage(notebook: Notebook, chapter: Chapter, shelf: Shelf): string {
  const head = {
    title: `${chapter.number}. ${chapter.title}`,
    description: plainText(chapter.about),
    chapter: chapter.name,
    outline: [2, 3],
  };
  const parts: string[] = [];
  for (const group of groupsOf(notebook.cells)) {
    if (group[0].cell_type === 'markdown') parts.push(prose(text(group[0].source)));
    else if (group[0].cell_type === 'code') parts.push(codeCells(group, chapter.name, shelf));
  }
  return `---\n${JSON.stringify(head)}\n---\n\n${parts.join('\n\n')}\n`;
}

/** Each cell by itself, but code cells that are folded, one after another, together. */
function groupsOf(cells: readonly Cell[]): Cell[][] {
  const groups: Cell[][] = [];
  for (const cell of cells) {
    const last = groups.at(-1);
    if (last && isFolded(cell) && isFolded(last[0])) last.push(cell);
    else groups.push([cell]);
  }
  return groups;
}

/** Whether JupyterLab shows no more of a cell than that it is there. */
function isFolded(cell: Cell): boolean {
  const { jupyter } = cell.metadata as { jupyter?: { source_hidden?: boolean } };
  return cell.cell_type === 'code' && jupyter?.source_hidden === true;
}

/** Markdown of a notebook as Markdown of a page: links lead to pages, and to headings by the names they have there. */
export function prose(source: string): string {
  return source
    .replaceAll(/\]\((\d\d-[\w-]+)\.ipynb(#[^)]*)?\)/g, (_, name: string, place = '') => {
      return `](./${name}.md${(place as string).toLowerCase()})`;
    })
    .replaceAll(/\]\(#([^)]+)\)/g, (_, place: string) => `](#${place.toLowerCase()})`);
}

function codeCells(cells: Cell[], chapter: string, shelf: Shelf): string {
  const shown = cells.map((cell) => codeCell(cell, chapter, shelf)).join('\n\n');
  if (!isFolded(cells[0])) return shown;
  const summary = /^\/\/ (Solution(?: to \d+)?)/.exec(text(cells[0].source))?.[1];
  const name = summary ? `${summary}: the program` : 'Program';
  return `<details class="folded">\n<summary>${escapeHtml(name)}</summary>\n\n${shown}\n\n</details>`;
}

function codeCell(cell: Cell, chapter: string, shelf: Shelf): string {
  const source = text(cell.source);
  const titles = titlesIn(source);
  const outputs = (cell.outputs ?? []).map((output) => {
    try {
      return outputHtml(output, titles, shelf);
    } catch (cause) {
      throw new Error(`${chapter}, cell ${cell.id}: ${(cause as Error).message}`, { cause });
    }
  });
  const below = outputs.length > 0 ? `\n\n<div class="outputs">\n\n${outputs.join('\n\n')}\n\n</div>` : '';
  // Longer than any row of backticks in the code.
  const fence = '`'.repeat(Math.max(3, ...Array.from(source.matchAll(/`+/g), ([row]) => row.length + 1)));
  return `<div class="cell" id="${cell.id}">\n\n${fence}ts\n${source}\n${fence}${below}\n\n</div>`;
}

/** Markdown without its marks, for descriptions. */
export function plainText(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll(/[*_`]/g, '');
}
