/** Runs the cells of a chapter, one after another, beside the page: the page stays quick while a cell computes. */
import { format, inspect } from 'node-inspect-extracted';
import { modules } from './modules';
import type { News, Order } from './protocol';
import { CellFault, runCell } from './runtime';
import { globals } from './stand-ins';

/** The cell that runs, or that ran last: what it has left running may still print. */
let current = '';

function tell(news: News): void {
  postMessage(news);
}

function print(name: 'stdout' | 'stderr') {
  return (...values: unknown[]) => {
    tell({ kind: 'printed', cell: current, name, text: `${format(...values)}\n` });
  };
}

/** What the library shows goes to the page: see `platform/browser/output.ts`. */
interface Shown {
  data: Record<string, unknown>;
  transient: { display_id?: string };
}

const place = globalThis as unknown as Record<string | symbol, unknown>;

function start(settings: Record<string, string>): void {
  place.naiveDiffusion = settings;
  Object.assign(place, globals);
  place[Symbol.for('naive-diffusion.write')] = ({ data, transient }: Shown, update: boolean) => {
    tell({ kind: 'shown', cell: current, data, id: transient.display_id, update });
  };
  Object.assign(console, { log: print('stdout'), info: print('stdout'), debug: print('stdout') });
  Object.assign(console, { warn: print('stderr'), error: print('stderr') });
  addEventListener('error', (event) => {
    event.preventDefault();
    print('stderr')('Uncaught', event.error ?? event.message); // of a timer: the cell goes on
  });
  addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    print('stderr')('Unhandled rejection:', event.reason);
  });
  tell({ kind: 'ready' });
}

/** Tells the library's loops of a stop until the cell has ended: one may begin only after the reader has asked. */
let stopping: ReturnType<typeof setInterval> | undefined;

function stop(): void {
  dispatchEvent(new Event('naive-diffusion-stop'));
  stopping ??= setInterval(() => dispatchEvent(new Event('naive-diffusion-stop')), 50);
}

function goOn(): void {
  clearInterval(stopping);
  stopping = undefined;
}

async function run(cell: string, source: string): Promise<void> {
  current = cell;
  goOn(); // a stop may come after the end of the cell that it was meant for
  try {
    showValue(await runCell(cell, source, modules));
    tell({ kind: 'done', cell });
  } catch (error) {
    const { name, message } = error as Error; // of a value that cannot be shown
    tell({ kind: 'failed', cell, fault: error instanceof CellFault ? error.fault : { name, message } });
  } finally {
    goOn();
  }
}

/** A cell's last expression shows itself where it can, and is printed otherwise. */
function showValue(value: unknown): void {
  if (value === undefined) return;
  const show = place[Symbol.for('naive-diffusion.show')] as ((value: unknown) => boolean) | undefined;
  if (!show?.(value)) print('stdout')(typeof value === 'string' ? value : inspect(value));
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if (data.kind === 'start') start(data.settings);
  else if (data.kind === 'run') void run(data.cell, data.source);
  else stop();
});
