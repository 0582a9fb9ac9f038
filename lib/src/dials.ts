/**
 * Says which dial of a notebook stands outside its range: `checkDials({ STEPS, SHOWN }, 1, 500)`. A dial is a constant
 * that readers turn; the braces around its name hand over the name as well. A dial may be a list, each number of which
 * must lie in the range.
 * @param dials names and values
 * @param least the smallest value, a number or the only texts that are allowed, in a list
 * @param most the largest value
 * @param o.fractions whether other numbers than whole ones are allowed
 * @throws RangeError that names the dial, its range and what came
 */
export function checkDials(
  dials: Readonly<Record<string, number | readonly number[]>>,
  least: number,
  most: number,
  o?: { fractions?: boolean },
): void;
export function checkDials(dials: Readonly<Record<string, string>>, choices: readonly string[]): void;
export function checkDials(
  dials: Readonly<Record<string, unknown>>,
  least: number | readonly string[],
  most?: number,
  { fractions = false }: { fractions?: boolean } = {},
): void {
  for (const [name, dial] of Object.entries(dials)) {
    if (typeof least === 'object') {
      if (!least.includes(dial as string)) refuse(name, `one of ${least.join(', ')}`, dial);
      continue;
    }
    const many = Array.isArray(dial);
    const kind = `${fractions ? 'a number' : 'a whole number'} from ${least} to ${most}`;
    if (many && !dial.length) refuse(name, `a list in which each is ${kind}`, '[]');
    for (const [i, value] of (many ? dial : [dial]).entries()) {
      const fits = Number.isFinite(value) && value >= least && value <= most! && (fractions || Number.isInteger(value));
      if (!fits) refuse(many ? `${name}[${i}]` : name, kind, value);
    }
  }
}

function refuse(name: string, expected: string, got: unknown): never {
  throw new RangeError(`The dial ${name} must be ${expected}, got ${String(got)}`);
}
