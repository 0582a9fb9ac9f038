import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Ports of this machine's loopback at which nobody listens. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => {
      server.close();
      return once(server, 'close');
    }),
  );
  return ports;
}

/** How a process ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it said. */
  stdout: string;
  /** What it complained of. */
  stderr: string;
  /** Milliseconds, on the clock of `performance.now()`. */
  at: number;
}

/** A program that runs, and what it will have said. */
export interface Running {
  child: ChildProcess;
  end: Promise<Ended>;
  /** Waits until it has said something. */
  says(text: string | RegExp): Promise<void>;
}

/** Starts a program of this repository. */
export function start(args: string[]): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  const heard: (() => void)[] = [];
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (text: Buffer) => {
      said[stream] += text.toString();
      for (const listener of heard) listener();
    });
  const end = once(child, 'close').then(
    ([code, signal]) => ({ code, signal, ...said, at: performance.now() }) as Ended,
  );
  const says = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (said.stdout.search(text) >= 0) resolve();
      };
      heard.push(look);
      look();
      void end.then(() => {
        reject(new Error(`ended before it said ${String(text)}: ${said.stdout}\n${said.stderr}`));
      });
    });
  return { child, end, says };
}

/** The addresses at which somebody listens to a port of this machine, as Linux knows them. */
export function listensAt(port: number): string[] {
  return listeners().flatMap((listener) => (listener.port === port ? [listener.host] : []));
}

/** All addresses of this machine at which somebody listens, each with the number by which Linux knows its socket. */
export function listeners(): { host: string; port: number; inode: string }[] {
  const lines = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, 'utf8').trim().split('\n').slice(1),
  );
  return lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [host, port] = columns[1].split(':');
    if (columns[3] !== '0A') return [];
    // Four bytes in the order of this machine, the last four of an IPv4 address that an IPv6 socket has.
    const isMapped = host.length === 8 || host.startsWith('0000000000000000FFFF0000');
    const address = isMapped ? [...Buffer.from(host.slice(-8), 'hex').reverse()].join('.') : host;
    return [{ host: address, port: parseInt(port, 16), inode: columns[9] }];
  });
}
