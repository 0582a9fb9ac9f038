/** Runs compiled cells: their names on the global object, their faults with the line of the source. */
import { CellSyntaxError, compileCell, HELPER } from './cell';
import type { Fault } from './protocol';

/** What cells may import: names of modules, and what gives each. */
export type Modules = Record<string, () => Promise<object>>;

type Body = (helper: { import(name: string): Promise<object>; last: unknown }) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (argument: string, body: string) => Body;

/** Lines that the engine puts before the body of a function that is made of text. */
const HEADER = 2;

/**
 * Runs a cell to its end.
 * @param cell its name, by which faults know it
 * @returns the value of its last expression; undefined where it ends with something else
 * @throws {CellFault}
 */
export async function runCell(cell: string, source: string, modules: Modules): Promise<unknown> {
  try {
    const { code, names } = compileCell(source);
    for (const name of names) declare(name);
    const helper = { import: (name: string) => importModule(name, modules), last: undefined as unknown };
    await new AsyncFunction(HELPER, `${code}\n//# sourceURL=${fileOf(cell)}`)(helper);
    return helper.last;
  } catch (cause) {
    throw new CellFault(faultOf(cause, cell), cause);
  }
}

/** A cell that did not come to its end. */
export class CellFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, cause: unknown) {
    super(fault.message, { cause });
    this.name = 'CellFault';
    this.fault = fault;
  }
}

/** A name of a cell: a property of the global object, in the place of one that the worker may have by that name. */
function declare(name: string): void {
  const old = Object.getOwnPropertyDescriptor(globalThis, name);
  if (old?.writable && old.configurable) return;
  Object.defineProperty(globalThis, name, { value: undefined, writable: true, configurable: true, enumerable: true });
}

async function importModule(name: string, modules: Modules): Promise<object> {
  if (Object.hasOwn(modules, name)) return modules[name]();
  throw new Error(`there is no module '${name}' in a page; there are ${Object.keys(modules).join(', ')}`);
}

const fileOf = (cell: string) => `cell-${cell}.ts`;

/** What went wrong, and where: the innermost place of this cell that the error's stack names. */
function faultOf(cause: unknown, cell: string): Fault {
  if (cause instanceof CellSyntaxError) return cause.fault;
  if (!(cause instanceof Error)) return { name: 'Error', message: `thrown: ${String(cause)}` };
  const escaped = fileOf(cell).replaceAll(/[.]/g, '\\.');
  const line = new RegExp(`${escaped}:(\\d+):\\d+`).exec(cause.stack ?? '')?.[1];
  return { name: cause.name, message: cause.message, ...(line && { line: Number(line) - HEADER }) };
}
