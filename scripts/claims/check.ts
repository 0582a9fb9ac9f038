// Checks what a document claims against what stands in its outputs, and in files with measurements.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { claims } from '../../notebooks/claims/index.js';
import { MARKED, type Claim } from './claim.js';
import { agrees } from './numbers.js';
import { Outputs, type NotebookFile } from './outputs.js';
import * as v from 'valibot';
import { parseJson } from '../read-json.js';

/**
 * The claims of a notebook or a Markdown file that do not hold, each as one line: the sentence, and what was found in
 * place of what it says. Empty if all hold, or if nothing is claimed for a file of this name in `notebooks/claims`.
 * @param file path of the notebook or Markdown file; a copy elsewhere is checked as well, by its name
 */
export function brokenClaims(file: string): string[] {
  return brokenAmong(claims[nameOf(file)] ?? [], file);
}

/** Those of these claims that do not hold for a file, as `brokenClaims` says it. */
export function brokenAmong(list: readonly Claim[], file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const notebook = file.endsWith('.ipynb')
    ? (parseJson(text, v.looseObject({ cells: v.array(v.unknown()) }), file) as unknown as NotebookFile)
    : undefined;
  const prose = notebook ? notebook.cells.map(proseOf) : text.split(/\n\s*\n/).map(oneLine);
  const outputs = new Outputs(notebook);
  return list.flatMap((each) => {
    const fault = faultOf(each, prose, outputs);
    return fault ? [`${basename(file)}: "${each.sentence}": ${fault}`] : [];
  });
}

/** What keeps a claim from holding; undefined if it holds. */
function faultOf({ sentence, read, holds }: Claim, prose: string[], outputs: Outputs): string | undefined {
  const written = [...sentence.matchAll(MARKED)].map(([, number]) => number);
  const plain = oneLine(sentence.replace(MARKED, '$1'));
  if (!prose.some((paragraph) => paragraph.includes(plain))) return 'this sentence is not in the prose any more';
  let found: number[];
  try {
    found = [read(outputs)].flat();
  } catch (error) {
    return (error as Error).message;
  }
  if (found.length < written.length) return `${written.length} numbers in braces, ${found.length} found`;
  const wrong = written.findIndex((number, i) => !agrees(number, found[i]));
  if (wrong >= 0) return `the prose says ${written[wrong]}, the outputs say ${found[wrong]}`;
  if (!holds || holds(...found)) return undefined;
  return `found ${found.join(', ')}, but expected ${oneLine(String(holds)).replace(/__vi_import_\d+__\./g, '')}`;
}

/** The name under which a file's claims stand in the index. */
function nameOf(file: string): string {
  return file.endsWith('/bench/README.md') || file === 'bench/README.md' ? 'bench/README.md' : basename(file);
}

/** A cell's text in one line: of code, comments without their marks, and strings that are joined by + as one. */
function proseOf(cell: NotebookFile['cells'][number]): string {
  const source = [cell.source].flat().join('');
  if (cell.cell_type !== 'code') return oneLine(source);
  return oneLine(source.replace(/['`]\s*\+\s*['`]/g, '').replace(/^\s*(\/\/|\/\*\*|\*\/?) ?/gm, ''));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
