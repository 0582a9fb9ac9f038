import { tf } from '../tf.js';
import type { Backend, Entry } from './native.js';

/**
 * A tensor's data that TensorFlow does not have yet: it is fetched when somebody asks for its handle. Nothing outside
 * can tell it from other data.
 */
export class Promised {
  readonly dataId = {};
  isOpen = false;
  readonly #entry: Entry;
  #id = -1; // the backend takes this for data without a handle

  /** Puts a promise in the place of a variable's value. `fulfil` is to call {@link keep}. */
  static to(variable: tf.Variable, backend: Backend, fulfil: () => void): Promised {
    const { shape, dtype } = variable;
    const promised = new Promised({ shape, dtype: backend.tensorMap.get(variable.dataId).dtype }, backend, fulfil);
    const value = tf.engine().makeTensorFromTensorInfo({ dataId: promised.dataId, shape, dtype });
    variable.assign(value);
    value.dispose();
    promised.isOpen = true; // only now: whoever disposes of data asks for its handle
    return promised;
  }

  private constructor(
    { shape, dtype }: { shape: number[]; dtype: number },
    private readonly backend: Backend,
    fulfil: () => void,
  ) {
    const ask = () => {
      if (this.isOpen) fulfil();
      return this.#id;
    };
    this.#entry = {
      shape,
      dtype,
      values: null,
      refCount: 1,
      get id() {
        return ask();
      },
    };
    backend.tensorMap.set(this.dataId, this.#entry);
  }

  /** Whether the data have stayed: used on another backend they move there, and come back under another handle. */
  get isThere(): boolean {
    return this.backend.tensorMap.get(this.dataId) === this.#entry;
  }

  /** Whether other tensors than the variable have the same data: its clones. */
  get isShared(): boolean {
    return this.#entry.refCount > 1;
  }

  /** Gives the value, if it is still wanted. */
  keep(id: number): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.#id = id;
    return true;
  }

  /** Promises the next value instead, where nobody shares this one. */
  renew(): void {
    if (this.#id >= 0) this.backend.binding.deleteTensor(this.#id);
    this.#id = -1;
    this.isOpen = true;
  }
}
