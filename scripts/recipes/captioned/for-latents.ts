/** What the latents' model that is asked by captions is told of faces, and what counts more while it learns. */
import {
  type Batch,
  faceCaption,
  type FaceCombination,
  type FaceSet,
  type Given,
  Random,
  someAttributes,
  tf,
} from 'naive-diffusion';
import { varianceBetween } from './where-it-shows.ts';
import { givenOf, wholeOf } from './words.ts';

/** Of how many faces nothing is said, and of how many some attributes; all others have a caption. */
const [silent, listed] = [0.1, 0.3];
/** Of how many words in a hundred nothing is known, so that an unknown word is no surprise. */
const unknown = 0.03;
/** Random numbers set apart for what is said of each face. */
const numbersPerFace = 128;

/** Of how many faces all attributes are told, and of how many the facial hair alone. */
export interface Said {
  whole: number;
  beard: number;
}

/** What is said of the faces of a batch: other words, and of other attributes, in each epoch. */
function saidOf(
  faces: FaceSet,
  { indices, epoch }: Pick<Batch, 'indices' | 'epoch'>,
  { whole, beard, lists }: Said & { lists: number },
) {
  const captions: string[] = [];
  const all: FaceCombination[] = [];
  const asList: boolean[] = [];
  for (const index of indices) {
    const random = new Random({ seed: 14, count: (epoch * faces.length + index) * numbersPerFace });
    const face = faces.describe(index);
    const chance = random.uniform();
    const much = whole > 0 ? random.uniform() : 1;
    let some: FaceCombination = {};
    if (chance >= silent && much < whole) some = wholeOf(face);
    else if (chance >= silent && much < whole + beard) some = { facialHair: face.facialHair };
    else if (chance >= silent) some = someAttributes(face, random);
    const isList = chance < silent + lists;
    const isSilent = isList || Object.keys(some).length === 0;
    const caption = isSilent ? '' : faceCaption(some, { random });
    captions.push(caption.replace(/\p{L}+/gu, (word) => (random.uniform() < unknown ? 'xyz' : word)));
    all.push(some);
    asList.push(isList);
  }
  return { captions, all, asList };
}

/** What the network is given for the faces of a batch. */
export function told(faces: FaceSet, batch: Pick<Batch, 'indices' | 'epoch'>, said: Said): Given {
  const { captions, all, asList } = saidOf(faces, batch, { ...said, lists: listed });
  const lists = all.map((some, i) => (asList[i] ? some : {}));
  return givenOf(faces, { captions, lists });
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
