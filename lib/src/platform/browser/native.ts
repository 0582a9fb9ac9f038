/** Whether native TensorFlow may be there to be loaded. */
export const mayBeNative: boolean = false;

/** TensorFlow's own library does not run in browsers: always throws. */
export function loadNative(): number {
  throw new Error('naive-diffusion: a browser has no native TensorFlow');
}

/** A browser's TensorFlow.js uses what graphics card there is. */
export function idleGpu(): string | undefined {
  return undefined;
}

/** What is wrong with the native backend, and what to do about it. */
export function explainNative(error: unknown): Error {
  return error as Error;
}
