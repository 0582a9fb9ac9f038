import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const here = import.meta.dirname;
const python = path.join(here, 'reference', '.venv', 'bin', 'python');

/** Throws, with the remedy, where PyTorch is not installed. */
export function checkReference(): void {
  if (existsSync(python)) return;
  throw new Error(
    'bench: the reference is not installed. Remedy: python3 -m venv bench/reference/.venv && bench/reference/.venv/bin/pip install -r bench/reference/requirements.txt',
  );
}

/** What a process answers: of what it was asked for, and nothing else. */
export interface Answer {
  seconds?: number;
  processor?: number;
  steps?: number;
  loss?: number;
  version?: string;
  megabytes?: number;
  error?: string;
}

/**
 * Reads a line that a process has printed.
 * @throws {Error} naming the side and the line, where that is no answer
 */
export function readAnswer(side: string, line: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    /* told below, as other lines that are no answer */
  }
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new Error(`the process of ${side} printed what is no answer: '${line.slice(0, 200)}'`);
}

/** A side of the benchmark in a process of its own, so that neither's memory or threads touch the other's. */
export class Worker {
  readonly #process: ChildProcess;
  #waiting?: { resolve: (answer: Answer) => void; reject: (error: Error) => void };
  #errors = '';
  #ended?: Error;

  /**
   * @param program what runs: `worker` is `worker.ts` for the library and `reference/worker.py` for PyTorch
   * @param core the one core that it gets; all of them when left out
   * @param device where PyTorch computes
   */
  constructor(
    side: 'ours' | 'pytorch',
    { program = 'worker', core, device = 'CPU' }: { program?: string; core?: number; device?: 'CPU' | 'GPU' } = {},
  ) {
    const command =
      side === 'ours'
        ? [process.execPath, '--import', 'tsx', path.join(here, `${program}.ts`)]
        : [python, path.join(here, 'reference', `${program}.py`)];
    const [file, ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command];
    const { GLIBC_TUNABLES, ...plain } = process.env;
    // Huge pages are part of how the library is started; PyTorch is started as its users start it.
    const env = {
      ...plain,
      ...(side === 'ours' && { GLIBC_TUNABLES }),
      ...(core !== undefined && { TF_NUM_INTRAOP_THREADS: '1', OMP_NUM_THREADS: '1' }),
      ...(device === 'GPU' && { REFERENCE_DEVICE: 'cuda' }),
    };
    this.#process = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#process.stderr!.on('data', (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-4000);
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      let answer: Answer;
      try {
        answer = readAnswer(side, line);
      } catch (error) {
        this.#fail((error as Error).message);
        return;
      }
      if (answer.error) this.#waiting?.reject(new Error(answer.error));
      else this.#waiting?.resolve(answer);
    });
    this.#process.on('error', (error) => {
      this.#fail(`${file} cannot be started: ${error.message}`);
    });
    this.#process.on('exit', (code, signal) => {
      this.#fail(`the process of ${side} ended with ${code ?? signal}: ${this.#errors}`);
    });
    this.#process.stdin!.on('error', () => {
      /* it has ended, which says more */
    });
  }

  ask(request: Record<string, unknown>): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    });
  }

  end(): void {
    this.#waiting = undefined;
    this.#process.kill();
  }

  #fail(what: string): void {
    this.#ended ??= new Error(what);
    this.#waiting?.reject(this.#ended);
  }
}
