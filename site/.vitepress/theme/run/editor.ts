/** The editor of a cell: CodeMirror, fetched when the first cell is edited. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Fault } from '../../../run/protocol';

export interface Editor {
  readonly source: string;
  focus(): void;
  /** Underlines where something went wrong; nothing takes the line away. */
  mark(fault?: Fault): void;
  remove(): void;
}

/** The colours of the programs that are not being edited, light and dark: see style.css. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operator, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.comment], color: 'var(--code-comment)' },
  { tag: [tags.number, tags.bool, tags.null, tags.typeName], color: 'var(--code-constant)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--code-function)' },
]);

/**
 * Puts an editor into an element.
 * @param run called for Shift+Enter and Ctrl+Enter
 */
export function createEditor(parent: HTMLElement, source: string, run: () => void): Editor {
  const runKey = {
    run() {
      run();
      return true;
    },
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: source,
      extensions: [
        keymap.of([
          { key: 'Shift-Enter', ...runKey },
          { key: 'Mod-Enter', ...runKey },
          ...defaultKeymap,
          ...historyKeymap,
          indentWithTab,
        ]),
        history(),
        drawSelection(),
        bracketMatching(),
        indentUnit.of('  '),
        javascript({ typescript: true }),
        syntaxHighlighting(colours),
        EditorView.contentAttributes.of({ 'aria-label': 'Program of this cell' }),
      ],
    }),
  });
  return {
    get source() {
      return view.state.doc.toString();
    },
    focus() {
      view.focus();
    },
    mark(fault) {
      const { doc } = view.state;
      if (fault?.line === undefined || fault.line < 1 || fault.line > doc.lines) {
        view.dispatch(setDiagnostics(view.state, []));
        return;
      }
      const line = doc.line(fault.line);
      const [start, end] = placeIn(line.text, fault.column);
      const message = `${fault.name}: ${fault.message}`;
      const place = { from: line.from + start, to: line.from + end };
      view.dispatch(setDiagnostics(view.state, [{ ...place, severity: 'error', message }]));
    },
    remove() {
      view.destroy();
    },
  };
}

/** What to underline of a line: the word at a column, or all but the space before it. */
function placeIn(line: string, column?: number): [start: number, end: number] {
  const word = column === undefined ? undefined : /^(\w+|\S)/.exec(line.slice(column - 1))?.[0];
  if (column !== undefined && word) return [column - 1, column - 1 + word.length];
  return [line.length - line.trimStart().length, line.length];
}
