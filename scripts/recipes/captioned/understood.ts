import {
  faceAttributes,
  faceCaption,
  type FaceCombination,
  type FaceSet,
  Random,
  tf,
  type Wordings,
} from 'naive-diffusion';

/** How many captions name each value. */
const each = 60;

/**
 * Of how many captions that name one value the vector is nearer to what is wanted for it than to what is wanted for any
 * other value, or for nothing.
 */
export function understood(
  faces: FaceSet,
  wordings: Wordings,
  { wanted, read }: { wanted: (all: FaceCombination[]) => tf.Tensor2D; read: (captions: string[]) => tf.Tensor2D },
): { right: number; of: number } {
  const random = new Random(5);
  const values = faceAttributes.flatMap((name) => faces.vocabulary[name].map((word) => ({ [name]: word })));
  const captions = values.flatMap((value) =>
    Array.from({ length: each }, () => faceCaption(value, { random, wordings })),
  );
  const right = tf.tidy(() => {
    const vectors = tf.expandDims(read(captions), 1);
    const apart = tf.sum(tf.square(tf.sub(vectors, tf.expandDims(wanted([...values, {}]), 0))), 2);
    const nearest = tf.argMin(apart, 1).dataSync();
    return nearest.filter((value, i) => value === Math.floor(i / each)).length;
  });
  return { right, of: captions.length };
}
