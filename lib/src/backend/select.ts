import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util from 'node:util';
import { findFused } from './fused.js';
import { nativeBackend } from './native-op.js';
import { processorQuota } from './quota.js';
import { tf } from './tf.js';

/** What runs the tensors. */
export interface BackendInfo {
  /**
   * `native`: TensorFlow itself; `wasm`: WebAssembly, some 30 times slower; `cpu`: plain JavaScript, some 1,000 times
   * slower.
   */
  name: 'native' | 'wasm' | 'cpu';
  /** Version of the TensorFlow library, where it is native. */
  tensorflow?: string;
  /** Version of TensorFlow.js. */
  tfjs: string;
  /** Threads that one operation may use. */
  threads: number;
  device: 'CPU' | 'GPU';
  /** Version of naive-diffusion. */
  library: string;
}

const names = ['native', 'wasm', 'cpu'] as const;
let choosing: Promise<BackendInfo> | undefined;
let chosen: BackendInfo | undefined;

/**
 * Chooses and starts what runs the tensors; await it before the first tensor is made. It takes TensorFlow itself if
 * that is installed, and else WebAssembly, saying so once. Later calls return the same choice.
 *
 * ```ts
 * await ready();
 * ```
 * @param options.backend insists on one backend, as does the environment variable `NAIVE_DIFFUSION_BACKEND`
 * @throws {Error} when that backend cannot be had, when another has been started before, or when none can be started;
 * the message says what to do
 */
export async function ready(options: { backend?: BackendInfo['name'] } = {}): Promise<BackendInfo> {
  const wanted = options.backend ?? process.env.NAIVE_DIFFUSION_BACKEND ?? '';
  if (wanted !== '' && !names.includes(wanted as BackendInfo['name'])) {
    const source = options.backend === undefined ? 'NAIVE_DIFFUSION_BACKEND' : 'backend';
    throw new RangeError(`ready: ${source} must be one of ${names.join(', ')}, got '${wanted}'`);
  }
  choosing ??= start(wanted as BackendInfo['name'] | '').catch((error: unknown) => {
    choosing = undefined; // what was wrong may be mended, and ready() called again
    throw error;
  });
  const info = await choosing;
  if (options.backend && options.backend !== info.name) {
    throw new Error(
      `ready: backend must be '${info.name}', which is running already, got '${options.backend}'; restart to change it`,
    );
  }
  return info;
}

/**
 * What runs the tensors, in one line, for the first cell of a chapter.
 * @throws {Error} before `ready()` has been awaited
 */
export function describeBackend(): string {
  const { name, tensorflow, tfjs, threads, device, library } = running('describeBackend');
  const engine = { native: `TensorFlow ${tensorflow}`, wasm: 'WebAssembly', cpu: 'plain JavaScript' }[name];
  const note = isQuick() ? ' · QUICK budgets' : '';
  return `naive-diffusion ${library} · ${engine} on the ${device}, ${threads} ${threads === 1 ? 'thread' : 'threads'} · TensorFlow.js ${tfjs}${note}`;
}

/**
 * Whether chapters shrink their budgets: with `QUICK=1` in the environment, and where there is no native backend
 * (unless `QUICK=0`).
 * @throws {Error} before `ready()` has been awaited, unless `QUICK` is set
 */
export function isQuick(): boolean {
  const { QUICK } = process.env;
  if (QUICK) return QUICK !== '0';
  return running('isQuick').name !== 'native';
}

/** `full`, or `quick` where {@link isQuick}: for numbers of steps, of images, of samples, and for lists of such. */
export function budget<T>(full: T, quick: T): T {
  return isQuick() ? quick : full;
}

function running(caller: string): BackendInfo {
  if (!chosen) throw new Error(`${caller}: call \`await ready()\` first`);
  return chosen;
}

async function start(wanted: BackendInfo['name'] | ''): Promise<BackendInfo> {
  tf.enableProdMode(); // no checks for NaN after every operation, no advertisement
  let obstacle: Error | undefined;
  if (wanted === '' || wanted === 'native') {
    try {
      return finish('native', startNative());
    } catch (error) {
      obstacle = explain(error);
      if (wanted === 'native') throw obstacle;
    }
  }
  if (wanted === 'cpu') {
    await tf.setBackend('cpu');
    return finish('cpu', { threads: 1, device: 'CPU' });
  }
  const info = finish('wasm', await startWasm(obstacle));
  if (obstacle) console.warn(`${obstacle.message}\nUntil then: WebAssembly, some 30 times slower, with QUICK budgets.`);
  return info;
}

function finish(name: BackendInfo['name'], rest: Omit<BackendInfo, 'name' | 'tfjs' | 'library'>): BackendInfo {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  chosen = Object.freeze({ name, ...rest, tfjs: tf.version.tfjs, library: version });
  return chosen;
}

function startNative() {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'; // take a card's memory as it is needed
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || allowedThreads();
  if (threads < availableParallelism()) process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  // The binding's JavaScript calls a function that Node 23 removed.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) =>
    value === null || value === undefined;
  createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu'); // registers its backend, and makes it the current one
  const backend = nativeBackend();
  const device: BackendInfo['device'] = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  if (device === 'CPU' && existsSync('/proc/driver/nvidia/version') && process.env.CUDA_VISIBLE_DEVICES === undefined) {
    console.warn(
      'naive-diffusion: this machine has an NVIDIA driver, but TensorFlow runs on the CPU. `npm run native -- --gpu` ' +
        'builds the CUDA version; if that was done, CUDA libraries are missing: start with TF_CPP_MIN_LOG_LEVEL=0 to see which. ' +
        'Set CUDA_VISIBLE_DEVICES to an empty string to stay on the CPU without this notice.',
    );
  }
  findFused();
  return { tensorflow: backend.binding.TF_Version, threads, device };
}

/** One for each core, or as many as a container may use. */
function allowedThreads(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(processorQuota() ?? Infinity)));
}

async function startWasm(obstacle: Error | undefined) {
  try {
    const { completeWasm, wasmThreads } = await import('./wasm.js');
    completeWasm();
    if (!(await tf.setBackend('wasm'))) throw new Error('it did not start');
    return { threads: wasmThreads(), device: 'CPU' as const };
  } catch (error) {
    throw new Error(
      `naive-diffusion: no backend can be started. ${obstacle?.message ?? ''}\nWebAssembly: ${(error as Error).message}\n` +
        'As a last resort, NAIVE_DIFFUSION_BACKEND=cpu runs in plain JavaScript, some 1,000 times slower.',
      { cause: error },
    );
  }
}

/** What is wrong with the native backend, and what to do about it. */
function explain(error: unknown): Error {
  const { message, code } = error as Error & { code?: string };
  const first = message.split('\n', 1)[0];
  const [library] = /lib(cu|nv|nccl)[^\s:]*\.so[^\s:]*/.exec(message) ?? [];
  const text = library
    ? `TensorFlow's CUDA version lacks ${library}: install that part of CUDA, or \`npm run native -- --cpu\` for the CPU`
    : code === 'ERR_DLOPEN_FAILED'
      ? `the native TensorFlow backend cannot be loaded (${first}): \`npm run native\` builds it again`
      : /can not be found|Cannot find module/.test(message)
        ? 'the native TensorFlow backend is not built: `npm run native` builds it'
        : `the native TensorFlow backend does not start (${first}): \`npm run native\` builds it again`;
  return new Error(`naive-diffusion: ${text}.`, { cause: error });
}
