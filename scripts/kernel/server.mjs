// @ts-check
// The kernel's side of Jupyter's messages: https://jupyter-client.readthedocs.io/en/stable/messaging.html
import fs from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createComms } from './comms.mjs';
import { openControl } from './control.mjs';
import { printInfo } from './inspect.mjs';
import { languageInfo } from './language.mjs';
import { answer, parse } from './message.mjs';
import { createStream } from './stream.mjs';

/** After an error, requests that the client has already sent ("Run All") arrive within this time and are dropped. */
const ABORT_MS = 50;

/** @typedef {import('./message.mjs').Message} Message */

/**
 * @param {import('./tslab.mjs').Tslab} tslab
 * @param {ReturnType<typeof import('./executor.mjs').createExecutor>} executor
 * @param {string} connectionFile
 */
export async function startServer(tslab, executor, connectionFile) {
  const jupyter = tslab.require('./jupyter');
  const replies = new jupyter.JupyterHandlerImpl(executor, false); // kernel_info, complete, inspect, is_complete
  const connection = JSON.parse(fs.readFileSync(connectionFile, 'utf8'));
  const key = String(connection.key ?? '');
  const zmq = tslab.require('zeromq');
  const iopub = new zmq.Publisher();
  const [shell, stdin] = [new zmq.Router(), new zmq.Router()];
  const heartbeat = new zmq.Reply();
  for (const socket of [iopub, shell]) {
    socket.sendHighWaterMark = 0; // unlimited, so that a send never has to wait:
    socket.sendTimeout = 0; // else, from the 513th message of one tick on, messages are refused and `idle` is lost
  }
  let count = 0;
  /** @type {Message | undefined} */
  let current;
  /** @type {Message | undefined} what the page last said about a control */
  let said;
  /** @type {Message[]} */
  const queue = [];
  const stream = createStream((name, text) => {
    if (current) publish('stream', { name, text }, current);
  });
  jupyter.lastWriteDisplayData = (/** @type {any} */ content, /** @type {boolean} */ update) => {
    stream.flush();
    if (current) publish(update ? 'update_display_data' : 'display_data', content, current);
  };

  const comms = createComms((type, content, metadata) => {
    const parent = (queue.length === 0 && said) || current;
    if (parent) publish(type, content, parent, metadata);
  });

  // The shell comes last, and nothing is read before: whoever asks finds all channels open.
  const address = (/** @type {string} */ channel) =>
    `${connection.transport}://${connection.ip}${connection.transport === 'ipc' ? '-' : ':'}${connection[`${channel}_port`]}`;
  await iopub.bind(address('iopub'));
  await heartbeat.bind(address('hb'));
  await stdin.bind(address('stdin'));
  const control = await openControl(
    { address: address('control'), key, zeromq: tslab.require.resolve('zeromq'), presses: executor.presses },
    (frames) => receive(control, parse(key, frames)),
  );
  await shell.bind(address('shell'));
  // A socket that is open when the process ends makes it abort, however it came to its end.
  process.on('exit', () => {
    control.close();
    for (const socket of [shell, stdin, iopub, heartbeat]) socket.close();
  });
  void listen(shell);
  void (async () => {
    for await (const frames of heartbeat) await heartbeat.send(frames);
  })();

  /** @param {any} socket */
  async function listen(socket) {
    for await (const frames of socket) {
      try {
        receive(socket, parse(key, frames));
      } catch (error) {
        console.error('kernel:', error);
      }
    }
  }

  /**
   * @param {any} socket
   * @param {Message} message
   */
  function receive(socket, message) {
    if (message.header.msg_type === 'execute_request') {
      queue.push(message);
      if (queue.length === 1) void work(socket);
      return;
    }
    publish('status', { execution_state: 'busy' }, message);
    try {
      const content = answerOrError(message);
      if (content) reply(socket, message, content);
    } finally {
      publish('status', { execution_state: 'idle' }, message);
      if (current && queue.length) publish('status', { execution_state: 'busy' }, current); // a cell is still running
    }
    if (message.header.msg_type === 'shutdown_request') void shutdown();
  }

  /**
   * Whoever asks gets an answer, also if the compiler fails over a cell that is half written.
   * @param {Message} message
   */
  function answerOrError(message) {
    try {
      return answerTo(message);
    } catch (error) {
      console.error('kernel:', error);
      return { status: 'error', ename: 'Error', evalue: String(error), traceback: [] };
    }
  }

  /**
   * @param {Message} message
   * @returns {object | undefined}
   */
  function answerTo(message) {
    const { header, content } = message;
    switch (header.msg_type) {
      case 'kernel_info_request':
        return kernelInfo();
      case 'complete_request':
        return completion(content);
      case 'inspect_request':
        return inspection(content);
      case 'is_complete_request':
        return replies.handleIsComplete(content);
      case 'comm_info_request':
        return { status: 'ok', comms: comms.info() };
      case 'history_request':
        return { status: 'ok', history: [] };
      case 'interrupt_request':
        executor.press();
        return { status: 'ok' };
      case 'shutdown_request':
        return { status: 'ok', restart: Boolean(content.restart) };
      case 'comm_open':
      case 'comm_msg':
        said = message;
        comms.receive(message.header.msg_type, message.content);
        return undefined;
      default:
        return undefined;
    }
  }

  /**
   * Runs what is in the queue.
   * @param {any} socket
   */
  async function work(socket) {
    for (let message = queue[0]; message; message = queue[0]) {
      stream.flush();
      current = message;
      publish('status', { execution_state: 'busy' }, message);
      const ok = await execute(socket, message).catch((error) => {
        console.error('kernel:', error);
        return true;
      });
      publish('status', { execution_state: 'idle' }, message);
      queue.shift();
      if (!ok) abort(socket, queue.splice(0));
    }
  }

  /**
   * @param {any} socket
   * @param {Message} message
   * @returns {Promise<boolean>} false when what was asked after it must not run
   */
  async function execute(socket, message) {
    const { code, silent = false, stop_on_error: stopOnError = true } = message.content;
    if (!silent) count++;
    if (!silent) publish('execute_input', { code, execution_count: count }, message);
    stream.capture();
    const failure = await executor.execute(String(code ?? ''), count);
    stream.flush();
    if (!failure) {
      reply(socket, message, { status: 'ok', execution_count: count, payload: [], user_expressions: {} });
      return true;
    }
    publish('error', failure, message);
    if (stopOnError) await hearWaiting();
    reply(socket, message, { status: 'error', execution_count: count, ...failure });
    return !stopOnError;
  }

  /**
   * On a busy machine the time may be over before anything was read: some turns of the event loop are taken as well.
   */
  async function hearWaiting() {
    await sleep(ABORT_MS);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
  }

  /**
   * @param {any} socket
   * @param {Message[]} messages
   */
  function abort(socket, messages) {
    for (const message of messages) {
      publish('status', { execution_state: 'busy' }, message);
      reply(socket, message, { status: 'aborted' });
      publish('status', { execution_state: 'idle' }, message);
    }
  }

  /**
   * @param {any} socket
   * @param {Message} message
   * @param {object} content
   */
  function reply(socket, message, content) {
    // the client has gone
    socket.send(answer(key, message, message.header.msg_type.replace('_request', '_reply'), content)).catch(() => {});
  }

  /**
   * @param {string} type
   * @param {object} content
   * @param {Message} parent
   * @param {object} [metadata]
   */
  function publish(type, content, parent, metadata) {
    iopub.send(answer(key, { ...parent, identities: [Buffer.from(type)] }, type, content, metadata)).catch(() => {});
  }

  function kernelInfo() {
    const language = languageInfo();
    return {
      ...replies.handleKernel(),
      status: 'ok',
      implementation_version: tslab.require('../package.json').version,
      banner: `TypeScript ${language.version}, Node ${process.version}`,
      language_info: language,
    };
  }

  /** @param {{ code: string, cursor_pos: number }} content */
  function inspection(content) {
    const info = executor.inspect(content.code, units(content));
    const data = info ? { 'text/plain': printInfo(info) } : {};
    return { status: 'ok', found: Boolean(info), data, metadata: {} };
  }

  /** @param {{ code: string, cursor_pos: number }} content */
  function completion(content) {
    const {
      cursor_start: start,
      cursor_end: end,
      ...rest
    } = replies.handleComplete({ ...content, cursor_pos: units(content) });
    return { ...rest, cursor_start: points(content.code, start), cursor_end: points(content.code, end) };
  }

  async function shutdown() {
    executor.close();
    await sleep(50); // for the reply to leave
    process.exit(0);
  }
}

/**
 * Jupyter counts the cursor's position in characters, JavaScript in UTF-16 units.
 * @param {{ code: string, cursor_pos: number }} content
 */
function units({ code, cursor_pos: position }) {
  return [...code].slice(0, position).join('').length;
}

/**
 * @param {string} code
 * @param {number} position
 */
function points(code, position) {
  return [...code.slice(0, position)].length;
}
