/** The event of the page, or of the worker, that takes the place of a stop button's signal. */
const STOP = 'naive-diffusion-stop';

/** A message to oneself comes after everything that waits; a timer would come 4 ms late. */
const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Lets everything else that waits happen first: clicks, messages, drawing. */
export function giveWay(): Promise<void> {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  const { port2 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(undefined);
  });
}

/**
 * Calls `hear` at the next event `naive-diffusion-stop` of the page or worker:
 * `dispatchEvent(new Event('naive-diffusion-stop'))`. Asked again for the same `hear` before that, it does nothing.
 */
export function onStop(hear: () => void): void {
  globalThis.addEventListener(STOP, hear, { once: true });
}

/** Takes {@link onStop} back. */
export function offStop(hear: () => void): void {
  globalThis.removeEventListener(STOP, hear);
}
