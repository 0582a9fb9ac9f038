import { rmSync } from 'node:fs';
import path from 'node:path';
import { Interrupted, ready, writeWhole } from 'naive-diffusion';
import { Mistake } from '../command-line.ts';
import { holdFolder } from '../one-writer.ts';
import { checkPoints } from './check.ts';
import { figureOf } from './figure.ts';
import { finish, isEdited, planFor } from './plan.ts';
import { type Point, pointsOf } from './points.ts';
import { Progress } from './progress.ts';
import { type Cluster, installRay, runTasks } from './ray.ts';
import { loadSweep, type Sweep } from './sweep.ts';
import { type Edited, Table } from './table.ts';

/** What is swept, and how. */
interface Wanted extends Cluster {
  file: string;
  name: string;
  out: string;
  fresh: boolean;
  list: boolean;
  edited?: Edited;
}

/** Trains and evaluates what has not been before, and writes table and figure of all that is there. */
export async function sweep({ file, name, out, fresh, list, edited, ...cluster }: Wanted): Promise<void> {
  const wanted = await loadSweep(file);
  const points = await pointsOf(wanted);
  const folder = path.join(out, name);
  const about = { name, about: wanted.about, file };
  const known = () => new Table(about, points, { folder, isFresh: fresh, edited });
  if (list) return listPoints(known(), points);
  const hold = holdFolder('sweep', folder);
  try {
    const table = known();
    if (table.edited.length > 0 && edited === undefined) throw new Mistake(`sweep: ${tellEdited(table)}`);
    tellUnsaid(table);
    for (const part of fresh ? ['trainings', 'samples', 'results'] : [])
      rmSync(path.join(folder, part), { recursive: true, force: true });
    const failed = table.open.length > 0 ? await work(table, { sweep: wanted, points, folder, cluster }) : 0;
    if (table.rows.length > 0) await report(table, { sweep: wanted, points, folder });
    if (failed > 0) throw new Error(`sweep: ${failed} tasks failed; the same command tries them again`);
  } finally {
    hold.release();
  }
}

/** Prints all points, and which of them are there. */
function listPoints(table: Table, points: readonly Point[]): void {
  const { open, edited } = table;
  for (const point of points)
    console.log(`${open.includes(point) ? ' ' : edited.includes(point) ? '~' : '✓'} ${point.name}`);
  if (edited.length > 0) console.log(tellEdited(table));
  tellUnsaid(table);
}

/** What there is to do about points that were measured with something else than is there now. */
function tellEdited({ edited }: Table): string {
  return (
    `since these points were measured, their recipe, what it imports, or what the sweep imports was edited: ` +
    `${edited.map(({ name }) => name).join(', ')}. --edited again measures them again, --edited keep keeps them as they are`
  );
}

/** Says how many rows cannot be told from such. */
function tellUnsaid({ unsaid }: Table): void {
  if (unsaid.length === 0) return;
  console.log(
    `${unsaid.length} of the rows say no version of their recipe, since they are older; they are taken as they are`,
  );
}

/** What has become of answers that are of another model by now. */
const lost = { event: 'failed', error: 'its model was replaced by another one while it was asked' } as const;

interface Work {
  sweep: Sweep;
  points: Point[];
  folder: string;
}

/** Fills the table, and says how many tasks have failed. */
async function work(table: Table, { sweep, points, folder, cluster }: Work & { cluster: Cluster }): Promise<number> {
  const { open } = table;
  await ready({ backend: 'wasm' }); // which leaves graphics cards, and their memory, to the tasks
  await checkPoints(open, sweep.import);
  await installRay(console.log);
  console.log(`${sweep.about}: ${points.length - open.length} of ${points.length} points are there`);
  const tasks = planFor(open, { all: points, folder, imports: sweep.import ?? [] });
  const progress = new Progress(tasks);
  for (const training of tasks.trainings.filter(isEdited))
    progress.note(`${training.id}: its recipe was edited, so that it begins anew, beside what was trained before`);
  let failed = 0;
  /** Keeps what a task has made; says whether it is of what was asked for. */
  const keep = (task: string) => {
    const training = tasks.trainings.find(({ id }) => id === task);
    if (!training)
      return table.enter(
        points.find(({ name }) => name === task)!,
        folder,
      );
    finish(training, (path, text) => {
      writeWhole('sweep', path, text);
    });
    return true;
  };
  const stopping = new AbortController();
  const stop = () => {
    progress.note('Stopping: what runs saves, and ends …');
    stopping.abort();
    process.once('SIGINT', () => process.exit(130));
  };
  process.once('SIGINT', stop);
  try {
    await runTasks(folder, {
      ...tasks,
      cluster,
      signal: stopping.signal,
      tell: (event) => {
        const known = event.event === 'done' && !keep(event.task) ? { ...event, ...lost } : event;
        if (known.event === 'failed') failed++;
        progress.take(known);
      },
    });
  } finally {
    progress.end();
    process.removeListener('SIGINT', stop);
  }
  if (stopping.signal.aborted) throw new Interrupted('stopped; the same command goes on from here');
  return failed;
}

/** Writes the table in Markdown and the figure, beside what was trained. */
async function report(table: Table, { sweep, points, folder }: Work): Promise<void> {
  table.write();
  const markdown = table.markdown();
  writeWhole('sweep', path.join(folder, 'table.md'), markdown);
  const rows = table.rows.map((result) => ({ point: points.find(({ name }) => name === result.name)!, result }));
  const figure = figureOf(rows, sweep);
  const drawn = await save(figure, path.join(folder, 'figure.png'));
  console.log(`${markdown}\n${table.file}\n${path.join(folder, 'table.md')}\n${drawn}`);
}

/** Draws a figure; where there is no Chromium, as a web page, with the reason. */
async function save(figure: ReturnType<typeof figureOf>, file: string): Promise<string> {
  try {
    await figure.save(file);
    return file;
  } catch (error) {
    const page = file.replace(/png$/, 'html');
    await figure.save(page);
    return `${page}, since no picture could be drawn: ${(error as Error).message}`;
  }
}
