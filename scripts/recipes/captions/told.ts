/** What the models that are asked by captions are told of faces, and what counts more while they learn. */
import {
  type Batch,
  captionWords,
  faceAttributes,
  faceCaption,
  type FaceCombination,
  type FaceSet,
  type Given,
  type LevelSource,
  Random,
  someAttributes,
  stratifiedLevels,
  tf,
  tokenizer,
} from 'naive-diffusion';

/** Of how many faces nothing is said, and of how many some attributes; all others have a caption. */
const [silent, listed] = [0.1, 0.3];
/** Of how many words in a hundred nothing is known, so that an unknown word is no surprise. */
const unknown = 0.03;
/** Random numbers set apart for what is said of each face. */
const numbersPerFace = 128;

const length = 32;
const words = captionWords();
/** From captions to the numbers of their words. */
const { encode } = tokenizer({ words, length });
/** The encoder that reads captions. */
export const reader = { words, length, width: 64, blocks: 2, heads: 4 };
/** How many values there are of each attribute. */
export const attributeValues = { background: 8, skin: 5, hairColor: 6, hair: 4, glasses: 3, facialHair: 4 };

/** Three levels in five between 0.4 and 0.95, where glasses and beards are decided. */
export const decisive: LevelSource = (key, batch) =>
  tf.tidy(() => {
    const even = stratifiedLevels(key, batch);
    const within = tf.add(0.4, tf.mul(even, 0.55 / 0.6));
    const anywhere = tf.pow(tf.div(tf.relu(tf.sub(even, 0.6)), 0.4), 2 / 3);
    return tf.where(tf.less(even, 0.6), within, anywhere) as tf.Tensor1D;
  });

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

/** All attributes of a face; a bald one has no colour of hair. */
function wholeOf({ hairColor, ...others }: FaceCombination): FaceCombination {
  return others.hair === 'bald' ? others : { ...others, hairColor };
}

/** The numbers of an attribute's values, −1 where nothing is said of it. */
function numbersOf(faces: FaceSet, all: readonly FaceCombination[], name: keyof FaceCombination): number[] {
  return all.map((some) => (some[name] === undefined ? -1 : faces.vocabulary[name].indexOf(some[name])));
}

/** What the network is given for the faces of a batch. */
export function told(faces: FaceSet, batch: Pick<Batch, 'indices' | 'epoch'>, said: Said): Given {
  const { captions, all, asList } = saidOf(faces, batch, { ...said, lists: listed });
  const lists = all.map((some, i) => (asList[i] ? some : {}));
  const values = faceAttributes.map((name) => [name, tf.tensor1d(numbersOf(faces, lists, name))] as const);
  return { caption: encode(captions), ...Object.fromEntries(values) };
}

/**
 * How much each number of a picture, or of its latents, counts, 1 on average: a share by how much faces with other
 * glasses differ there, a share by how much those with another beard do, and the rest all alike. What is best to answer
 * there does not depend on it; but glasses are small, and a moustache is smaller.
 * @param values those of all faces, one face after another
 */
export function whereItShows(
  faces: FaceSet,
  values: ArrayLike<number>,
  { shape, ...shares }: { shape: readonly number[]; glasses: number; facialHair: number },
): tf.Tensor4D {
  const size = values.length / faces.length;
  const counted = new Float64Array(size).fill(1 - shares.glasses - shares.facialHair);
  for (const name of ['glasses', 'facialHair'] as const) {
    const sums = faces.vocabulary[name].map(() => new Float64Array(size));
    const counts = sums.map(() => 0);
    const all = new Float64Array(size);
    for (let i = 0; i < faces.length; i++) {
      const value = faces.attributes[name][i];
      counts[value]++;
      for (let k = 0; k < size; k++) sums[value][k] += values[i * size + k];
    }
    for (const sum of sums) for (let k = 0; k < size; k++) all[k] += sum[k] / faces.length;
    const between = all.map((mean, k) =>
      sums.reduce(
        (total, sum, value) => total + (counts[value] / faces.length) * (sum[k] / counts[value] - mean) ** 2,
        0,
      ),
    );
    const mean = between.reduce((a, b) => a + b) / size;
    for (let k = 0; k < size; k++) counted[k] += (shares[name] * between[k]) / mean;
  }
  const [height, width, channels] = shape;
  return tf.tensor4d(Float32Array.from(counted), [1, height, width, channels]);
}
