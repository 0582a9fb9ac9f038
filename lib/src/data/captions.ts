import { checkChoice, shown } from '../check.js';
import { Random } from '../random.js';
import { namesOf, nouns, type Phrases, type Place, type Said, saidOf, styleAndColour } from './caption-phrases.js';
import { type FaceAttribute, faceAttributes, type FaceCombination } from './faces.js';
import { wordsOf } from './tokenizer.js';

/** Which wordings a caption is made of: those to learn from, or those that are kept to test with. */
export type Wordings = 'seen' | 'held-out';

/** The values that there are; what is there in `faces.json`, too. */
const vocabulary: Record<FaceAttribute, readonly string[]> = {
  background: ['skyblue', 'lilac', 'rose', 'peach', 'mint', 'lemon', 'slate', 'white'],
  skin: ['pale', 'light', 'tan', 'brown', 'dark'],
  hairColor: ['black', 'brown', 'auburn', 'blond', 'red', 'grey'],
  hair: ['bald', 'short', 'curly', 'long'],
  glasses: ['none', 'clear', 'dark'],
  facialHair: ['none', 'moustache', 'goatee', 'beard'],
};

/** A phrase, and where it stands. */
type Part = readonly [place: Place, phrase: string];

/**
 * Says in words what a face looks like: only what `values` name, each in one of several wordings, in an order that
 * chance decides.
 *
 * ```ts
 * const random = new Random(1);
 * faceCaption({ hair: 'bald', glasses: 'dark', background: 'mint' }, { random });
 * // such as 'a bald man wearing sunglasses in front of a light green wall'
 * ```
 * Names of colours are shared by what they colour: skins, walls and glasses can be dark, hair and skin brown.
 * @param values what is said; nothing but "a man" where it is empty. A bald man with red hair is not refused.
 * @param options.random what chooses among the wordings
 * @param options.wordings `seen` when left out; `held-out` says each value in a way in which no `seen` caption says it,
 * though each word of it occurs in one
 * @throws {RangeError} for an attribute or a value that there is not
 */
export function faceCaption(
  values: FaceCombination,
  { random, wordings = 'seen' }: { random: Random; wordings?: Wordings },
): string {
  checkValues('faceCaption', values);
  checkRandom('faceCaption', random);
  checkChoice('faceCaption', 'wordings', wordings, ['seen', 'held-out']);
  const of = (said: Said) => (wordings === 'seen' ? said.seen : said.heldOut);
  const { hair, hairColor, ...others } = values;
  const parts: Part[] = [];
  if (hair !== undefined && hairColor !== undefined && hair !== 'bald')
    parts.push(pick(of(styleAndColour), random, hair, hairColor));
  else Object.assign(others, hair !== undefined && { hair }, hairColor !== undefined && { hairColor });
  for (const [name, value] of Object.entries(others) as [FaceAttribute, string][])
    parts.push(pick(of(saidOf(name, value)), random, value));
  return sentence(parts, random);
}

/**
 * Some of the attributes of a face, as few or as many as chance decides: all numbers of them from none to all are
 * equally probable. The colour of hair is never among those of a bald face.
 * @throws {RangeError} for an attribute or a value that there is not
 */
export function someAttributes(face: FaceCombination, random: Random): FaceCombination {
  checkValues('someAttributes', face);
  checkRandom('someAttributes', random);
  const names = (Object.keys(face) as FaceAttribute[]).filter((name) => name !== 'hairColor' || face.hair !== 'bald');
  const count = random.int(names.length + 1);
  const some: FaceCombination = {};
  for (const i of random.shuffle(names.length).subarray(0, count)) some[names[i]] = face[names[i]];
  return some;
}

/** All words of `seen` captions, for a `tokenizer`. */
export function captionWords(): string[] {
  const phrases = ['a an and with wearing', ...nouns];
  const add = (said: Said, values: readonly string[]) => {
    for (const pattern of Object.values(said.seen).flat())
      for (const name of values) phrases.push(pattern.replace('{}', name).replace('[]', ''));
  };
  for (const name of faceAttributes) for (const value of vocabulary[name]) add(saidOf(name, value), namesOf(value));
  add(styleAndColour, ['']);
  return [...new Set(wordsOf(phrases.join(' ')))].sort();
}

/** One of the phrases, with one of the names of each value. */
function pick(phrases: Phrases, random: Random, ...values: string[]): Part {
  const places = Object.entries(phrases) as [Place, readonly string[]][];
  const all = places.flatMap(([place, patterns]) => patterns.map((pattern): Part => [place, pattern]));
  const [place, pattern] = one(all, random);
  const [first, second = ''] = values.map((value) => one(namesOf(value), random));
  return [place, pattern.replace('{}', first).replace('[]', second)];
}

function one<T>(list: readonly T[], random: Random): T {
  return list[random.int(list.length)];
}

/** The parts in an order that chance decides, as far as grammar leaves it open. */
function sentence(parts: readonly Part[], random: Random): string {
  const shuffled = [...random.shuffle(parts.length)].map((i) => parts[i]);
  const at = (place: Place) => shuffled.filter(([where]) => where === place).map(([, phrase]) => phrase);
  const after = (word: string, phrases: string[]) => (phrases.length > 0 ? [`${word} ${listed(phrases)}`] : []);
  const subject = ['a', ...at('before'), one(nouns, random)].join(' ');
  const behind = [...after('with', at('with')), ...after('wearing', at('wearing')), ...at('behind')];
  const said = [...random.shuffle(behind.length)].map((i) => behind[i]);
  const wall = at('wall');
  const isFirst = wall.length > 0 && random.int(3) === 0;
  const start = isFirst ? `${wall[0]}, ` : '';
  const rest = [subject, ...said, ...(isFirst ? [] : wall)].join(' ');
  return (start + rest).replace(/\ba (?=[aeiou])/g, 'an ');
}

/** `a`, `a and b`, `a, b and c`. */
function listed(phrases: readonly string[]): string {
  return phrases.length < 2 ? phrases.join() : `${phrases.slice(0, -1).join(', ')} and ${phrases.at(-1)}`;
}

function checkValues(caller: string, values: FaceCombination): void {
  if (typeof values !== 'object' || values === null)
    throw new TypeError(`${caller}: values must be an object such as { glasses: 'dark' }, got ${shown(values)}`);
  for (const [name, value] of Object.entries(values)) {
    checkChoice(caller, 'attributes', name, faceAttributes);
    checkChoice(caller, name, value, vocabulary[name as FaceAttribute]);
  }
}

function checkRandom(caller: string, random: Random): void {
  if (!(random instanceof Random)) throw new TypeError(`${caller}: random must be a Random, got ${shown(random)}`);
}
