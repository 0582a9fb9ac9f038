import { absolute, readWhole } from '#platform/files.js';
import { sha256 as hash } from '#platform/hash.js';
import { isObject, parseJson } from './json.js';
import { dataPath } from './location.js';
import { cutSheet, type SheetLayout } from './sheet.js';

/** What to do when a file of the data folder is not as it should be. */
const remedy =
  'restore data/ from the repository (git checkout -- data), or let NAIVE_DIFFUSION_DATA name the folder that holds it';

/** What every table of the data folder says about the sheet of tiles beside it. */
export interface SheetTable extends SheetLayout {
  /** Of the PNG file. */
  sha256: string;
}

/** A sheet of the data folder and its table, whose own entries are not looked at yet. */
export interface Committed {
  png: Uint8Array;
  table: SheetTable & Record<string, unknown>;
  /** Paths of both, for errors. */
  sheetPath: string;
  tablePath: string;
}

/**
 * Reads `name`.png and `name`.json of the data folder, and makes sure that they belong together. Throws an error that
 * names the file and the fault.
 */
export async function readCommitted(caller: string, name: string): Promise<Committed> {
  const sheetPath = absolute(dataPath(`${name}.png`));
  const tablePath = absolute(dataPath(`${name}.json`));
  const png = await readWhole(caller, sheetPath, remedy);
  const text = await readWhole(caller, tablePath, remedy);
  const table = readTable(caller, tablePath, new TextDecoder().decode(text));
  const sha256 = hash(png);
  if (sha256 !== table.sha256) {
    throw new Error(
      `${caller}: ${sheetPath} is damaged or not the one that ${tablePath} describes: ` +
        `its sha256 is ${sha256}, expected ${String(table.sha256)}; ${remedy}`,
    );
  }
  return { png, table, sheetPath, tablePath };
}

function readTable(caller: string, path: string, text: string): SheetTable & Record<string, unknown> {
  let table: unknown;
  try {
    table = parseJson(`${caller}: ${path}`, text);
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; ${remedy}`, { cause });
  }
  if (!isObject(table)) throw new Error(`${caller}: ${path} holds no JSON object; ${remedy}`);
  for (const name of ['count', 'size', 'perRow']) {
    const value = table[name];
    if (!(Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 20)) {
      const came = JSON.stringify(value);
      throw new Error(`${caller}: ${path} must have a whole number of at least 1 as ${name}, got ${came}; ${remedy}`);
    }
  }
  return table as unknown as SheetTable & Record<string, unknown>;
}

/** The tiles of the sheet, one after another: bytes `[count, size, size, channels]`. */
export async function committedTiles(caller: string, committed: Committed, channels: 3 | 4): Promise<Uint8Array> {
  const { png, table, sheetPath, tablePath } = committed;
  try {
    return await cutSheet(`${caller}: ${sheetPath}`, png, { ...table, channels });
  } catch (cause) {
    throw new Error(`${(cause as Error).message}, as ${tablePath} says; ${remedy}`, { cause });
  }
}

/** Throws the error of a table that is not as it should be. */
export function wrongTable(caller: string, { tablePath }: Committed, fault: string): never {
  throw new Error(`${caller}: ${tablePath} ${fault}; ${remedy}`);
}
