/** Lets everything else that waits happen first. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Calls `hear` at the next SIGINT: the stop button of a notebook, Ctrl-C in a terminal. A second one has its usual
 * effect, so that a stuck script can still be ended. Asked again for the same `hear` before that, it does nothing.
 */
export function onStop(hear: () => void): void {
  if (!process.listeners('SIGINT').includes(hear)) process.once('SIGINT', hear);
}

/** Takes {@link onStop} back. */
export function offStop(hear: () => void): void {
  process.removeListener('SIGINT', hear);
}
