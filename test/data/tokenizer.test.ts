import { beforeAll, describe, expect, it } from 'vitest';
import { ready, tf, tokenizer, wordsOf } from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const words = ['a', 'bald', 'man', 'grün'];

describe('wordsOf', () => {
  it('takes letters and digits, in small letters, and drops all else', () => {
    expect(wordsOf('A pale-skinned man, 32 years old.')).toEqual(['a', 'pale', 'skinned', 'man', '32', 'years', 'old']);
    expect(wordsOf('GRÜN ist die Wand')).toEqual(['grün', 'ist', 'die', 'wand']);
    expect(wordsOf(' … ')).toEqual([]);
    expect(() => wordsOf(3 as never)).toThrow('wordsOf: text must be a text, got 3');
  });
});

describe('tokenizer', () => {
  it('numbers the words, 1 for one that it does not know and 0 behind the last', () => {
    const { encode, tokens } = tokenizer({ words, length: 4 });
    tf.tidy(() => {
      const numbers = encode(['A bald man!', 'a tall man', '', 'grün']);
      expect(numbers.dtype).toBe('int32');
      expect(numbers.arraySync()).toEqual([
        [2, 3, 4, 0],
        [2, 1, 4, 0],
        [0, 0, 0, 0],
        [5, 0, 0, 0],
      ]);
    });
    expect(tokens).toBe(6);
  });

  it('gives back the text of words that it knows', () => {
    const { encode, decode, unknown } = tokenizer({ words, length: 4 });
    tf.tidy(() => {
      expect(decode(encode(['A bald man!', 'a tall man', '']))).toEqual(['a bald man', 'a ? man', '']);
    });
    expect(unknown('A tall, bald giant')).toEqual(['tall', 'giant']);
  });

  it('refuses what it cannot number, and leaks no tensors', async () => {
    const make = (o: object) => () => tokenizer({ words, length: 4, ...o });
    expect(make({ length: 0 })).toThrow('tokenizer: length must be a whole number of at least 1, got 0');
    expect(make({ words: [] })).toThrow('tokenizer: words must be a list of at least one word');
    expect(make({ words: ['two words'] })).toThrow('words must be single words in small letters, got "two words"');
    expect(make({ words: ['Bald'] })).toThrow('words must be single words in small letters, got "Bald"');
    expect(make({ words: ['a', 'b', 'a'] })).toThrow('words must differ, got "a" twice');
    const { encode, decode } = tokenizer({ words, length: 2 });
    await expectNoLeak(() => {
      expect(() => encode(['a bald man'])).toThrow('encode: texts may have 2 words, got 3 in "a bald man"');
      expect(() => encode([])).toThrow('encode: texts must be a list of at least one text');
      expect(() => encode('a' as never)).toThrow('encode: texts must be a list of at least one text, got "a"');
      expect(() => decode([[2]] as never)).toThrow('decode: numbers must be [texts, length]');
      const numbers = encode(['a bald']);
      decode(numbers);
      numbers.dispose();
    });
  });
});
