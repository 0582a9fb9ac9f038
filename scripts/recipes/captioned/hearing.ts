/** How captions reach those that learn from them: in more words than the grammar's, and not always well. */
import { faceAttributes, faceCaption, type FaceSet, Random } from 'naive-diffusion';

/**
 * Other words for what captions say; no wording that is held out is among them. Who has neither is without a moustache
 * as he is without a beard, and so *no* and *without* are heard of more than one thing each.
 */
const otherWords: readonly [phrase: string, others: readonly string[]][] = [
  ['no beard', ['no moustache', 'no goatee']],
  ['who is clean-shaven', ['without a moustache', 'without a goatee', 'who has no moustache', 'who has no goatee']],
  ['no glasses', ['no spectacles']],
  ['without glasses', ['without spectacles', 'who has no spectacles']],
  ['who wears sunglasses', ['whose spectacles are dark', 'who wears dark spectacles']],
  ['sunglasses', ['dark spectacles']],
  ['who is bald', ['who is hairless']],
  ['a bald head', ['a hairless head']],
];

/** A caption of which each phrase that has other words is said in them every other time. */
export function otherwise(caption: string, random: Random): string {
  let said = caption;
  for (const [phrase, others] of otherWords)
    if (said.includes(phrase) && random.uniform() < 0.5) said = said.replace(phrase, one(others, random));
  return said;
}

/** Words that carry little: they may be missing, or be too many. */
const small = 'a an and with wearing who has is wears whose that in front of on before'.split(' ');
const negations = ['no', 'without'];
/** Of what both negations are heard. */
const denied = ['glasses', 'spectacles', 'moustache', 'goatee'];

/** The wordings that are held out: what stands behind the noun where one value alone is said. */
export function heldOutWordings(faces: FaceSet): string[] {
  const random = new Random(1);
  const found = new Set<string>();
  for (const name of faceAttributes)
    for (const value of faces.vocabulary[name])
      for (let i = 0; i < 200; i++) {
        const caption = faceCaption({ [name]: value }, { random, wordings: 'held-out' });
        const [, wording] = /^an? (?:man|person|face) (.*)/.exec(caption) ?? [];
        if (wording !== undefined) found.add(wording);
      }
  return [...found];
}

/**
 * A caption as one may hear it: every other one is left as it is. In the others small words come and go, an article
 * after *no* and *without* more often; neighbours change places, and "no glasses" and "without glasses" are mixed up.
 * Of all words some are not understood. Where chance makes a wording that is held out, the caption stays as it is.
 */
export function roughly(caption: string, { heldOut, random }: { heldOut: readonly string[]; random: Random }): string {
  const plain = caption.replaceAll(',', '').split(/[\s-]+/);
  let words = plain;
  if (random.uniform() < 0.5) {
    words = words.flatMap((word, i) => hear(word, { before: words[i - 1], after: words[i + 1], random }));
    for (let i = 1; i < words.length; i++)
      if (random.uniform() < 0.04) [words[i - 1], words[i]] = [words[i], words[i - 1]];
    const heard = ` ${words.join(' ')} `;
    if (heldOut.some((wording) => heard.includes(` ${wording} `))) words = plain;
  }
  return words
    .slice(0, 32)
    .map((word) => (random.uniform() < 0.02 ? 'xyz' : word))
    .join(' ');
}

/** What is heard of a word: nothing, the word, or more. */
function hear(word: string, { before, after, random }: { before?: string; after?: string; random: Random }): string[] {
  if (small.includes(word) && random.uniform() < 0.2) return [];
  if (word === 'a' && negations.includes(before ?? '') && random.uniform() < 0.4) return [];
  const heard = random.uniform() < 0.05 ? [one(small, random)] : [];
  if (!negations.includes(word)) return [...heard, word];
  const isMixedUp = denied.includes(after ?? '') && random.uniform() < 0.5;
  heard.push(isMixedUp ? one(negations, random) : word);
  return random.uniform() < 0.5 ? [...heard, 'a'] : heard;
}

function one<T>(list: readonly T[], random: Random): T {
  return list[random.int(list.length)];
}
