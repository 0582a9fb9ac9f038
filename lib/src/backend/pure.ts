const promised = new WeakSet<object>();

/**
 * Promises of a part of your own — a network, denoiser, target, rule or degradation — that what it computes depends on
 * its arguments and its listed weights and constants alone. What has been compiled with it is then kept for the next
 * run of a sampler; without the promise each run records its step anew, so that a change outside is seen.
 *
 * ```ts
 * const halfway = pure((step: Step): Images => tf.div(tf.add(renoise(fixed)(step), improve(fixed)(step)), 2));
 * ```
 * The library's own parts keep it, where the parts that they are made of do.
 * @returns the part itself
 */
export function pure<T extends object>(part: T): T {
  promised.add(part);
  return part;
}

/** {@link pure}, if all that the part is made of is. */
export function pureIf<T extends object>(part: T, ...madeOf: readonly unknown[]): T {
  return madeOf.every(isPure) ? pure(part) : part;
}

/** Whether a part is promised to depend on its arguments alone; numbers, texts and lists of such do. */
export function isPure(part: unknown): boolean {
  if (Array.isArray(part)) return part.every(isPure);
  const hasParts = (typeof part === 'object' && part !== null) || typeof part === 'function';
  return !hasParts || promised.has(part);
}
