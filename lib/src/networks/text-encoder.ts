import { isCompiled } from '../backend/compile/record.js';
import { pure } from '../backend/pure.js';
import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, checkTensor, checkWhole } from '../check.js';
import { checkWords } from '../data/tokenizer.js';
import { attention, checkHeads, forTokens } from './attention.js';
import { checkFourfold, sinusoidalEmbedding } from './embeddings.js';
import { dense } from './layers.js';
import { holdWeights, type Model, Weights } from './network.js';
import { layerNormalization, perceptron } from './token-blocks.js';

/** What a text encoder is made of. */
export interface TextShape {
  /** The words that it knows: those of the {@link tokenizer} whose numbers it takes. */
  words: readonly string[];
  /** The most words of a text. */
  length: number;
  /** Numbers by which a word is known within: a multiple of 4, and of `heads`. */
  width: number;
  /** Blocks of attention and perceptron; 0 makes it a bag of words, which does not know their order. */
  blocks: number;
  /** Heads of each attention. */
  heads: number;
}

/** The shape of a {@link textEncoder}. Words and length are those of its tokenizer; all else has a default. */
export interface TextEncoderConfig extends TextShape {
  kind: 'text-encoder';
  /** Numbers that a text becomes. */
  outputs: number;
  /** Seed of the initial weights. */
  seed: number;
}

/** A network that turns texts into vectors: from int32 `[batch, length]`, as a tokenizer encodes them. */
export interface TextEncoder extends Model {
  (tokens: tf.Tensor2D): tf.Tensor2D;
  readonly config: TextEncoderConfig;
}

const shape: Omit<TextShape, 'words' | 'length'> = { width: 64, blocks: 2, heads: 4 };
const defaults = { kind: 'text-encoder' as const, ...shape, outputs: 64, seed: 1 };

/**
 * Turns texts into vectors. Each word is a row of a table; with `blocks`, words also know their place and attend to
 * each other (Vaswani et al. 2017, arXiv 1706.03762, the encoder, with its normalisations before its layers); the mean
 * over the words goes through a last layer. A text without words is told by the bias of that layer alone.
 *
 * ```ts
 * const { encode, words, length } = tokenizer({ words: captionWords(), length: 32 });
 * const encoder = textEncoder({ words, length, outputs: 16 });
 * const vectors = encoder(encode(['a bald man', 'a man with long hair']));    // [2, 16]
 * const bag = textEncoder({ words, length, blocks: 0 });                      // the order of words is lost
 * ```
 * How many places are left empty behind a text makes no difference.
 * @throws {RangeError | TypeError} when the configuration does not fit together, or, on a call, when tokens are not
 * whole numbers of words that there are, `[batch, length]`
 */
export function textEncoder(
  options: Partial<TextEncoderConfig> & Pick<TextEncoderConfig, 'words' | 'length'>,
): TextEncoder {
  const config: TextEncoderConfig = { ...defaults, ...options };
  checkKnown('textEncoder', config, [...Object.keys(defaults), 'words', 'length']);
  checkChoice('textEncoder', 'kind', config.kind, ['text-encoder']);
  checkText('textEncoder', config);
  checkWhole('textEncoder', 'outputs', config.outputs);
  config.words = [...config.words];
  const weights = new Weights(config.seed);
  const read = textLayer(weights, 'text', config, { outputs: config.outputs, gain: 1 });
  const held = holdWeights('text-encoder', weights);
  const encode = (tokens: tf.Tensor2D) => {
    held.checkThere();
    checkTokens('text-encoder', 'tokens', tokens, config);
    return tf.tidy(() => read(tokens));
  };
  return pure(Object.assign(encode, { config, ...held.parts }));
}

/** The shape of a text encoder with its defaults, after a look at it. */
export function completeText(caller: string, text: Partial<TextShape>): TextShape {
  const complete = { ...shape, ...text } as TextShape;
  checkKnown(caller, complete, ['words', 'length', 'width', 'blocks', 'heads']);
  checkText(caller, complete);
  return { ...complete, words: [...complete.words] };
}

function checkText(caller: string, { words, length, width, blocks, heads }: TextShape): void {
  checkWords(caller, words);
  checkWhole(caller, 'length', length);
  checkFourfold(caller, 'width', width);
  checkWhole(caller, 'blocks', blocks, 0);
  checkHeads(caller, heads, width);
}

/** The layers of a text encoder, with a last one of `outputs` numbers and this gain. */
export function textLayer(
  weights: Weights,
  name: string,
  text: TextShape,
  { outputs, gain }: { outputs: number; gain: number },
): (tokens: tf.Tensor2D) => tf.Tensor2D {
  const { words, length, width, heads } = text;
  const rows = words.length + 2;
  const table = weights.normal(`${name}.words`, [rows, width], { fanIn: 1, gain: 1 }) as tf.Variable<tf.Rank.R2>;
  const blocks = Array.from({ length: text.blocks }, (_, i) => ({
    look: attention(weights, `${name}.block${i}.attention`, { width, heads, gain: 0.1 }),
    think: forTokens(perceptron(weights, `${name}.block${i}`, { width, ratio: 2, gain: 0.1 })),
  }));
  const answer = dense(weights, `${name}.answer`, { inputs: width, outputs, gain });
  return (tokens) => {
    const batch = tokens.shape[0];
    const flat = tf.reshape<tf.Rank.R1>(tf.cast(tokens, 'int32'), [batch * length]);
    const there = tf.cast(tf.greater(tokens, 0), 'float32') as tf.Tensor2D;
    // A product with ones and zeros in the place of a look-up, whose gradient no backend has compiled.
    const picked = tf.matMul(tf.cast(tf.oneHot(flat, rows), 'float32') as tf.Tensor2D, table);
    let h = tf.reshape<tf.Rank.R3>(picked, [batch, length, width]);
    if (blocks.length > 0) h = tf.add(h, tf.reshape(places(length, width), [1, length, width]));
    for (const { look, think } of blocks) {
      h = tf.add(h, look(layerNormalization(h), there));
      h = tf.add(h, think(layerNormalization(h)));
    }
    if (blocks.length > 0) h = layerNormalization(h);
    const column = tf.reshape(there, [batch, length, 1]);
    const count = tf.maximum(tf.sum(there, 1, true), 1);
    return answer(tf.div(tf.sum(tf.mul(h, column), 1), count) as tf.Tensor2D);
  };
}

/** The places of words as waves. */
function places(length: number, width: number): tf.Tensor2D {
  return sinusoidalEmbedding(tf.div(tf.range(0, length), 1000), width);
}

/** Tokens must be whole numbers of words that there are, `[batch, length]`; they are not read in a recording. */
export function checkTokens(
  caller: string,
  name: string,
  tokens: tf.Tensor,
  { words, length }: Pick<TextShape, 'words' | 'length'>,
  batch = tokens instanceof tf.Tensor ? tokens.shape[0] : 0,
): void {
  checkTensor(caller, name, tokens, [batch, length]);
  if (isCompiled()) return;
  const values = tokens.dataSync();
  const most = words.length + 1;
  const at = values.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value <= most));
  if (at >= 0)
    throw new RangeError(
      `${caller}: ${name} must hold whole numbers from 0 to ${most}, as its tokenizer makes them, ` +
        `got ${values[at]} in text ${Math.floor(at / length)}`,
    );
}
