import { tf } from '../backend/tf.js';
import { checkWhole, shown } from '../check.js';

/** What a {@link tokenizer} knows. */
export interface TokenizerOptions {
  /** The words that it knows, in small letters. */
  words: readonly string[];
  /** The most words that a text may have. */
  length: number;
}

/** Turns texts into numbers, and back. */
export interface Tokenizer extends Readonly<TokenizerOptions> {
  /** How many numbers there are: one for each word, and two more. */
  readonly tokens: number;
  /**
   * The numbers of the words of each text: int32 `[texts, length]`. 0 stands where there is no word any more, 1 for a
   * word that is not known, and 2 and more for those that are.
   */
  encode(texts: readonly string[]): tf.Tensor2D;
  /** The texts again, as far as their words are known; the others are a question mark. */
  decode(numbers: tf.Tensor2D): string[];
  /** The words of a text that are not known. */
  unknown(text: string): string[];
}

/** The number that stands for no word, and that for a word that is not known. */
const [NO_WORD, UNKNOWN_WORD] = [0, 1];

/**
 * Turns texts into numbers, a word each: letters and digits make words, all else parts them; capitals do not count.
 *
 * ```ts
 * const { encode, unknown } = tokenizer({ words: ['a', 'bald', 'man'], length: 4 });
 * encode(['A bald man', 'a tall man']).print();    // [[2, 3, 4, 0], [2, 1, 4, 0]]
 * unknown('a tall man');                           // ['tall']
 * ```
 * @throws {RangeError} when length is no whole number above 0, when a word is there twice, or none, as 'two words' is;
 * (`encode`) when a text has more words than `length`
 */
export function tokenizer({ words, length }: TokenizerOptions): Tokenizer {
  checkWhole('tokenizer', 'length', length);
  checkWords('tokenizer', words);
  const numberOf = new Map(words.map((word, i) => [word, i + 2]));
  const encode = (texts: readonly string[]): tf.Tensor2D => {
    if (!Array.isArray(texts) || texts.length === 0)
      throw new TypeError(`encode: texts must be a list of at least one text, got ${shown(texts)}`);
    const numbers = new Int32Array(texts.length * length);
    for (const [row, text] of texts.entries()) {
      const found = wordsOf(text as string);
      if (found.length > length)
        throw new RangeError(`encode: texts may have ${length} words, got ${found.length} in ${shown(text)}`);
      for (const [i, word] of found.entries()) numbers[row * length + i] = numberOf.get(word) ?? UNKNOWN_WORD;
    }
    return tf.tensor2d(numbers, [texts.length, length], 'int32');
  };
  const decode = (numbers: tf.Tensor2D): string[] => {
    if (!(numbers instanceof tf.Tensor) || numbers.rank !== 2)
      throw new TypeError(`decode: numbers must be [texts, length], got ${shown(numbers)}`);
    const values = numbers.arraySync();
    return values.map((row) => {
      const there = row.filter((n) => n !== NO_WORD);
      return there.map((n) => words[n - 2] ?? '?').join(' ');
    });
  };
  const unknown = (text: string) => wordsOf(text).filter((word) => !numberOf.has(word));
  return { words: [...words], length, tokens: words.length + 2, encode, decode, unknown };
}

/**
 * The words of a text, in small letters: `wordsOf("A pale-skinned man.")` is `['a', 'pale', 'skinned', 'man']`.
 * @throws {TypeError} when it is no text
 */
export function wordsOf(text: string): string[] {
  if (typeof text !== 'string') throw new TypeError(`wordsOf: text must be a text, got ${shown(text)}`);
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Each must be one word in small letters, and none may be there twice. */
export function checkWords(caller: string, words: readonly string[]): void {
  if (!Array.isArray(words) || words.length === 0)
    throw new TypeError(`${caller}: words must be a list of at least one word, got ${shown(words)}`);
  for (const word of words as unknown[]) {
    if (typeof word !== 'string' || wordsOf(word).join(' ') !== word || word.includes(' ') || word === '')
      throw new RangeError(`${caller}: words must be single words in small letters, got ${shown(word)}`);
  }
  const twice = (words as string[]).find((word, i) => words.indexOf(word) < i);
  if (twice !== undefined) throw new RangeError(`${caller}: words must differ, got ${shown(twice)} twice`);
}
