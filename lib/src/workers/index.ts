/**
 * Several processes, on one machine or on many, train one model together: each computes a share of every batch, and
 * TensorFlow's own distributed runtime adds up their gradients.
 */
import { isNative } from '../backend/native-op.js';
import { ready } from '../backend/select.js';
import { checkNumber, checkWhole } from '../check.js';
import { checkApart, readAddresses, waitForAll, written } from './addresses.js';
import { Alone } from './alone.js';
import { Cluster } from './cluster.js';
import type { Workers } from './workers.js';

export { WorkerLost } from './cluster.js';
export type { Traffic, Workers } from './workers.js';

/** Options of {@link join}. */
export interface JoinOptions {
  /**
   * Where each process listens, in the order of their tasks, the same list for all: `host:port`, or a port alone, which
   * is one of this machine that no other machine reaches. No two may be the same, in whatever way they are written.
   */
  workers: readonly string[];
  /** Which of them this process is, from 0. */
  task: number;
  /**
   * For how many seconds this process waits for others: to come, to answer, and to reach the same point. 60 by default.
   * One that answers that it is gone ends all within about a second.
   */
  timeout?: number;
}

let joined = false;

/**
 * Joins the other processes that train a model with this one, in the place of `ready()`: call it before the first
 * tensor is made, and once. It returns when all of them are there.
 *
 * ```ts
 * const workers = await join({ workers: ['10.0.0.1:4000', '10.0.0.2:4000'], task: 0 });
 * for await (const { loss } of trainDenoiser({ network, data, degradation: binomial(), steps: 1000, workers })) …
 * await workers.leave();
 * ```
 * **Nobody is asked for a password, and nothing is encrypted**: whoever reaches the address can read what is sent, and
 * can make this process compute. It listens at its own address of the list and at no other; let that be one of a
 * network in which you trust everybody.
 * @throws {TypeError | RangeError} at once, when an option is not what it must be
 * @throws {Error} when TensorFlow runs already, cannot listen there, or when others do not come in time
 */
export async function join(options: JoinOptions): Promise<Workers> {
  const { workers, task, timeout = 60 } = options;
  const addresses = readAddresses('join', workers);
  checkWhole('join', 'task', task, 0);
  if (task >= addresses.length)
    throw new RangeError(`join: task must be below ${addresses.length}, the number of workers, got ${task}`);
  checkNumber('join', 'timeout', timeout, (n) => Number.isInteger(n) && n >= 1, 'be a whole number of seconds');
  await checkApart('join', addresses);
  if (joined) throw new Error('join: this process has joined already, which it can do once');
  if (isNative()) throw new Error('join: TensorFlow runs already; call join() first, in the place of ready()');
  joined = true;
  const texts = addresses.map(written);
  if (texts.length === 1) {
    await ready({ backend: 'native' });
    return new Alone(texts);
  }
  const set = { WORKERS: texts.join(','), TASK: task, TIMEOUT: timeout };
  // lib/native/workers.cc reads them when TensorFlow is loaded.
  for (const [name, value] of Object.entries(set)) process.env[`NAIVE_DIFFUSION_${name}`] = String(value);
  // What TensorFlow says of broken connections, at length, is said in a sentence here.
  if ((process.env.TF_CPP_MIN_LOG_LEVEL ?? '2') === '2') process.env.TF_CPP_MIN_LOG_LEVEL = '3';
  process.env.no_grpc_proxy ??= addresses.map(({ host }) => host).join(',');
  await ready({ backend: 'native' });
  const cluster = Cluster.begin({ addresses: texts, task, timeout });
  await waitForAll('join', addresses, task, timeout);
  cluster.meet();
  return cluster;
}
