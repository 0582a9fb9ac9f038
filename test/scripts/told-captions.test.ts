import { beforeAll, describe, expect, it } from 'vitest';
import { faceCaption, type FaceSet, loadFaces, Random, ready, textEncoder, tf, tokenizer } from 'naive-diffusion';
import { heldOutWordings, otherwise, roughly } from '../../scripts/recipes/captioned/hearing.ts';
import { imagined, inManyWords, tell } from '../../scripts/recipes/captioned/telling.ts';
import { understood } from '../../scripts/recipes/captioned/understood.ts';
import { attributeValues, numbersOf, shape } from '../../scripts/recipes/captioned/words.ts';
import { expectNoLeak } from '../support.js';

let faces: FaceSet;
beforeAll(async () => {
  await ready();
  faces = await loadFaces({ limit: 500 });
});

/** What the encoder of captioned-faces hears at school. */
function heardAtSchool(count: number): string[] {
  const random = new Random(3);
  const heldOut = heldOutWordings(faces);
  return Array.from({ length: count }, () => {
    const caption = faceCaption(imagined(faces, random), { random });
    return roughly(otherwise(caption, random), { heldOut, random });
  });
}

describe('captions that models learn from', () => {
  it('have no wording that is held out', () => {
    const heldOut = heldOutWordings(faces);
    for (const wording of ['without a beard', 'who has no beard', 'without hair', 'with spectacles'])
      expect(heldOut).toContain(wording);
    const batch = { indices: Int32Array.from({ length: 500 }, (_, i) => i) };
    const manner = inManyWords(faces);
    const told = [0, 1, 2, 3].flatMap((epoch) => tell(faces, { ...batch, epoch } as never, manner).captions);
    for (const caption of [...heardAtSchool(20_000), ...told])
      for (const wording of heldOut) expect(` ${caption} `.includes(` ${wording} `), caption).toBe(false);
  });

  it('have negations of more things than glasses', () => {
    const heard = heardAtSchool(5000).join('\n');
    for (const negation of ['without a moustache', 'without goatee', 'who has no moustache', 'no a beard'])
      expect(heard).toContain(negation);
  });

  it('say of a face the same in the same epoch, and more in another', () => {
    const manner = inManyWords(faces);
    const batch = (epoch: number) => tell(faces, { indices: Int32Array.of(1, 2, 3, 4), epoch } as never, manner);
    expect(batch(5)).toEqual(batch(5));
    expect(batch(5)).not.toEqual(batch(6));
    for (const { said, captions, lists } of [batch(5), batch(6)])
      for (const [i, some] of said.entries()) {
        const isList = Object.keys(lists[i]).length > 0;
        expect(lists[i]).toEqual(isList ? some : {});
        expect(captions[i] === '').toBe(isList || Object.keys(some).length === 0);
      }
  });
});

describe('understood', () => {
  it('counts all of what is read as wanted, and of what says nothing none', async () => {
    await expectNoLeak(() => {
      const wanted = (all: Record<string, string>[]) =>
        tf.tidy(() =>
          tf.concat2d(
            Object.entries(attributeValues).map(([name, count]) => {
              const numbers = tf.tensor1d(numbersOf(faces, all, name as 'hair'), 'int32');
              return tf.cast(tf.oneHot(numbers, count), 'float32') as tf.Tensor2D;
            }),
            1,
          ),
        );
      const perfect = { wanted, read: () => tf.tile(tf.eye(30), [1, 60]).reshape([1800, 30]) as tf.Tensor2D };
      expect(understood(faces, 'seen', perfect)).toEqual({ right: 1800, of: 1800 });
      const silent = { wanted, read: () => tf.zeros([1800, 30]) as tf.Tensor2D };
      expect(understood(faces, 'held-out', silent)).toEqual({ right: 0, of: 1800 });
    });
  });

  it('finds an encoder that has learnt nothing at a loss', async () => {
    await expectNoLeak(() => {
      const encoder = textEncoder({ ...shape, outputs: 8 });
      const { encode } = tokenizer(shape);
      const read = (captions: string[]) => tf.tidy(() => encoder(encode(captions)));
      const wanted = (all: object[]) => tf.randomNormal([all.length, 8], 0, 1, 'float32', 1) as tf.Tensor2D;
      expect(understood(faces, 'seen', { wanted, read }).right).toBeLessThan(300);
      encoder.dispose();
    });
  });
});
