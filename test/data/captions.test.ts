import { beforeAll, describe, expect, it } from 'vitest';
import {
  captionWords,
  faceAttributes,
  faceCaption,
  type FaceSet,
  loadFaces,
  Random,
  ready,
  someAttributes,
  wordsOf,
} from 'naive-diffusion';

let faces: FaceSet;
beforeAll(async () => {
  await ready();
  faces = await loadFaces({ split: 'all', limit: 300 });
});

const captions = (wordings: 'seen' | 'held-out', count = 3000) => {
  const random = new Random(5);
  return Array.from({ length: count }, (_, i) => {
    const values = someAttributes(faces.describe(i % faces.length), random);
    return { values, text: faceCaption(values, { random, wordings }) };
  });
};

describe('faceCaption', () => {
  it('knows the attributes and values of the faces', () => {
    const random = new Random(1);
    for (const name of faceAttributes)
      for (const value of faces.vocabulary[name]) faceCaption({ [name]: value }, { random });
  });

  it('says the same with the same random numbers', () => {
    expect(captions('seen', 50)).toEqual(captions('seen', 50));
  });

  it('has all words that seen captions are made of in captionWords, and no others', () => {
    const used = new Set(captions('seen').flatMap(({ text }) => wordsOf(text)));
    expect([...used].sort()).toEqual(captionWords());
  });

  it('says each value that is held out in another way, in words that all are known', () => {
    const known = new Set(captionWords());
    const phrase = (text: string) => text.replace(/\b(man|person|face)\b/, '');
    const random = new Random(2);
    const seen = new Set<string>();
    for (const name of faceAttributes)
      for (const value of faces.vocabulary[name])
        for (let i = 0; i < 200; i++) seen.add(phrase(faceCaption({ [name]: value }, { random })));
    for (const name of faceAttributes)
      for (const value of faces.vocabulary[name])
        for (let i = 0; i < 50; i++) {
          const text = faceCaption({ [name]: value }, { random, wordings: 'held-out' });
          expect(seen.has(phrase(text)), text).toBe(false);
          for (const word of wordsOf(text)) expect(known.has(word), `${word} of "${text}"`).toBe(true);
        }
  });

  it('has at most 32 words, and says "an" before a vowel', () => {
    for (const { text } of [...captions('seen'), ...captions('held-out')]) {
      expect(wordsOf(text).length, text).toBeLessThanOrEqual(32);
      expect(text).not.toMatch(/\ba [aeiou]/);
      expect(text).not.toMatch(/[{}[\]]|undefined/);
    }
  });

  it('says nothing of what is not named, and contradicts itself where it is told to', () => {
    const random = new Random(3);
    for (let i = 0; i < 20; i++) {
      expect(faceCaption({}, { random })).toMatch(/^a (man|person|face)$/);
      expect(faceCaption({ hair: 'bald', hairColor: 'black' }, { random })).toMatch(
        /(bald|hairless|no hair).*black|black.*(bald|hairless|no hair)/,
      );
    }
  });

  it('refuses attributes and values that there are not', () => {
    const random = new Random(1);
    expect(() => faceCaption({ hat: 'red' } as never, { random })).toThrow("attributes must be 'background', 'skin'");
    expect(() => faceCaption({ hair: 'green' }, { random })).toThrow(
      "faceCaption: hair must be 'bald', 'short', 'curly' or 'long', got 'green'",
    );
    expect(() => faceCaption({}, { random: 1 as never })).toThrow('faceCaption: random must be a Random, got 1');
    expect(() => faceCaption({}, { random, wordings: 'new' as never })).toThrow(
      "wordings must be 'seen' or 'held-out', got 'new'",
    );
    expect(() => faceCaption(undefined as never, { random })).toThrow('faceCaption: values must be an object');
  });
});

describe('someAttributes', () => {
  it('takes all numbers of attributes alike, and no hair colour of bald faces', () => {
    const random = new Random(4);
    const counts = new Array<number>(7).fill(0);
    const face = { ...faces.describe(0), hair: 'short' };
    for (let i = 0; i < 7000; i++) counts[Object.keys(someAttributes(face, random)).length]++;
    // The deviation of each is √(7000·1/7·6/7) = 29.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    for (let i = 0; i < 300; i++)
      expect(someAttributes({ ...face, hair: 'bald' }, random)).not.toHaveProperty('hairColor');
  });
});
