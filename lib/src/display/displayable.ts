import { asJson, sendOutput, type Bundle } from './jupyter.js';

/** Something that can be shown below a cell. */
export interface Displayable {
  /** The forms in which a notebook can show it. */
  bundle(): Bundle;
  /** What it is in a few words, for places that show no pictures. */
  describe(): string;
}

/** What the library draws: as a cell's last expression it shows itself. */
export abstract class Shown implements Displayable {
  abstract bundle(): Bundle;
  abstract describe(): string;

  /** Shows it below the cell; outside a notebook it prints a line. */
  show(): void {
    present(this);
  }

  /** What notebooks in a browser ask of a cell's last expression: MIME types with their content, bytes as base64. */
  _toMime(): Bundle {
    return asJson(this.bundle());
  }
}

/** Shows `what` below the cell; outside a kernel it prints a line that says what would be shown. */
export function present(what: Displayable): void {
  if (!sendOutput(what.bundle())) console.log(`[${what.describe()}; outside a notebook, .save(path) keeps it]`);
}

/** Whether `value` can be shown. */
export function isDisplayable(value: unknown): value is Displayable {
  const v = value as Partial<Displayable> | null;
  return typeof v === 'object' && v !== null && typeof v.bundle === 'function' && typeof v.describe === 'function';
}
