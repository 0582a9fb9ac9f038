import { createLogUpdate } from 'log-update';
import type { Event } from './ray.ts';

/** What is known of a task. */
interface Task {
  kind: 'training' | 'evaluation';
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** What it has told last. */
  line: string;
}

/** Shows how far all tasks are: below each other on a terminal, line by line where there is none. */
export class Progress {
  readonly #tasks = new Map<string, Task>();
  readonly #apart = new Set<string>();
  readonly #stream: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  readonly #began = Date.now();
  #drawn = 0;

  constructor(
    tasks: { trainings: { id: string }[]; evaluations: { id: string }[] },
    stream: NodeJS.WriteStream = process.stdout,
  ) {
    for (const { id } of tasks.trainings) this.#tasks.set(id, { kind: 'training', state: 'waiting', line: '' });
    for (const { id } of tasks.evaluations) this.#tasks.set(id, { kind: 'evaluation', state: 'waiting', line: '' });
    this.#stream = stream;
    if (stream.isTTY) this.#update = createLogUpdate(stream);
  }

  /** Takes in what Ray has told. */
  take(event: Event): void {
    if (event.event === 'up') {
      const cards = event.GPU > 0 ? ` and ${event.GPU} GPUs` : '';
      this.note(
        `Ray is up: ${event.machines === 1 ? 'one machine' : `${event.machines} machines`}, ${event.CPU} CPUs${cards}`,
      );
      return;
    }
    const task = this.#tasks.get(event.task)!;
    if (event.event === 'started') this.#start(event, task);
    else if (event.event === 'line') {
      // What evaluates begins its lines with the point itself.
      task.line = event.line.replace(`${event.task}: `, '');
      if (!this.#update) this.note(`${event.task}: ${task.line}`);
    } else {
      task.state = event.event;
      this.note(event.event === 'done' ? `✓ ${event.task}` : `✗ ${event.task}: ${event.error}`);
    }
    this.#draw();
  }

  /** Prints a line that stays. */
  note(line: string): void {
    if (this.#update) this.#update.persist(line);
    else this.#stream.write(`${line}\n`);
  }

  /** Leaves the terminal as it is. */
  end(): void {
    this.#update?.clear();
    this.#update?.done();
  }

  #start({ task: id, host, process, shares, goesOn }: Event & { event: 'started' }, task: Task): void {
    if (task.state === 'running') {
      const means = goesOn ? 'goes on where it last saved' : 'starts anew';
      this.note(`${id}: its worker was lost; on ${host}, it ${means}`);
    }
    task.state = 'running';
    task.line = `begins on ${host}, process ${process}`;
    if (!this.#update) this.note(`${id}: ${task.line}`);
    if (!shares && !this.#apart.has(host)) {
      this.#apart.add(host);
      this.note(`${host} does not share the folder of this sweep: what is lost there starts anew on another machine`);
    }
  }

  #draw(): void {
    if (!this.#update || Date.now() - this.#drawn < 100) return;
    this.#drawn = Date.now();
    const all = [...this.#tasks.values()];
    const count = (state: Task['state']) => all.filter((task) => task.state === state).length;
    const minutes = ((Date.now() - this.#began) / 60_000).toFixed(1);
    const failed = count('failed') > 0 ? `, ${count('failed')} failed` : '';
    const head = `${count('done')} of ${all.length} tasks are done${failed}, ${count('waiting')} wait · ${minutes} min`;
    const running = [...this.#tasks].filter(([, { state }]) => state === 'running');
    this.#update([head, ...running.map(([id, { kind, line }]) => `  ${kind} ${id} · ${line}`)].join('\n'));
  }
}
