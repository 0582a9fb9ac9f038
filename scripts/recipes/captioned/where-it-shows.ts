import { faceAttributes, type FaceAttribute, type FaceCombination, type FaceSet, tf } from 'naive-diffusion';

/**
 * Where an attribute shows: the variance of each number of a picture, or of its latents, between the means of faces
 * with different values of it, divided by its mean over all numbers.
 * @param values those of all faces, one face after another
 */
export function varianceBetween(faces: FaceSet, name: FaceAttribute, values: ArrayLike<number>): Float64Array {
  const size = values.length / faces.length;
  const sums = faces.vocabulary[name].map(() => new Float64Array(size));
  const counts = sums.map(() => 0);
  const all = new Float64Array(size);
  for (let i = 0; i < faces.length; i++) {
    const value = faces.attributes[name][i];
    counts[value]++;
    for (let k = 0; k < size; k++) {
      sums[value][k] += values[i * size + k];
      all[k] += values[i * size + k] / faces.length;
    }
  }
  const between = new Float64Array(size);
  for (const [value, sum] of sums.entries())
    for (let k = 0; k < size; k++)
      between[k] += (counts[value] / faces.length) * (sum[k] / counts[value] - all[k]) ** 2;
  const mean = between.reduce((a, b) => a + b) / size;
  return between.map((each) => each / mean);
}

/** Where each attribute shows in pixels. `[attributes, height · width · channels]` */
export function whereItShows(faces: FaceSet): tf.Tensor2D {
  const size = faces.pixels.length / faces.length;
  const maps = new Float32Array(faceAttributes.length * size);
  for (const [row, name] of faceAttributes.entries()) maps.set(varianceBetween(faces, name, faces.pixels), row * size);
  return tf.tensor2d(maps, [faceAttributes.length, size]);
}

/**
 * To what share each map counts for each face: what has been said of it shares `share` alike, and pixels that are all
 * alike, the last column, have the rest. `[faces, attributes + 1]`, each row of sum 1
 */
export function sharesOf(said: readonly FaceCombination[], share: number): tf.Tensor2D {
  const rows = said.map((some) => {
    const count = Object.keys(some).length;
    const each = faceAttributes.map((name) => (some[name] === undefined ? 0 : share / count));
    return [...each, count === 0 ? 1 : 1 - share];
  });
  return tf.tensor2d(rows);
}
