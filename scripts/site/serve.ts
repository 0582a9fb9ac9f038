/** Serves the site on this computer only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import compression from 'compression';
import sirv from 'sirv';

export interface Served {
  /** Where it is: `http://127.0.0.1:4173`. */
  origin: string;
  /** How many bytes it has sent so far, heads and all. */
  sent(): number;
  close(): Promise<void>;
}

/**
 * Serves a folder on the loopback address, compressed as web hosts do it.
 * @param port 0 takes one that is free
 * @throws {Error} when the port is taken
 */
export async function serveSite(folder: string, { base = '/', port = 0 } = {}): Promise<Served> {
  const files = sirv(folder, { dev: false, etag: true });
  const compress = compression() as unknown as Handler;
  const server = createServer((request, response) => {
    compress(request, response, () => {
      if (!request.url?.startsWith(base)) {
        response.writeHead(404).end();
        return;
      }
      request.url = request.url.slice(base.length - 1);
      files(request, response, () => {
        response.writeHead(404).end('There is no such page.');
      });
    });
  });
  const sockets = new Set<Socket>();
  let sentBefore = 0; // by sockets that have been closed
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sentBefore += socket.bytesWritten;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, sentBefore),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>(
        (resolve) =>
          void server.close(() => {
            resolve();
          }),
      );
    },
  };
}

/** A middleware of the kind that Express made common. */
type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
