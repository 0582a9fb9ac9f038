import type { Spec } from './types.js';

/** Makes a thing from its spec, kind and options, and from what else there is to know. It checks the options itself. */
export type Maker<T, Context = void, Options extends object = Spec> = (
  options: Options,
  context: Context,
) => T | Promise<T>;

/**
 * Makers by name, so that what a checkpoint says in plain data can be made again: networks, degradations, targets,
 * rules, samplers. It is open: what a reader defines travels in checkpoints like what the library has.
 *
 * ```ts
 * degradations.define('curtain', () => curtain());
 * const same = await degradations.make({ kind: 'curtain' });
 * ```
 */
export class Registry<T, Context = void> {
  readonly #what: string;
  readonly #makers = new Map<string, Maker<T, Context>>();

  /**
   * An empty registry.
   * @param what one of the things that it makes, for errors, such as 'degradation'
   */
  constructor(what: string) {
    this.#what = what;
  }

  /** The names that are defined, in the order of the alphabet. */
  get kinds(): string[] {
    return [...this.#makers.keys()].sort();
  }

  /**
   * Says how to make what is called `kind`. A later definition takes the place of an earlier one, so that a cell can be
   * run again.
   * @param make takes the whole spec, `kind` and options, and what else there is to know
   * @throws {TypeError} when kind is not a name or make not a function
   */
  define<Options extends object = Spec>(kind: string, make: Maker<T, Context, Options>): void {
    if (typeof kind !== 'string' || kind === '')
      throw new TypeError(`define: kind must be the name of a ${this.#what}, got ${JSON.stringify(kind)}`);
    if (typeof make !== 'function')
      throw new TypeError(`define: make must be a function that makes the ${this.#what} '${kind}', got ${typeof make}`);
    this.#makers.set(kind, make as unknown as Maker<T, Context>);
  }

  /**
   * Makes what a spec describes.
   * @throws {RangeError} when its kind has not been defined
   * @throws {TypeError} when it has an option that what is made does not have
   */
  async make(spec: Spec, context: Context): Promise<T> {
    const kind = typeof spec === 'object' && spec !== null ? spec.kind : undefined;
    const make = kind === undefined ? undefined : this.#makers.get(kind);
    if (make) {
      const made = await make(spec, context);
      this.#checkOptions(spec, made);
      return made;
    }
    throw new RangeError(
      `the ${this.#what} must be one of ${this.kinds.join(', ')}, got ${kind === undefined ? JSON.stringify(spec) : `'${kind}'`}; ` +
        `one of your own must be defined before it is loaded`,
    );
  }

  /** What was made says in its spec which options it has; others would be ignored without a word. */
  #checkOptions(asked: Spec, made: T): void {
    const own = (made as { spec?: Spec } | null)?.spec;
    const unknown = own && Object.keys(asked).find((option) => !Object.hasOwn(own, option));
    if (unknown === undefined) return;
    const options = Object.keys(own!).filter((option) => option !== 'kind');
    const there = options.length > 0 ? `it has ${options.join(', ')}` : 'it has none';
    throw new TypeError(`the ${this.#what} ${asked.kind} has no option ${unknown}; ${there}`);
  }
}
