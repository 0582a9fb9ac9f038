/** A variable of the environment; nothing where it is not set. */
export function environment(name: string): string | undefined {
  return process.env[name];
}

/** A name that no other run of the library on this page or in this notebook has. */
export const runName = String(process.pid);
