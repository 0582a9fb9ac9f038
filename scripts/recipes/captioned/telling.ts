import {
  type Batch,
  faceAttributes,
  faceCaption,
  type FaceAttribute,
  type FaceCombination,
  type FaceSet,
  Random,
  someAttributes,
} from 'naive-diffusion';
import { wholeOf } from './words.ts';

/** Of how many faces nothing is said; of how many one attribute alone is to be said, if it is rare enough. */
const [silent, alone] = [0.1, 0.55];
/** Of how many faces attributes are told by their numbers; of all others by a caption. */
const listed = 0.4;
/** Random numbers set apart for what is said of each face. */
const numbersPerFace = 512;

/** What is said of the faces of a batch: to each face its caption, or its list. */
export interface Told {
  /** What is said, whether in words or in numbers. */
  said: FaceCombination[];
  /** In words: empty where it is said in numbers, or nothing is said. */
  captions: string[];
  /** In numbers: empty where it is said in words. */
  lists: FaceCombination[];
}

/** Another choice, in other words, in each epoch. */
export function tell(faces: FaceSet, { indices, epoch }: Pick<Batch, 'indices' | 'epoch'>): Told {
  const told: Told = { said: [], captions: [], lists: [] };
  for (const index of indices) {
    const random = new Random({ seed: 14, count: (epoch * faces.length + index) * numbersPerFace });
    const said = choose(faces, index, random);
    const isList = random.uniform() < listed;
    const isEmpty = isList || Object.keys(said).length === 0;
    told.said.push(said);
    told.lists.push(isList ? said : {});
    told.captions.push(isEmpty ? '' : roughly(faceCaption(said, { random }), random));
  }
  return told;
}

/**
 * Nothing, one attribute, some, or all. One alone is said the more often the rarer its value is, so that a bald head is
 * heard of as often as short hair; where it is not, all is said instead. (So which other attributes a face has never
 * decides whether one is said of it alone, and faces of whom one thing is said are as varied as those that have it.)
 */
function choose(faces: FaceSet, index: number, random: Random): FaceCombination {
  const face = faces.describe(index);
  const chance = random.uniform();
  if (chance < silent) return {};
  if (chance >= silent + alone) return someAttributes(face, random);
  const whole = wholeOf(face);
  const names = Object.keys(whole) as FaceAttribute[];
  const name = names[random.int(names.length)];
  const values = faces.vocabulary[name];
  const share = faces.proportions[name][values.indexOf(face[name])];
  return random.uniform() < 1 / (2 * values.length * share) ? { [name]: face[name] } : whole;
}

/** Attributes as they come, each value as often as every other: some of them, but no pair that no face has. */
export function imagined(faces: FaceSet, random: Random): FaceCombination {
  for (;;) {
    const values = faceAttributes.map((name) => {
      const words = faces.vocabulary[name];
      return [name, words[random.int(words.length)]];
    });
    const face = Object.fromEntries(values) as Record<FaceAttribute, string>;
    const isHeldOut = faces.heldOut.some((pair) =>
      Object.entries(pair).every(([name, word]) => face[name as FaceAttribute] === word),
    );
    if (!isHeldOut) return someAttributes(face, random);
  }
}

/** Words that carry little: they may be missing, or be too many. */
const small = 'a an and with wearing who has is wears whose that in front of on before'.split(' ');

/**
 * A caption as one may hear it: every other one is left as it is. In the others small words come and go, neighbours
 * change places, and "no glasses" and "without glasses" are mixed up; and of all words some are not understood.
 */
export function roughly(caption: string, random: Random): string {
  let words = caption.replaceAll(',', '').split(/[\s-]+/);
  if (random.uniform() < 0.5) {
    words = words.flatMap((word, i) => {
      if (small.includes(word) && random.uniform() < 0.2) return [];
      const isNo = (word === 'no' || word === 'without') && words[i + 1] === 'glasses';
      const same = isNo && random.uniform() < 0.5 ? ['no', 'without'][random.int(2)] : word;
      return random.uniform() < 0.05 ? [small[random.int(small.length)], same] : [same];
    });
    for (let i = 1; i < words.length; i++)
      if (random.uniform() < 0.04) [words[i - 1], words[i]] = [words[i], words[i - 1]];
  }
  return words
    .slice(0, 32)
    .map((word) => (random.uniform() < 0.02 ? 'xyz' : word))
    .join(' ');
}
