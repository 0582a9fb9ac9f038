import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
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

/** Whether the machine has a graphics card that TensorFlow could use, and nobody has said that it is not to. */
export function hasIdleGpu(): boolean {
  return existsSync('/proc/driver/nvidia/version') && process.env.CUDA_VISIBLE_DEVICES === undefined;
}

/** One for each core, or as many as a container may use. */
function allowedThreads(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(processorQuota() ?? Infinity)));
}

/** What is wrong with the native backend, and what to do about it. */
export function explainNative(error: unknown): Error {
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
