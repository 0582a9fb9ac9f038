import { environment } from '#platform/environment.js';
import { explainNative, hasIdleGpu, loadNative } from '#platform/native.js';
import { findFused } from './fused.js';
import { nativeBackend } from './native-op.js';
import { version } from '../version.js';
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
  const wanted = options.backend ?? environment('NAIVE_DIFFUSION_BACKEND') ?? '';
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
  const quick = environment('QUICK');
  if (quick) return quick !== '0';
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
      obstacle = explainNative(error);
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
  chosen = Object.freeze({ name, ...rest, tfjs: tf.version.tfjs, library: version });
  return chosen;
}

function startNative() {
  const threads = loadNative();
  const backend = nativeBackend();
  const device: BackendInfo['device'] = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  if (device === 'CPU' && hasIdleGpu()) {
    console.warn(
      'naive-diffusion: this machine has an NVIDIA driver, but TensorFlow runs on the CPU. `npm run native -- --gpu` ' +
        'builds the CUDA version; if that was done, CUDA libraries are missing: start with TF_CPP_MIN_LOG_LEVEL=0 to see which. ' +
        'Set CUDA_VISIBLE_DEVICES to an empty string to stay on the CPU without this notice.',
    );
  }
  findFused();
  return { tensorflow: backend.binding.TF_Version, threads, device };
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
