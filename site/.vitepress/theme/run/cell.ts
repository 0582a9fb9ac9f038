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
  #opening?: Promise<Editor>;

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
    this.#editor?.mark();
  }

  /** Shows what went wrong, and underlines where. */
  async fail(fault: Fault): Promise<void> {
    this.outputs.failed(fault);
    if (fault.line !== undefined) (await this.edit()).mark(fault);
  }

  /** Opens the editor. */
  async edit(): Promise<Editor> {
    this.#opening ??= import('./editor').then(({ createEditor }) => {
      const source = this.source;
      this.#program.classList.add('edited');
      this.#editor = createEditor(this.#program, source, this.#run);
      return this.#editor;
    });
    return this.#opening;
  }

  readonly #open = (event: MouseEvent): void => {
    if (this.#editor || (event.target as Element).closest('button') || getSelection()?.toString()) return;
    void this.edit().then((editor) => {
      editor.focus();
    });
  };

  /** Makes the cell as it was before. */
  remove(): void {
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
