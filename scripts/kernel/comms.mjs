// @ts-check
// Controls in the page, by the messages of Jupyter's widgets: https://jupyter-widgets.readthedocs.io (protocol 2.1)
import { randomUUID } from 'node:crypto';

/** The page's side of a control, and of the channel over which a page that was loaded again asks for all of them. */
const [WIDGET, ALL_WIDGETS] = ['jupyter.widget', 'jupyter.widget.control'];

/** @typedef {Record<string, unknown>} State a model: its properties, among them the name of its class in the page */
/** @typedef {(type: string, content: object, metadata?: object) => void} Publish */
/** @typedef {{ comm_id: string, target_name?: string, data?: { method?: string, state?: State } }} Content */

/**
 * What the library finds under `Symbol.for('naive-diffusion.widgets')`.
 * @typedef {object} Widgets
 * @property {(state: State, hear?: (changed: State) => void) => { id: string, update: (changed: State) => void }} open
 * makes a control; `hear` is told what the reader changes. `IPY_MODEL_` and an id stand for another one.
 */

/** @param {Publish} publish sends to all pages, in answer to what is being worked on */
export function createComms(publish) {
  /** @type {Map<string, { state: State, hear?: (changed: State) => void }>} */
  const widgets = new Map();
  /** @type {Widgets} */
  const offered = { open };
  /** @type {any} */ (globalThis)[Symbol.for('naive-diffusion.widgets')] = offered;
  return { receive, info };

  /** @type {Widgets['open']} */
  function open(state, hear) {
    const id = randomUUID();
    widgets.set(id, { state: { ...state }, hear });
    publish('comm_open', { comm_id: id, target_name: WIDGET, data: { state, buffer_paths: [] } }, { version: '2.1.0' });
    return {
      id,
      update(changed) {
        Object.assign(widgets.get(id)?.state ?? {}, changed);
        tell(id, { method: 'update', state: changed, buffer_paths: [] });
      },
    };
  }

  /**
   * @param {string} id
   * @param {object} data
   */
  function tell(id, data) {
    publish('comm_msg', { comm_id: id, data });
  }

  /**
   * A message from the page. One to a control that is not there is passed over: the page may know it from an earlier
   * kernel.
   * @param {string} type
   * @param {Content} content
   */
  function receive(type, { comm_id: id, target_name: target, data = {} }) {
    if (type === 'comm_open' && target !== ALL_WIDGETS) publish('comm_close', { comm_id: id });
    if (type !== 'comm_msg') return;
    if (data.method === 'request_states') return tell(id, { method: 'update_states', states: all(), buffer_paths: [] });
    const widget = widgets.get(id);
    if (!widget) return;
    if (data.method === 'request_state') return tell(id, { method: 'update', state: widget.state, buffer_paths: [] });
    if (data.method !== 'update' || !data.state) return;
    Object.assign(widget.state, data.state);
    tell(id, { method: 'echo_update', state: data.state, buffer_paths: [] }); // for other pages on this notebook
    widget.hear?.(data.state);
  }

  /** All controls, as a page that was loaded again wants to have them. */
  function all() {
    return Object.fromEntries(
      [...widgets].map(([id, { state }]) => [
        id,
        {
          model_name: state._model_name,
          model_module: state._model_module,
          model_module_version: state._model_module_version,
          state,
        },
      ]),
    );
  }

  /** The answer to `comm_info_request`. */
  function info() {
    return Object.fromEntries([...widgets.keys()].map((id) => [id, { target_name: WIDGET }]));
  }
}
