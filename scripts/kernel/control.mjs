// @ts-check
// The control channel has a thread of its own, so that a stop is heard while a cell keeps the main thread busy.
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parse } from './message.mjs';

/** @typedef {{ address: string, key: string, zeromq: string, presses: Int32Array }} Settings */

/**
 * Opens the channel. `presses[0]` counts the stops that were asked for, before anything else is done about them.
 * @param {Settings} settings zeromq: file of that package; presses: in shared memory
 * @param {(frames: Buffer[]) => void} receive
 * @returns {Promise<{ send: (frames: (string | Buffer)[]) => Promise<void> }>} once it is open
 */
export async function openControl(settings, receive) {
  const worker = new Worker(new URL(import.meta.url), { workerData: settings });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.on('message', (/** @type {Uint8Array[]} */ frames) => receive(frames.map((f) => Buffer.from(f))));
  worker.on('error', (error) => console.error('kernel:', error));
  return { send: async (frames) => worker.postMessage(frames) };
}

if (!isMainThread && parentPort) await serve(parentPort, workerData);

/**
 * @param {import('node:worker_threads').MessagePort} main
 * @param {Settings} settings
 */
async function serve(main, { address, key, zeromq, presses }) {
  const { Router } = createRequire(zeromq)(zeromq);
  const socket = new Router();
  socket.sendHighWaterMark = 0;
  socket.sendTimeout = 0;
  await socket.bind(address);
  main.postMessage('open');
  main.on('message', (frames) => {
    socket.send(frames).catch(() => {});
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
