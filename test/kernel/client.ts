import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { kernelCommand } from '../../scripts/kernel/install.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const require = createRequire(path.join(root, 'node_modules', 'tslab', 'package.json'));

/**
 * Whatever takes longer hangs. On a machine that does ten things at once, a kernel and its first import take minutes.
 */
const HANG_MS = 600_000;

export interface Message {
  type: string;
  parent: string;
  content: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** What came of one cell: its reply, everything published for it in order, and shortcuts. */
export interface Result {
  reply: Message['content'];
  outputs: Message[];
  stdout: string;
  stderr: string;
  error?: { ename: string; evalue: string; traceback: string[] };
}

/** A client of Jupyter's protocol that starts a kernel of its own, with the command that the kernelspec has. */
export class Kernel {
  readonly folder: string;
  #process!: ChildProcess;
  #shell: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  #control: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  #iopub: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  #key = randomUUID();
  #log = '';
  #closed = false;
  #published: Message[] = [];
  #replies = new Map<string, Message>();
  #replyCount = new Map<string, number>();
  #waiting = new Set<() => void>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Starts a kernel in a new temporary folder, or in the given one, and waits until it answers. */
  static async start(o: { folder?: string; env?: Record<string, string> } = {}): Promise<Kernel> {
    const kernel = new Kernel(o.folder ?? fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'kernel-test-'))));
    await kernel.#open(o.env ?? {});
    return kernel;
  }

  get #ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
  /** How the kernel's process has ended: its exit status, or the signal. */
  get exit(): number | string | null {
    return this.#process.signalCode ?? this.#process.exitCode;
  }
  get pid(): number {
    return this.#process.pid as number;
  }
  /** What the kernel's process itself has written. */
  get log(): string {
    return this.#log;
  }

  async #open(env: Record<string, string>): Promise<void> {
    const zmq = require('zeromq');
    const [shell, control, iopub, stdin, hb] = await freePorts(5);
    const file = path.join(os.tmpdir(), `${this.#key}.json`);
    fs.writeFileSync(
      file,
      JSON.stringify({
        ip: '127.0.0.1',
        transport: 'tcp',
        signature_scheme: 'hmac-sha256',
        key: this.#key,
        shell_port: shell,
        control_port: control,
        iopub_port: iopub,
        stdin_port: stdin,
        hb_port: hb,
      }),
    );
    const [command, ...args] = kernelCommand().map((a) => (a === '{connection_file}' ? file : a));
    this.#process = spawn(command as string, args, {
      cwd: this.folder,
      env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const pipe of [this.#process.stdout, this.#process.stderr])
      pipe?.on('data', (d) => {
        this.#log += String(d);
      });
    this.#process.on('exit', () => this.#wake());
    this.#process.on('close', () => {
      this.#closed = true;
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const connect = (socket: any, port: number | undefined) => {
      socket.linger = 0;
      socket.connect(`tcp://127.0.0.1:${port}`);
      return socket;
    };
    this.#iopub = connect(new zmq.Subscriber(), iopub);
    this.#iopub.subscribe('');
    this.#shell = connect(new zmq.Dealer(), shell);
    this.#control = connect(new zmq.Dealer(), control);
    void this.#read(this.#iopub, (m) => {
      this.#published.push(m);
    });
    for (const socket of [this.#shell, this.#control])
      void this.#read(socket, (m) => {
        this.#replies.set(m.parent, m);
        this.#replyCount.set(m.parent, this.repliesTo(m.parent) + 1);
      });
    // The subscription takes a moment to reach the kernel: ask until an answer is heard there as well.
    const asked: string[] = [];
    const isHeard = () => asked.some((id) => this.#replies.has(id) && this.isIdle(id));
    const asking = setInterval(() => void this.send('kernel_info_request', {}).then((id) => asked.push(id)), 300);
    try {
      await this.until(isHeard, 'kernel_info');
    } finally {
      clearInterval(asking);
    }
    fs.rmSync(file, { force: true });
  }

  /** Runs a cell and waits for its reply and for `idle`. */
  async run(code: string, content: object = {}): Promise<Result> {
    return this.result(
      await this.send('execute_request', {
        code,
        silent: false,
        store_history: true,
        allow_stdin: false,
        stop_on_error: true,
        ...content,
      }),
    );
  }

  /** Sends a cell without waiting; `result` waits for it. */
  start(code: string): Promise<string> {
    return this.send('execute_request', {
      code,
      silent: false,
      store_history: true,
      allow_stdin: false,
      stop_on_error: true,
    });
  }

  async result(id: string): Promise<Result> {
    await this.until(() => this.#replies.has(id) && this.isIdle(id), 'a reply and idle');
    const outputs = this.outputs(id);
    const text = (name: string) =>
      outputs
        .filter((m) => m.type === 'stream' && m.content.name === name)
        .map((m) => m.content.text)
        .join('');
    return {
      reply: this.#replies.get(id)?.content,
      outputs,
      stdout: text('stdout'),
      stderr: text('stderr'),
      error: outputs.find((m) => m.type === 'error')?.content,
    };
  }

  /** How many replies a request has had so far. */
  repliesTo(id: string): number {
    return this.#replyCount.get(id) ?? 0;
  }

  outputs(id: string): Message[] {
    return this.#published.filter((m) => m.parent === id);
  }

  isIdle(id: string): boolean {
    return this.outputs(id).some((m) => m.type === 'status' && m.content.execution_state === 'idle');
  }

  /** Waits until the cell has printed a text. */
  printed(id: string, text: string): Promise<void> {
    return this.until(
      () => this.outputs(id).some((m) => m.type === 'stream' && m.content.text.includes(text)),
      `"${text}"`,
    );
  }

  /** Asks something that is answered in one message. */
  async ask(type: string, content: object, channel: 'shell' | 'control' = 'shell'): Promise<Message['content']> {
    const id = await this.send(type, content, channel);
    await this.until(() => this.#replies.has(id), type);
    return this.#replies.get(id)?.content;
  }

  /** The stop button. */
  async interrupt(): Promise<void> {
    await this.send('interrupt_request', {}, 'control');
  }
  /** What a terminal or another client may send instead. */
  signal(): void {
    process.kill(this.pid, 'SIGINT');
  }

  async send(type: string, content: object, channel: 'shell' | 'control' = 'shell'): Promise<string> {
    const id = randomUUID();
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.#key,
      username: 'test',
      date: new Date().toISOString(),
      version: '5.3',
    };
    const parts = [header, {}, {}, content].map((p) => JSON.stringify(p));
    const hash = createHmac('sha256', this.#key);
    for (const part of parts) hash.update(part);
    await (channel === 'shell' ? this.#shell : this.#control).send(['<IDS|MSG>', hash.digest('hex'), ...parts]);
    return id;
  }

  async until(condition: () => boolean, what: string, ms = HANG_MS): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      if (this.#ended)
        throw new Error(`the kernel has ended (${this.#process.signalCode ?? this.#process.exitCode}): ${this.#log}`);
      const left = end - Date.now();
      if (left <= 0) throw new Error(`waited in vain for ${what}; the kernel wrote: ${this.#log}`);
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, left);
        this.#waiting.add(done);
      });
    }
  }

  /** Waits until the process has ended and all that it wrote is read. */
  async ended(): Promise<void> {
    if (!this.#closed) await once(this.#process, 'close', { signal: AbortSignal.timeout(HANG_MS) });
  }

  async stop(): Promise<void> {
    if (!this.#ended) {
      await this.send('shutdown_request', { restart: false }, 'control');
      await this.ended().catch(() => this.#process.kill('SIGKILL'));
    }
    for (const socket of [this.#iopub, this.#shell, this.#control]) socket.close();
    if (this.folder.includes('kernel-test-')) fs.rmSync(this.folder, { recursive: true, force: true });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  async #read(socket: AsyncIterable<Buffer[]>, take: (m: Message) => void): Promise<void> {
    for await (const frames of socket) {
      const at = frames.findIndex((f) => f.toString() === '<IDS|MSG>');
      const [header, parent, , content] = frames.slice(at + 2).map((f) => JSON.parse(f.toString()));
      take({ type: header.msg_type, parent: parent.msg_id, content });
      this.#wake();
    }
  }
}

/** Ports that were free a moment ago, all different. */
async function freePorts(n: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: n },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((s) => (s.address() as { port: number }).port);
  await Promise.all(
    servers.map(
      (s) =>
        new Promise((resolve) => {
          s.close(resolve);
        }),
    ),
  );
  return ports;
}

/** Says clearly what is missing when the library has not been built. */
export function needBuiltLibrary(): void {
  if (!fs.existsSync(path.join(root, 'lib', 'dist', 'index.js')))
    throw new Error('These tests need the built library: run `npm run build` first.');
}
