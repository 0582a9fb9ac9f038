import { tf } from '../backend/tf.js';
import { checkChoice, checkKnown, shown } from '../check.js';
import { checkBelongs } from '../degradations/belonging.js';
import { checkComesBack } from '../degradations/comes-back.js';
import { degradations } from '../degradations/registry.js';
import { checkPlain, checkPlainObject } from '../plain.js';
import type { Degradation, Denoiser, Spec, Target } from '../types.js';
import { codecs } from './codec.js';
import { denoiser } from './denoiser.js';
import { withoutDrawing, type Model, type Network } from './network.js';
import { networks } from './registry.js';
import { readSafetensorsAs, writeSafetensors } from './safetensors.js';
import { targets } from './targets.js';
import { assignWeights, readWeights } from './weights-file.js';

/** The version of the layout of checkpoints; a file of another one is refused. */
const FORMAT = 2;

/** How a trained model is made and used, as plain data: each part a spec that a registry makes. */
export interface Card {
  /** What builds the network, or the codec. */
  readonly network: Spec;
  /** What it undoes. */
  readonly degradation?: Spec;
  /** What it was asked for: the clean images when left out. */
  readonly target?: Spec;
  /** How to make images with it; absent where it is not made for that. */
  readonly sampler?: Spec;
}

/** What a checkpoint holds. Its network is the caller's to dispose of. */
export interface Checkpoint<M extends Model = Network> {
  /** The network, rebuilt from the file alone. */
  readonly network: M;
  /** Guesses the clean images with it; absent where the network was asked for something else, as that of chapter 4. */
  readonly denoise?: Denoiser;
  /** What the network undoes, where the card says it. */
  readonly degradation?: Degradation;
  readonly card: Card;
  /** What else was written: seed, steps, data, loss. */
  readonly notes: Record<string, unknown>;
}

/** Options of {@link saveCheckpoint}. */
export interface SavingOptions {
  /** What the network undoes. */
  degradation?: Degradation | Spec;
  /** What it was asked for. */
  target?: Target | Spec;
  /** How to make images with it, such as `{ kind: 'denoise-renoise', steps: 64 }`. */
  sampler?: Spec;
  /** `half` (the default) for a file to ship, `single` to lose nothing. */
  precision?: 'half' | 'single';
  /** Anything else that JSON can hold, to travel along. */
  notes?: Record<string, unknown>;
}

/**
 * Saves a network with its card: its weights in safetensors format, and inside, what it takes to use them again. A
 * failed write leaves an older file of the same name as it was.
 *
 * ```ts
 * const sampler = { kind: 'denoise-renoise', steps: 64 };
 * await saveCheckpoint('mine.safetensors', network, { degradation: blur(), sampler });
 * const { denoise } = await loadCheckpoint('mine.safetensors');
 * ```
 * What is in `networks` or in `codecs` can be loaded again.
 * @throws {TypeError} for an option that there is not, when degradation or target have no spec that could make them
 * again, when the target was made for another degradation, when the degradation would come back as another one, or when
 * what is to travel along is no plain data
 * @throws {Error} naming the path, when a weight is not finite or the file cannot be written
 */
export async function saveCheckpoint(path: string, network: Model, options: SavingOptions = {}): Promise<void> {
  checkKnown('saveCheckpoint', options, ['degradation', 'target', 'sampler', 'precision', 'notes']);
  const { degradation, target, sampler, precision = 'half', notes = {} } = options;
  checkChoice('saveCheckpoint', 'precision', precision, ['half', 'single']);
  if (typeof path !== 'string') throw new TypeError(`saveCheckpoint: path must be a text, got ${shown(path)}`);
  if (typeof network?.config?.kind !== 'string' || !network.parameters)
    throw new TypeError(`saveCheckpoint: network must have a config and parameters, got ${shown(network)}`);
  const card: Card = {
    network: network.config,
    ...(degradation && { degradation: specOf('degradation', degradation) }),
    ...(target && { target: specOf('target', target) }),
    ...(sampler && { sampler: specOf('sampler', sampler) }),
  };
  for (const [name, part] of Object.entries(card)) checkPlain('saveCheckpoint', name, part);
  checkPlainObject('saveCheckpoint', 'notes', notes);
  await checkTarget(target, degradation);
  const { shape } = network as Partial<Network>;
  if (degradation && 'at' in degradation && shape)
    await checkComesBack('saveCheckpoint', degradation as Degradation, shape);
  for (const [name, weight] of Object.entries(network.parameters)) checkWeight(path, name, weight);
  const metadata = { format: String(FORMAT), card: JSON.stringify(card), notes: JSON.stringify(notes) };
  writeSafetensors(path, { tensors: await readWeights(network.parameters), metadata }, { precision });
}

