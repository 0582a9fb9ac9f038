import { shown } from '../check.js';
import type { Degradation, Gaussian, Spec } from '../types.js';

/** A degradation must be one, as `binomial()` makes it. */
export function checkDegradation(caller: string, degradation: unknown): void {
  const { draw, at, end } = Object(degradation) as Partial<Degradation<never>>;
  if (typeof degradation === 'object' && [draw, at, end].every((part) => typeof part === 'function')) return;
  const call = typeof degradation === 'function' ? ': call it' : '';
  throw new TypeError(
    `${caller}: degradation must be one, as binomial() or degradation() makes it, got ${shown(degradation)}${call}`,
  );
}

interface Specified {
  readonly spec?: Spec;
}

/** What was made for one degradation must be used with the same one, or one that the same spec makes. */
export function checkBelongs(
  caller: string,
  name: string,
  made: Specified | undefined,
  used: Specified | undefined,
): void {
  if (made === undefined || made === used) return;
  const [own, other] = [made, used].map((degradation) => degradation?.spec && canonical(degradation.spec));
  if (own !== undefined && own === other) return;
  throw new TypeError(
    `${caller}: ${name} must be made for the degradation that it is used with, ` +
      `got one for ${own ?? 'another without a spec'} with ${used ? (other ?? 'one without a spec') : 'none'}`,
  );
}

/** Whether it is Gaussian noise. */
export function isGaussian(degradation: unknown): degradation is Gaussian {
  return typeof degradation === 'object' && degradation !== null && 'infer' in degradation;
}

/** A degradation must be Gaussian noise. */
export function checkGaussian(caller: string, degradation: unknown): asserts degradation is Gaussian {
  if (!isGaussian(degradation))
    throw new TypeError(`${caller}: degradation must be Gaussian noise, as gaussian() makes it`);
}

/** Plain data as a text that is the same whatever the order of its names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
