/**
 * Adam's step size for a run of `steps`: `rate`, and then in a straight line towards 0 at its end, down to a fiftieth.
 * @param slope the last 1/slope of the steps are those in which it falls
 */
export function fallingRate(rate: number, steps: number, slope: number): (step: number) => number {
  return (step) => rate * Math.max(0.02, Math.min(1, slope * (1 - step / steps)));
}
