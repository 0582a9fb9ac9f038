/** What the README says of the chapters: the site's list of them is the README's table. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Chapter {
  number: number;
  /** The name of its file, without the ending: `02-binomial-noise`. */
  name: string;
  title: string;
  /** What it shows, in Markdown. */
  about: string;
  /** How long it takes on two cores: `1 min`. */
  time: string;
}

const ROW = /^\| (\d+) \| \[([^\]]+)\]\(notebooks\/([\w-]+)\.ipynb\) \| (.+) \| ([^|]+) \|$/gm;

/**
 * The chapters in their order.
 * @param root the folder of the repository
 * @throws {Error} when the README's table and the folder of notebooks have not the same chapters
 */
export function readSeries(root: string): Chapter[] {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const chapters = Array.from(readme.matchAll(ROW), ([, number, title, name, about, time]) => ({
    number: Number(number),
    name,
    title,
    about,
    time,
  }));
  const files = readdirSync(path.join(root, 'notebooks')).filter((file) => file.endsWith('.ipynb'));
  const listed = chapters.map(({ name }) => `${name}.ipynb`);
  if (listed.join() !== files.sort().join())
    throw new Error(`README.md: its table lists ${listed.join(', ')}; notebooks/ has ${files.join(', ')}`);
  return chapters;
}