/**
 * Loads a checkpoint: builds its network or codec, fills in the weights, and makes what its card names.
 * @throws {Error} naming the file, when it is damaged, no checkpoint, of another format, when its weights do not fit
 * its network, or when it names something that has not been defined
 */
export async function loadCheckpoint<M extends Model = Network>(path: string): Promise<Checkpoint<M>> {
  const { tensors, metadata } = await readSafetensorsAs('loadCheckpoint', path);
  if (metadata.card === undefined && metadata.config === undefined)
    throw new Error(`${path}: not a checkpoint of this library: it has no card that says how to build a network`);
  if (metadata.format !== String(FORMAT))
    throw new Error(`${path}: format ${metadata.format}, this version of the library reads format ${FORMAT} alone`);
  const card = parse(path, 'card', metadata.card) as unknown as Card;
  const notes = parse(path, 'notes', metadata.notes ?? '{}');
  const isCodec = codecs.kinds.includes(card.network?.kind) && !networks.kinds.includes(card.network.kind);
  const registry = isCodec ? codecs : networks;
  const network = await naming<Model>(path, () => withoutDrawing(() => registry.make(card.network)));
  try {
    assignWeights(network.parameters, tensors, path);
    return await naming(path, () => checkpointOf(network as M, card, notes));
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** A network with what its card names. */
export async function checkpointOf<M extends Model>(
  network: M,
  card: Card,
  notes: Record<string, unknown> = {},
): Promise<Checkpoint<M>> {
  const degradation = card.degradation && (await degradations.make(card.degradation));
  const asksForImages = card.target !== undefined || card.degradation !== undefined;
  const target = asksForImages && (await targets.make(card.target ?? { kind: 'clean' }, degradation));
  const isNetwork = typeof network === 'function' && 'conditions' in network;
  return {
    network,
    card,
    notes,
    ...(degradation && { degradation }),
    ...(target && isNetwork && { denoise: denoiser(network as unknown as Network, { target }) }),
  };
}

function specOf(what: string, part: { spec?: Spec } | Spec): Spec {
  const spec = isSpec(part) ? part : (Object(part) as { spec?: Spec }).spec;
  if (typeof spec?.kind === 'string') return spec;
  const call = typeof part === 'function' ? ': call it' : '';
  throw new TypeError(
    `saveCheckpoint: ${what} must have a spec, plain data that makes it again under a kind that is defined, ` +
      `got ${shown(part)}${call}`,
  );
}

function isSpec(part: { spec?: Spec } | Spec): part is Spec {
  return typeof part === 'object' && part !== null && 'kind' in part;
}

/** A target must be made for the degradation that travels with it. */
async function checkTarget(target?: Target | Spec, degradation?: Degradation | Spec): Promise<void> {
  if (!target) return;
  if (!isSpec(target)) {
    const used = degradation && isSpec(degradation) ? { spec: degradation } : degradation;
    checkBelongs('saveCheckpoint', 'target', target.degradation, used);
    return;
  }
  if (!targets.kinds.includes(target.kind)) return; // it may be defined where it is loaded
  if (degradation && isSpec(degradation) && !degradations.kinds.includes(degradation.kind)) return;
  const used = degradation && isSpec(degradation) ? await degradations.make(degradation) : degradation;
  await naming('saveCheckpoint', async () => targets.make(target, used));
}

function checkWeight(path: string, name: string, weight: tf.Tensor): void {
  if (weight.isDisposed) throw new Error(`saveCheckpoint: ${path}: the weight ${name} has been disposed of`);
  const finite = tf.tidy(() => tf.all(tf.isFinite(weight)).dataSync()[0] === 1);
  if (!finite) throw new Error(`saveCheckpoint: ${path}: the weight ${name} must hold finite numbers, got others`);
}

function parse(path: string, what: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${path}: its ${what} is not JSON`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${path}: its ${what} must be an object, got ${JSON.stringify(value)}`);
}

/** Errors of `make` begin with the path. */
async function naming<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
