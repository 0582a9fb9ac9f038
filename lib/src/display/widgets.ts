/** A control's properties, among them the name of its class in the page, as Jupyter's widgets have them. */
export type WidgetState = Record<string, unknown>;

/** A control in the page. */
export interface Widget {
  /** `IPY_MODEL_` and this stand for it in the state of another. */
  readonly id: string;
  /** Changes some of its properties. */
  update(changed: WidgetState): void;
}

/** Makes controls in the page; `hear` is told what the reader changes. */
export interface Widgets {
  open(state: WidgetState, hear?: (changed: WidgetState) => void): Widget;
}

/** What the kernel, or the page that this runs in, offers for controls; nothing where there is no page. */
export function widgets(): Widgets | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for('naive-diffusion.widgets')] as Widgets | undefined;
}

const CONTROLS = { _model_module: '@jupyter-widgets/controls', _view_module: '@jupyter-widgets/controls' };
const VERSIONS = { _model_module_version: '2.0.0', _view_module_version: '2.0.0' };
const classNamed = (name: string) => ({
  ...CONTROLS,
  ...VERSIONS,
  _model_name: `${name}Model`,
  _view_name: `${name}View`,
});

/** A slider over labelled places; its `index` changes while it is dragged. */
export function sliderState(o: { label: string; labels: readonly string[]; index: number }): WidgetState {
  return {
    ...classNamed('SelectionSlider'),
    _options_labels: o.labels,
    index: o.index,
    description: o.label,
    continuous_update: true,
    orientation: 'horizontal',
    readout: true,
  };
}

/** Some HTML. */
export function htmlState(value: string): WidgetState {
  return { ...classNamed('HTML'), value };
}

/** Controls below each other. */
export function boxState(children: readonly Widget[]): WidgetState {
  return { ...classNamed('VBox'), children: children.map(({ id }) => `IPY_MODEL_${id}`) };
}

/** The MIME type under which a page looks for a control. */
export const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';
