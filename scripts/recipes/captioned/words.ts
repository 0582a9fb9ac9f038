/** What all models that are asked by captions have in common: the words, the values of attributes, where they look. */
import {
  captionWords,
  faceAttributes,
  type FaceAttribute,
  type FaceCombination,
  type FaceSet,
  type Given,
  type LevelSource,
  stratifiedLevels,
  tf,
  tokenizer,
} from 'naive-diffusion';

const length = 32;
const words = captionWords();
/** The encoder that reads captions. */
export const shape = { words, length, width: 64, blocks: 2, heads: 4 };
const { encode } = tokenizer({ words, length });
/** How many values there are of each attribute. */
export const attributeValues = { background: 8, skin: 5, hairColor: 6, hair: 4, glasses: 3, facialHair: 4 };

/** Three in five between 0.4 and 0.95, where glasses and beards are decided; the others more often with much noise. */
export const decisive: LevelSource = (key, batch) =>
  tf.tidy(() => {
    const even = stratifiedLevels(key, batch);
    const within = tf.add(0.4, tf.mul(even, 0.55 / 0.6));
    const anywhere = tf.pow(tf.div(tf.relu(tf.sub(even, 0.6)), 0.4), 2 / 3);
    return tf.where(tf.less(even, 0.6), within, anywhere) as tf.Tensor1D;
  });

/** All attributes of a face; a bald one has no colour of hair. */
export function wholeOf({ hairColor, ...others }: FaceCombination): FaceCombination {
  return others.hair === 'bald' ? others : { ...others, hairColor };
}

/** The numbers of an attribute's values, −1 where nothing is said of it. */
export function numbersOf(faces: FaceSet, all: readonly FaceCombination[], name: FaceAttribute): number[] {
  return all.map((some) => (some[name] === undefined ? -1 : faces.vocabulary[name].indexOf(some[name])));
}

/** What a network is given of what is told, in words or in numbers. */
export function givenOf(faces: FaceSet, told: { captions: string[]; lists: readonly FaceCombination[] }): Given {
  const values = faceAttributes.map((name) => [name, tf.tensor1d(numbersOf(faces, told.lists, name))] as const);
  return { caption: encode(told.captions), ...Object.fromEntries(values) };
}
