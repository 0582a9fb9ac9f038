/** A cell of a page that can be edited and run. */
import type { Fault } from '../../../run/protocol';
import type { Editor } from './editor';
import { Outputs } from './outputs';

export type CellState = 'idle' | 'waiting' | 'running' | 'done' | 'failed';

export class Cell {
  readonly id: string;
  readonly outputs = new Outputs();
  readonly #element: HTMLElement;
  readonly #program: HTMLElement;
  readonly #saved: HTMLElement | null;
  readonly #button = document.createElement('button');
  readonly #run: () => void;
  #began = 0;
  #editor?: Editor;
  #opening?: Promise<Editor | undefined>;
  /** What the editor underlines, once it is there. */
  #fault?: Fault;
  /** What says that the editor cannot be fetched. */
  #trouble?: HTMLElement;
  #removed = false;

  /**
   * Gives an element with the class `cell` a button, and an editor once its program is clicked.
   * @param run called when the reader wants it to run
   */
  constructor(element: HTMLElement, run: () => void) {
    this.#element = element;
    this.id = element.id;
    this.#run = run;
    this.#program = element.querySelector<HTMLElement>('div[class*="language-"]')!;
    this.#saved = element.querySelector<HTMLElement>(':scope > .outputs');
    this.#button.className = 'run-cell';
    this.#button.type = 'button';
    this.#button.addEventListener('click', run);
    element.prepend(this.#button);
    this.#program.after(this.outputs.element);
    this.#program.addEventListener('click', this.#open);
    this.state = 'idle';
  }

  /** Its program as it is now. */
  get source(): string {
    return this.#editor?.source ?? this.#program.querySelector('pre code')!.textContent;
  }

  set state(state: CellState) {
    if (this.#removed) return; // it may have run, and ends now
    this.#element.dataset.state = state;
    const label = { idle: 'Run', waiting: 'Waits', running: 'Runs', done: 'Run again', failed: 'Run again' }[state];
    if (state === 'running') this.#began = performance.now();
    else if (state === 'done') this.#element.dataset.seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    const took = state === 'done' ? `took ${this.#element.dataset.seconds} s; ` : '';
    this.#button.title = `${took}${label} (Shift+Enter)`;
    this.#button.setAttribute('aria-label', `${label}: cell ${this.id}`);
    this.#button.textContent = { idle: '▶', waiting: '…', running: '◼', done: '✓', failed: '▶' }[state];
  }

  /** Whether it stands in something that is folded. */
  unfold(): void {
    for (let at: Element | null = this.#element; at; at = at.parentElement)
      if (at instanceof HTMLDetailsElement) at.open = true;
  }

  /** Takes away what it showed before, be it saved or computed here. */
  begin(): void {
    if (this.#saved) this.#saved.hidden = true;
    this.outputs.clear();
    this.#fault = undefined;
    this.#editor?.mark();
  }

  /** Shows what went wrong, and underlines where, as soon as there is an editor. */
  fail(fault: Fault): void {
    this.outputs.failed(fault);
    if (fault.line === undefined) return;
    this.#fault = fault;
    this.#editor?.mark(fault);
    this.edit().catch(() => {}); // what the cell has shown names the line
  }

  /**
   * Opens the editor.
   * @returns nothing where the cell was taken away before the editor had come
   * @throws {Error} when the editor cannot be fetched; the next call tries again
   */
  async edit(): Promise<Editor | undefined> {
    this.#opening ??= this.#makeEditor().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #makeEditor(): Promise<Editor | undefined> {
    const { createEditor } = await import('./editor');
    if (this.#removed) return undefined;
    const source = this.source;
    this.#trouble?.remove();
    this.#program.classList.add('edited');
    this.#editor = createEditor(this.#program, source, this.#run);
    this.#editor.mark(this.#fault);
    return this.#editor;
  }

  readonly #open = (event: MouseEvent): void => {
    if (this.#editor || (event.target as Element).closest('button') || getSelection()?.toString()) return;
    this.edit().then(
      (editor) => {
        editor?.focus();
      },
      ({ message }: Error) => {
        if (this.#removed) return;
        this.#trouble?.remove();
        this.#trouble = this.outputs.failed({ name: 'Error', message: `the editor cannot be fetched: ${message}` });
      },
    );
  };

  /** Makes the cell as it was before. */
  remove(): void {
    this.#removed = true;
    this.#program.removeEventListener('click', this.#open);
    this.#editor?.remove();
    this.#program.classList.remove('edited');
    this.outputs.clear();
    this.outputs.element.remove();
    this.#button.remove();
    if (this.#saved) this.#saved.hidden = false;
    delete this.#element.dataset.state;
    delete this.#element.dataset.seconds;
  }
}
