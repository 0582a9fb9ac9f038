import dns from 'node:dns/promises';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { shown } from '../check.js';

/** Where one of the processes listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * The addresses of all processes, each `host:port`, `[IPv6]:port`, or a port alone, which is one of this machine.
 * @throws {TypeError | RangeError} when there are none, one is no address, all addresses of a machine, or there twice
 */
export function readAddresses(caller: string, workers: readonly string[]): Address[] {
  if (!Array.isArray(workers) || workers.length === 0)
    throw new TypeError(`${caller}: workers must be a list of addresses, host:port, got ${shown(workers)}`);
  const addresses = workers.map((text) => readAddress(caller, text));
  const texts = addresses.map(written);
  const twice = texts.find((text, i) => texts.indexOf(text) < i);
  if (twice !== undefined)
    throw new RangeError(`${caller}: workers must have an address each, got ${twice} more than once`);
  return addresses;
}

/**
 * Looks whether two addresses that are written differently are the same, as `localhost` and 127.0.0.1 are: of two that
 * listen at one, the second would wait for others in vain. A host that is not found is told later, by name.
 * @throws {RangeError} naming both
 */
export async function checkApart(caller: string, addresses: readonly Address[]): Promise<void> {
  for (const [i, { port }] of addresses.entries()) {
    for (const other of addresses.slice(i + 1).filter((other) => other.port === port)) {
      const [here, there] = await Promise.all([addresses[i], other].map(({ host }) => numbersOf(host)));
      if (here.some((number) => there.includes(number)))
        throw new RangeError(
          `${caller}: workers must have an address each, got ${written(addresses[i])} and ${written(other)}, ` +
            'which are the same',
        );
    }
  }
}

/** What a host's name stands for, each address in one way of writing it: IPv6 has many, one of them for IPv4. */
async function numbersOf(host: string): Promise<string[]> {
  const found = await dns.lookup(host, { all: true }).catch(() => []);
  return found.map(({ address, family }) => {
    const { address: usual } = new net.SocketAddress({ address, family: family === 6 ? 'ipv6' : 'ipv4' });
    return usual.replace(/^::ffff:(?=[\d.]+$)/, '');
  });
}

/** An address as TensorFlow takes it. */
export function written({ host, port }: Address): string {
  return `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function readAddress(caller: string, text: unknown): Address {
  const parts = typeof text === 'string' ? /^(?:(?:\[([\da-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text) : null;
  const [host, port] = [parts?.[1] ?? parts?.[2] ?? '127.0.0.1', Number(parts?.[3])];
  if (!parts || port < 1 || port > 65_535 || (parts[1] !== undefined && !net.isIPv6(host)))
    throw new RangeError(`${caller}: workers must be addresses such as 10.0.0.1:4000, got ${shown(text)}`);
  if (/^(0+(\.0+)*|[0:]+)$/.test(host))
    throw new RangeError(
      `${caller}: workers must be addresses that the others can reach and strangers cannot, got ${String(text)}, ` +
        'which is all addresses of a machine',
    );
  return { host, port };
}

/**
 * Waits until somebody listens at each address but one's own.
 * @throws {Error} naming who has not come in time
 */
export async function waitForAll(
  caller: string,
  addresses: readonly Address[],
  own: number,
  seconds: number,
): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  let missing = addresses.map((_, task) => task).filter((task) => task !== own);
  while (missing.length > 0) {
    const there = await Promise.all(missing.map((task) => isThere(addresses[task])));
    missing = missing.filter((_, i) => !there[i]);
    if (missing.length > 0 && performance.now() >= end) {
      const who = missing.map((task) => `worker ${task} (${written(addresses[task])})`);
      throw new Error(`${caller}: ${who.join(', ')} did not come within ${seconds} s`);
    }
    if (missing.length > 0) await sleep(200);
  }
}

function isThere({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2000 });
    const end = (there: boolean) => () => {
      socket.destroy();
      resolve(there);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
