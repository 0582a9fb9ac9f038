/** For each attribute the numbers of its values, one for each sample. */
export type Attributes<A extends string = string> = Readonly<Record<A, ArrayLike<number>>>;

/** The words for the values of each attribute. It may hold more attributes than are looked at. */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

/** The probability of each value of each attribute. It may hold more attributes than are looked at. */
export type Proportions = Readonly<Record<string, readonly number[]>>;

/**
 * The attributes' names and the number of samples. Throws unless all attributes have as many values, at least
 * `need.atLeast`, and all values are in the vocabulary.
 */
export function checkAttributes<A extends string>(
  caller: string,
  argument: string,
  values: Attributes<A>,
  vocabulary: Vocabulary,
  need: { atLeast: number; because: string },
): { names: A[]; count: number } {
  if (!isTable(values))
    throw new TypeError(
      `${caller}: ${argument} must hold attributes by name, got ${JSON.stringify(values) ?? 'nothing'}`,
    );
  if (!isTable(vocabulary))
    throw new TypeError(
      `${caller}: vocabulary must hold words by attribute, got ${JSON.stringify(vocabulary) ?? 'nothing'}`,
    );
  const names = Object.keys(values) as A[];
  if (names.length === 0) throw new Error(`${caller}: ${argument} must hold at least one attribute, got none`);
  const count = values[names[0]]?.length;
  for (const name of names) {
    if (!vocabulary[name])
      throw new Error(`${caller}: vocabulary must hold ${name}, got ${Object.keys(vocabulary).join(', ')}`);
    if (!(values[name]?.length === count && count >= 0))
      throw new Error(
        `${caller}: ${argument} must have one ${name} for each of ${count} samples, got ${values[name]?.length}`,
      );
    const size = vocabulary[name].length;
    for (let i = 0; i < count; i++) {
      const value = values[name][i];
      if (!(Number.isInteger(value) && value >= 0 && value < size)) {
        throw new RangeError(
          `${caller}: ${argument} must hold ${name} from 0 to ${size - 1}, got ${value} at position ${i}`,
        );
      }
    }
  }
  if (count < need.atLeast)
    throw new Error(`${caller}: ${argument} must hold at least ${need.atLeast} samples, got ${count}: ${need.because}`);
  return { names, count };
}

/**
 * The probabilities of the values of the attributes `names`: equal ones without a `truth`. Throws unless they sum to 1.
 */
export function checkProportions(
  caller: string,
  names: readonly string[],
  vocabulary: Vocabulary,
  truth?: Proportions,
): Proportions {
  const checked = names.map((name) => {
    const size = vocabulary[name].length;
    const list = truth ? truth[name] : vocabulary[name].map(() => 1 / size);
    const total = list?.reduce((sum, p) => sum + p, 0);
    if (list?.length !== size || list.some((p) => !(p >= 0)) || Math.abs(total - 1) > 1e-4) {
      throw new Error(
        `${caller}: truth must hold ${size} probabilities of ${name} that sum to 1, got ${list?.join(', ')}`,
      );
    }
    return [name, list.map((p) => p / total)] as const;
  });
  return Object.fromEntries(checked);
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
