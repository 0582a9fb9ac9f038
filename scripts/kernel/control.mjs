// @ts-check
// The control channel has a thread of its own, so that a stop is heard while a cell keeps the main thread busy.
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parse } from './message.mjs';

/** @typedef {{ address: string, key: string, zeromq: string, presses: Int32Array }} Settings */
/** @typedef {Settings & { closed: Int32Array }} Shared */

/** The thread closes its socket in a moment; it is not waited for longer than this. */
const CLOSE_MS = 3_000;

/**
 * Opens the channel. `presses[0]` counts the stops that were asked for, before anything else is done about them.
 * @param {Settings} settings zeromq: file of that package; presses: in shared memory
 * @param {(frames: Buffer[]) => void} receive
 * @returns {Promise<{ send: (frames: (string | Buffer)[]) => Promise<void>, close: () => void }>} once it is open.
 * `close` waits until the channel is closed, without giving way: it can be called while the process exits
 */
export async function openControl(settings, receive) {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...settings, closed } });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.on('message', (/** @type {Uint8Array[]} */ frames) => receive(frames.map((f) => Buffer.from(f))));
  worker.on('error', (error) => console.error('kernel:', error));
  return {
    send: async (frames) => worker.postMessage(frames),
    close() {
      worker.postMessage('close');
      Atomics.wait(closed, 0, 0, CLOSE_MS);
    },
  };
}

if (!isMainThread && parentPort) await serve(parentPort, workerData);

/**
 * @param {import('node:worker_threads').MessagePort} main
 * @param {Shared} settings
 */
async function serve(main, { address, key, zeromq, presses, closed }) {
  const { Router } = createRequire(zeromq)(zeromq);
  const socket = new Router();
  socket.sendHighWaterMark = 0;
  socket.sendTimeout = 0;
  await socket.bind(address);
  main.postMessage('open');
  main.on('message', (frames) => {
    if (frames !== 'close') {
      socket.send(frames).catch(() => {});
      return;
    }
    socket.close();
    Atomics.store(closed, 0, 1);
    Atomics.notify(closed, 0);
  });
  for await (const frames of socket) {
    try {
      if (parse(key, frames).header.msg_type === 'interrupt_request') Atomics.add(presses, 0, 1);
      main.postMessage(frames);
    } catch (error) {
      console.error('kernel:', error);
    }
  }
}
