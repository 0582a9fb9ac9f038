import { tf } from '../backend/tf.js';
import { checkWhole, shown } from '../check.js';
import type { Conditions, Given } from '../types.js';
import type { Weights } from './network.js';
import { checkTokens, completeText, textLayer, type TextShape } from './text-encoder.js';

/**
 * What a network is told besides the level, as vectors to add to the level's embedding: for each condition a table with
 * a row for each of its values, and a first one for −1, which asks for nothing.
 * @param options.conditions the number of values of each, by name
 * @param options.embedding the length of a row
 * @param options.gain the variance of all numbers of a row together, at the start: 1 when left out
 * @returns a function that adds the rows of what is given to e, `[batch, embedding]`
 */
export function conditionTables(
  weights: Weights,
  {
    conditions,
    embedding,
    gain = 1,
  }: { conditions: Readonly<Record<string, number>>; embedding: number; gain?: number },
): (e: tf.Tensor2D, given: Given) => tf.Tensor2D {
  const tables = Object.entries(conditions).map(([name, count]) => {
    const rows = weights.normal(`condition.${name}`, [count + 1, embedding], { fanIn: embedding, gain });
    return (given: Given) => {
      const row = tf.oneHot(tf.cast(tf.add(given[name] as tf.Tensor1D, 1), 'int32'), count + 1);
      return tf.matMul(tf.cast(row, 'float32') as tf.Tensor2D, rows as tf.Variable<tf.Rank.R2>);
    };
  });
  return (e, given) => tables.reduce((sum, table) => tf.add(sum, table(given)), e);
}

/** Each condition must have a whole number of values. */
export function checkConditions(caller: string, conditions: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(conditions)) checkWhole(caller, `conditions.${name}`, count);
}

/**
 * What a network is told in words, as vectors to add to the level's embedding: for each text an encoder of its own.
 * @param caller what errors of a call begin with
 */
export function conditionTexts(
  caller: string,
  weights: Weights,
  { text, embedding }: { text: Readonly<Record<string, TextShape>>; embedding: number },
): { conditions: Conditions; add: (e: tf.Tensor2D, given: Given) => tf.Tensor2D } {
  const encoders = Object.entries(text).map(([name, shape]) => {
    const read = textLayer(weights, `text.${name}`, shape, { outputs: embedding, gain: 1 });
    return (given: Given) => {
      const tokens = given[name] as tf.Tensor2D;
      checkTokens(caller, `given.${name}`, tokens, shape);
      return read(tokens);
    };
  });
  return {
    conditions: Object.fromEntries(Object.keys(text).map((name) => [name, Infinity])),
    add: (e, given) => encoders.reduce((sum, encode) => tf.add(sum, encode(given)), e),
  };
}

/** Each text with what its encoder is by default, after a look at it. */
export function completeTexts(
  caller: string,
  text: Readonly<Record<string, Partial<TextShape>>>,
): Readonly<Record<string, TextShape>> {
  if (typeof text !== 'object' || text === null || Array.isArray(text))
    throw new TypeError(`${caller}: text must be an object such as { caption: { words, length } }, got ${shown(text)}`);
  return Object.fromEntries(
    Object.entries(text).map(([name, shape]) => [name, completeText(`${caller}: text.${name}`, shape)]),
  );
}
