import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { processorQuota } from './quota.js';

/** Whether native TensorFlow may be there to be loaded. */
export const mayBeNative: boolean = true;

/**
 * Loads TensorFlow's own library: this registers its backend, and makes it the current one.
 * @returns how many threads one operation may use
 * @throws {Error} when it is not there, or does not start
 */
export function loadNative(): number {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'; // take a card's memory as it is needed
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || allowedThreads();
  if (threads < availableParallelism()) process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  // The binding's JavaScript calls a function that Node 23 removed.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) =>
    value === null || value === undefined;
  createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
  return threads;
}

/** What to do where the machine has a graphics card for TensorFlow, and nobody has said that it is not to be used. */
export function idleGpu(): string | undefined {
  if (!existsSync('/proc/driver/nvidia/version') || process.env.CUDA_VISIBLE_DEVICES !== undefined) return undefined;
  return (
    `naive-diffusion: this machine has an NVIDIA driver, but TensorFlow runs on the CPU. \`${setUp('--gpu')}\` ` +
    'builds the CUDA version; if that was done, CUDA libraries are missing: start with TF_CPP_MIN_LOG_LEVEL=0 to see which. ' +
    'Set CUDA_VISIBLE_DEVICES to an empty string to stay on the CPU without this notice.'
  );
}

/** One for each core, or as many as a container may use. */
function allowedThreads(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(processorQuota() ?? Infinity)));
}

/** The command that sets up native TensorFlow: in a clone, of which this is lib/…/platform/node; or for a package. */
function setUp(option = ''): string {
  const isPackage = /[\\/]node_modules[\\/]naive-diffusion[\\/]/.test(fileURLToPath(import.meta.url));
  if (isPackage) return `npx naive-diffusion setup ${option}`.trim();
  return option ? `npm run native -- ${option}` : 'npm run native';
}

/** What is wrong with the native backend, and what to do about it. */
export function explainNative(error: unknown): Error {
  const { message, code } = error as Error & { code?: string };
  const first = message.split('\n', 1)[0];
  const [library] = /lib(cu|nv|nccl)[^\s:]*\.so[^\s:]*/.exec(message) ?? [];
  const text = library
    ? `TensorFlow's CUDA version lacks ${library}: install that part of CUDA, or \`${setUp('--cpu')}\` for the CPU`
    : code === 'ERR_DLOPEN_FAILED'
      ? `the native TensorFlow backend cannot be loaded (${first}): \`${setUp()}\` builds it again`
      : /can not be found|Cannot find module/.test(message)
        ? `the native TensorFlow backend is not built: \`${setUp()}\` builds it`
        : `the native TensorFlow backend does not start (${first}): \`${setUp()}\` builds it again`;
  return new Error(`naive-diffusion: ${text}.`, { cause: error });
}
