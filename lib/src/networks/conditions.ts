import { tf } from '../backend/tf.js';
import { checkWhole } from '../check.js';
import type { Given } from '../types.js';
import type { Weights } from './network.js';

/**
 * What a network is told besides the level, as vectors to add to the level's embedding: for each condition a table with
 * a row for each of its values, and a first one for −1, which asks for nothing.
 * @param options.conditions the number of values of each, by name
 * @param options.embedding the length of a row
 * @returns a function that adds the rows of what is given to e, `[batch, embedding]`
 */
export function conditionTables(
  weights: Weights,
  { conditions, embedding }: { conditions: Readonly<Record<string, number>>; embedding: number },
): (e: tf.Tensor2D, given: Given) => tf.Tensor2D {
  const tables = Object.entries(conditions).map(([name, count]) => {
    const rows = weights.normal(`condition.${name}`, [count + 1, embedding], { fanIn: embedding, gain: 1 });
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
