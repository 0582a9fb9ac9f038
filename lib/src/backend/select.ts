import { environment } from '#platform/environment.js';
import { webglRenderer } from '#platform/graphics.js';
import { explainNative, idleGpu, loadNative, mayBeNative } from '#platform/native.js';
import { version } from '../version.js';
import { warnOfCopies } from './copies.js';
import { findFused } from './fused.js';
import { nativeBackend } from './native-op.js';
import { tf } from './tf.js';

/** What runs the tensors. */
export interface BackendInfo {
  /**
   * `native`: TensorFlow itself; `wasm`: WebAssembly, some 30 times slower; `webgl`, `webgpu`: a page's graphics card;
   * `cpu`: plain JavaScript, some 1,000 times slower.
   */
  name: 'native' | 'wasm' | 'webgl' | 'webgpu' | 'cpu';
  /** Why it was chosen, in a few words. */
  why: string;
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

type Name = BackendInfo['name'];
const names: readonly Name[] = ['native', 'wasm', 'webgl', 'webgpu', 'cpu'];
let choosing: Promise<BackendInfo> | undefined;
let chosen: BackendInfo | undefined;

/**
 * Chooses and starts what runs the tensors; await it before the first tensor is made. In Node it takes TensorFlow
 * itself if that is installed, and else WebAssembly, saying so once. In a page it takes WebGL where a graphics card
 * draws, with numbers of 32 bits, and else WebAssembly. WebGPU must be asked for, and its package imported before:
 * `import '@tensorflow/tfjs-backend-webgpu'`. Later calls return the same choice, which says {@link BackendInfo.why}.
 *
 * ```ts
 * await ready();
 * ```
 * @param options.backend insists on one backend, as does the environment variable `NAIVE_DIFFUSION_BACKEND`
 * @throws {Error} when that backend cannot be had, when another has been started before, or when none can be started;
 * the message says what to do
 */
export async function ready(options: { backend?: Name } = {}): Promise<BackendInfo> {
  const wanted = options.backend ?? environment('NAIVE_DIFFUSION_BACKEND') ?? '';
  const source = options.backend === undefined ? 'NAIVE_DIFFUSION_BACKEND' : 'backend';
  if (wanted !== '' && !names.includes(wanted as Name))
    throw new RangeError(`ready: ${source} must be one of ${names.join(', ')}, got '${wanted}'`);
  choosing ??= start(wanted as Name | '', source).catch((error: unknown) => {
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
  const engine = {
    native: `TensorFlow ${tensorflow}`,
    wasm: 'WebAssembly',
    webgl: 'WebGL',
    webgpu: 'WebGPU',
    cpu: 'plain JavaScript',
  }[name];
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

/** How a backend is started; what it returns is true of it then. */
type Start = () => Started | Promise<Started>;
type Started = Pick<BackendInfo, 'tensorflow' | 'threads' | 'device'>;
const starts: Record<Name, Start> = {
  native: startNative,
  wasm: startWasm,
  webgl: startWebgl,
  webgpu: startWebgpu,
  cpu: async () => {
    await tf.setBackend('cpu');
    return { threads: 1, device: 'CPU' };
  },
};

async function start(wanted: Name | '', source: string): Promise<BackendInfo> {
  tf.enableProdMode(); // no checks for NaN after every operation, no advertisement
  if (wanted !== '') return finish(wanted, `${source} asks for it`, await starts[wanted]());
  return mayBeNative ? nativeOrWasm() : webglOrWasm();
}

async function nativeOrWasm(): Promise<BackendInfo> {
  let obstacle: Error;
  try {
    return finish('native', 'TensorFlow is installed', startNative());
  } catch (error) {
    obstacle = error as Error;
  }
  const info = finish('wasm', obstacle.message, await orNone(startWasm, obstacle));
  console.warn(`${obstacle.message}\nUntil then: WebAssembly, some 30 times slower, with QUICK budgets.`);
  return info;
}

async function webglOrWasm(): Promise<BackendInfo> {
  let obstacle = webglObstacle();
  if (obstacle === undefined) {
    try {
      return finish('webgl', `the graphics card is ${webglRenderer()}`, await startWebgl());
    } catch (error) {
      obstacle = (error as Error).message;
    }
  }
  return finish('wasm', obstacle, await orNone(startWasm, new Error(`WebGL: ${obstacle}.`)));
}

function finish(name: Name, why: string, rest: Started): BackendInfo {
  warnOfCopies();
  chosen = Object.freeze({ name, why, ...rest, tfjs: tf.version.tfjs, library: version });
  return chosen;
}

function startNative(): Started {
  try {
    const threads = loadNative();
    const backend = nativeBackend();
    const device = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
    const idle = device === 'CPU' ? idleGpu() : undefined;
    if (idle) console.warn(idle);
    findFused();
    return { tensorflow: backend.binding.TF_Version, threads, device };
  } catch (error) {
    throw explainNative(error);
  }
}

async function startWasm(): Promise<Started> {
  const { completeWasm, wasmThreads } = await import('./wasm.js');
  completeWasm();
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly did not start');
  return { threads: wasmThreads(), device: 'CPU' };
}

/** Why WebGL would not be chosen; nothing where it would. */
function webglObstacle(): string | undefined {
  const renderer = webglRenderer();
  if (renderer === undefined) return 'there is no WebGL 2 here';
  if (/swiftshader|llvmpipe|software|basic render/i.test(renderer))
    return `graphics are drawn by software (${renderer})`;
  if (!tf.env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE')) return `${renderer} draws with numbers of fewer than 32 bits`;
  return undefined;
}

async function startWebgl(): Promise<Started> {
  if (webglRenderer() === undefined) throw new Error('ready: webgl needs a page in a browser with WebGL 2');
  if (!(await tf.setBackend('webgl'))) throw new Error('ready: WebGL did not start');
  return { threads: 1, device: 'GPU' };
}

async function startWebgpu(): Promise<Started> {
  if (!tf.findBackendFactory('webgpu'))
    throw new Error("ready: webgpu needs its package: import '@tensorflow/tfjs-backend-webgpu' before");
  if (!(await tf.setBackend('webgpu'))) throw new Error('ready: WebGPU did not start');
  return { threads: 1, device: 'GPU' };
}

/** What comes of the last choice, or an error that also says why it was the last. */
async function orNone(last: Start, obstacle: Error): Promise<Started> {
  try {
    return await last();
  } catch (error) {
    throw new Error(
      `naive-diffusion: no backend can be started. ${obstacle.message}\nWebAssembly: ${(error as Error).message}\n` +
        'As a last resort, NAIVE_DIFFUSION_BACKEND=cpu runs in plain JavaScript, some 1,000 times slower.',
      { cause: error },
    );
  }
}
