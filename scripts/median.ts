/**
 * The number in the middle, and of an even number of them the mean of both.
 * @throws {RangeError} when there are none
 */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new RangeError('median: there are no numbers');
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
