import { neighboursOf } from './neighbours.js';
import { Pairs } from './pairs.js';
import { cloud, sameSize, type Cloud, type Points } from './points.js';

/** What {@link prdc} measures, each a share in [0, 1] except density. */
export interface PrecisionRecall {
  /** The share of generated points that lie in the ball of some real point: are they like real ones? */
  precision: number;
  /** The share of real points that lie in the ball of some generated point: is everything real produced? */
  recall: number;
  /**
   * In how many balls of real points a generated point lies, on average, over the k expected: 1 for real data; may
   * exceed 1.
   */
  density: number;
  /** The share of real points with a generated point in their ball: is everything real produced? */
  coverage: number;
}

/**
 * Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), for feature vectors. The
 * ball of a point reaches to its k-th nearest neighbour in its own set, that border excluded.
 *
 * Precision and recall are moved by single outliers, whose balls are large; density and coverage count neighbours of
 * real points only, and are steadier. Real data against itself scores about 1 − 2⁻ᵏ in coverage when both sets have one
 * size: use as many generated points as real ones.
 *
 * It needs 10 k points on either side, for the balls must be small beside the whole set. Exact: where rounding
 * could decide on which side of a border a point lies, its distance is computed again in double precision.
 */
export function prdc(real: Points, generated: Points, o: { k?: number } = {}): Promise<PrecisionRecall> {
  const { k = 5 } = o;
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`prdc: k must be a whole number of at least 1, got ${k}`);
  const need = { atLeast: 10 * k, because: `balls that hold ${k} neighbours must be small beside the whole set` };
  const a = cloud('prdc', 'real', real, need);
  const b = cloud('prdc', 'generated', generated, need);
  sameSize('prdc', { real: a, generated: b });
  return measure(a, b, k);
}

async function measure(real: Cloud, generated: Cloud, k: number): Promise<PrecisionRecall> {
  const realBalls = await balls(real, k);
  const generatedBalls = await balls(generated, k);
  const inReal = new Int32Array(generated.count); // in how many real balls each generated point lies
  const recalled = new Uint8Array(real.count);
  const covered = new Uint8Array(real.count);
  const pairs = new Pairs(real, generated);
  const { squaredA, squaredB, normA, normB, slack } = pairs;
  for await (const { rowStart, rows, columnStart, columns, products } of pairs.blocks()) {
    for (let r = 0; r < rows; r++) {
      const i = rowStart + r;
      for (let c = 0; c < columns; c++) {
        const j = columnStart + c;
        const squared = squaredA[i] + squaredB[j] - 2 * products[r * columns + c];
        const error = slack * (normA[i] + normB[j]) ** 2;
        if (inside(pairs, i, j, squared, error, realBalls[i])) {
          inReal[j]++;
          covered[i] = 1;
        }
        if (!recalled[i] && inside(pairs, i, j, squared, error, generatedBalls[j])) recalled[i] = 1;
      }
    }
  }
  return {
    precision: inReal.reduce((sum, balls) => sum + (balls > 0 ? 1 : 0), 0) / generated.count,
    recall: recalled.reduce((sum, yes) => sum + yes, 0) / real.count,
    density: inReal.reduce((sum, balls) => sum + balls, 0) / (k * generated.count),
    coverage: covered.reduce((sum, yes) => sum + yes, 0) / real.count,
  };
}

/** The distance of each point to its k-th nearest neighbour. */
async function balls(points: Cloud, k: number): Promise<Float64Array> {
  const { distances } = await neighboursOf('prdc', points, points, { k, excludeSelf: true });
  return Float64Array.from({ length: points.count }, (_, i) => distances[i * k + k - 1]);
}

/** Whether points `i` and `j`, whose squared distance is `squared` ± `error`, lie closer together than `radius`. */
function inside(pairs: Pairs, i: number, j: number, squared: number, error: number, radius: number): boolean {
  const border = radius * radius;
  if (squared - error > border) return false;
  if (squared + error < border * (1 - 1e-15)) return true;
  return Math.sqrt(pairs.exact(i, j)) < radius;
}
