import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dataPath, mustExist } from './location.js';

/** What to do when a file of the data folder is not as it should be. */
export const remedy =
  'restore data/ from the repository (git checkout -- data), or let NAIVE_DIFFUSION_DATA name the folder that holds it';

/** What every table of the data folder says about the sheet of tiles beside it. */
export interface SheetTable {
  /** How many tiles the sheet has, how large each is, and how many are in a row. */
  count: number;
  size: number;
  perRow: number;
  /** Of the PNG file. */
  sha256: string;
}

/**
 * Reads `name`.png and `name`.json of the data folder, and makes sure that they belong together. Throws an error that
 * names the file and the fault.
 */
export async function readCommitted<T extends SheetTable>(
  caller: string,
  name: string,
): Promise<{ png: Uint8Array; table: T; tablePath: string }> {
  const [sheetPath, tablePath] = [dataPath(`${name}.png`), dataPath(`${name}.json`)];
  for (const path of [sheetPath, tablePath]) await mustExist(caller, path, remedy);
  const [png, text] = await Promise.all([readFile(sheetPath), readFile(tablePath, 'utf8')]);
  const table = parse<T>(caller, text, tablePath);
  const sha256 = createHash('sha256').update(png).digest('hex');
  if (sha256 !== table.sha256) {
    throw new Error(
      `${caller}: ${sheetPath} is damaged or not the one that ${tablePath} describes: its sha256 is ${sha256}, expected ${table.sha256}; ${remedy}`,
    );
  }
  return { png, table, tablePath };
}

function parse<T>(caller: string, text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Error(`${caller}: ${path} is not valid JSON (${(cause as Error).message}); ${remedy}`, { cause });
  }
}
