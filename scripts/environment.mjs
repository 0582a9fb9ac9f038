// @ts-check
// The environment in which TensorFlow runs well. Whatever is already set stays as it is.

/** @type {Readonly<Record<string, string>>} */
export const environment = {
  // Huge pages for big tensors (Linux; elsewhere without effect). bench/README.md says what this and the next three
  // bring.
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
  // Freed memory is kept for the next step instead of being returned to the system and asked for again.
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 32),
  MALLOC_TOP_PAD_: String(2 ** 28),
  // TensorFlow's remarks about the processor and missing GPUs are not for readers; its warnings and errors are.
  TF_CPP_MIN_LOG_LEVEL: '2',
};

/**
 * The given environment with {@link environment} underneath: what the user has set wins.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function withEnvironment(env = process.env) {
  return { ...environment, ...env };
}
