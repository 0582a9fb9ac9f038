import net from 'node:net';
import { InvalidArgumentError } from 'commander';

/** Reads `host:port` or `[IPv6]:port`. */
export function address(text: string): string {
  const { port } = partsOf(text);
  if (!(port >= 1 && port <= 65_535)) throw new InvalidArgumentError('expected host:port, such as 10.0.0.1:6379');
  return text;
}

/**
 * Looks whether anybody listens at an address, for which Ray itself would wait some minutes.
 * @throws {Error} when nobody does within so many seconds
 */
export async function checkListens(text: string, seconds = 10): Promise<void> {
  const { host, port } = partsOf(text);
  const fault = await new Promise<string>((resolve) => {
    const socket = net.connect({ host, port, timeout: 1000 * seconds });
    const end = (reason: string) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => {
      end('');
    });
    socket.once('timeout', () => {
      end(`no answer within ${seconds} s`);
    });
    socket.once('error', ({ message }) => {
      end(message);
    });
  });
  if (fault)
    throw new Error(
      `sweep: nobody listens at ${text} (${fault}); \`.venv-sweep/bin/ray start --head --port ${port}\` on the first ` +
        'machine starts a cluster of Ray',
    );
}

function partsOf(text: string): { host: string; port: number } {
  const parts = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  return { host: parts?.[1] ?? parts?.[2] ?? '', port: Number(parts?.[3]) };
}
