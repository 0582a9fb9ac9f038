/**
 * Pearson's chi-square of counts against probabilities: the sum of (observed − expected)² / expected, divided by the
 * value that a true null hypothesis exceeds once in a thousand times. Below 1 passes.
 */
export function chiSquareRatio(counts: number[], probabilities: number[], degrees = counts.length - 1): number {
  const n = counts.reduce((a, b) => a + b, 0);
  const statistic = counts.reduce(
    (sum, count, i) => sum + (count - n * probabilities[i]) ** 2 / (n * probabilities[i]),
    0,
  );
  // Wilson and Hilferty (1931): the cube root of chi-square over its degrees of freedom is nearly normal.
  const spread = 2 / (9 * degrees);
  return statistic / (degrees * (1 - spread + 3.0902 * Math.sqrt(spread)) ** 3);
}
