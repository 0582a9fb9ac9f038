/** What is said of faces to those that learn to paint them. */
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
import { heldOutWordings, otherwise, roughly } from './hearing.ts';
import { wholeOf } from './words.ts';

/** How a recipe tells of faces. */
export interface Manner {
  /** Random numbers set apart for what is said of each face. */
  numbers: number;
  /** What is said of a face, and whether in numbers. */
  choose: (face: number, random: Random) => { said: FaceCombination; isList: boolean };
  /** What is heard of a caption. */
  hear: (caption: string, random: Random) => string;
}

/** What is said of the faces of a batch: to each face its caption, or its list. */
export interface Told {
  /** What is said, whether in words or in numbers. */
  said: FaceCombination[];
  /** In words: empty where it is said in numbers, or nothing is said. */
  captions: string[];
  /** In numbers: empty where it is said in words. */
  lists: FaceCombination[];
}

/** Tells of the faces of a batch: another choice, in other words, in each epoch. */
export function tell(
  faces: FaceSet,
  { indices, epoch }: Pick<Batch, 'indices' | 'epoch'>,
  { numbers, choose, hear }: Manner,
): Told {
  const told: Told = { said: [], captions: [], lists: [] };
  for (const index of indices) {
    const random = new Random({ seed: 14, count: (epoch * faces.length + index) * numbers });
    const { said, isList } = choose(index, random);
    const isEmpty = isList || Object.keys(said).length === 0;
    told.said.push(said);
    told.lists.push(isList ? said : {});
    told.captions.push(hear(isEmpty ? '' : faceCaption(said, { random }), random));
  }
  return told;
}

/** Of how many faces nothing is said; of how many one attribute alone is to be said, if it is rare enough. */
const [silent, alone] = [0.1, 0.55];
/** Of how many faces attributes are told by their numbers; of all others by a caption. */
const listed = 0.4;

/** How captioned-faces is told of faces: much or little, in many words. */
export function inManyWords(faces: FaceSet): Manner {
  const heldOut = heldOutWordings(faces);
  return {
    numbers: 512,
    choose: (face, random) => ({ said: muchOrLittle(faces, face, random), isList: random.uniform() < listed }),
    hear: (caption, random) => (caption === '' ? '' : roughly(otherwise(caption, random), { heldOut, random })),
  };
}

/**
 * Nothing, one attribute, some, or all. One alone is said the more often the rarer its value is, so that a bald head is
 * heard of as often as short hair; where it is not, all is said instead. (So which other attributes a face has never
 * decides whether one is said of it alone, and faces of whom one thing is said are as varied as those that have it.)
 */
function muchOrLittle(faces: FaceSet, index: number, random: Random): FaceCombination {
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
