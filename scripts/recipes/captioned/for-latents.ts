/** What the latents' model that is asked by captions is told of faces, and what counts more while it learns. */
import { type Batch, type FaceSet, type Given, someAttributes, tf } from 'naive-diffusion';
import { type Manner, tell } from './telling.ts';
import { varianceBetween } from './where-it-shows.ts';
import { givenOf, wholeOf } from './words.ts';

/** Of how many faces nothing is said, and of how many some attributes; all others have a caption. */
const [silent, listed] = [0.1, 0.3];
/** Of how many words in a hundred nothing is known, so that an unknown word is no surprise. */
const unknown = 0.03;

/** Of how many faces all attributes are told, and of how many the facial hair alone. */
export interface Said {
  whole: number;
  beard: number;
}

/** In the grammar's own words, of which some are not understood. */
const inItsWords = (faces: FaceSet, { whole, beard }: Said): Manner => ({
  numbers: 128,
  choose(index, random) {
    const face = faces.describe(index);
    const chance = random.uniform();
    const much = whole > 0 ? random.uniform() : 1;
    const isList = chance < silent + listed;
    if (chance < silent) return { said: {}, isList };
    if (much < whole) return { said: wholeOf(face), isList };
    if (much < whole + beard) return { said: { facialHair: face.facialHair }, isList };
    return { said: someAttributes(face, random), isList };
  },
  hear: (caption, random) => caption.replace(/\p{L}+/gu, (word) => (random.uniform() < unknown ? 'xyz' : word)),
});

/** What the network is given for the faces of a batch. */
export function told(faces: FaceSet, batch: Pick<Batch, 'indices' | 'epoch'>, said: Said): Given {
  return givenOf(faces, tell(faces, batch, inItsWords(faces, said)));
}

/**
 * How much each number of a picture, or of its latents, counts, 1 on average: a share by how much faces with other
 * glasses differ there, a share by how much those with another beard do, and the rest all alike. What is best to answer
 * there does not depend on it; but glasses are small, and a moustache is smaller.
 * @param values those of all faces, one face after another
 */
export function countedWhereItShows(
  faces: FaceSet,
  values: ArrayLike<number>,
  { shape, ...shares }: { shape: readonly number[]; glasses: number; facialHair: number },
): tf.Tensor4D {
  const size = values.length / faces.length;
  const counted = new Float64Array(size).fill(1 - shares.glasses - shares.facialHair);
  for (const name of ['glasses', 'facialHair'] as const) {
    const shown = varianceBetween(faces, name, values);
    for (let k = 0; k < size; k++) counted[k] += shares[name] * shown[k];
  }
  const [height, width, channels] = shape;
  return tf.tensor4d(Float32Array.from(counted), [1, height, width, channels]);
}
