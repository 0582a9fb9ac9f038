import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { address, checkListens } from '../../scripts/sweep/address.js';
import { freePorts } from '../workers/support.js';

describe('the address of a cluster', () => {
  it.each(['127.0.0.1:6379', 'first.example.org:1', '[::1]:65535'])('may be %s', (text) => {
    expect(address(text)).toBe(text);
  });

  it.each(['nope', '6379', 'host:', ':6379', 'host:0', 'host:65536', 'host:6379x', 'ray://host:10001', '::1:6379'])(
    'may not be %s',
    (text) => {
      expect(() => address(text)).toThrow('expected host:port, such as 10.0.0.1:6379');
    },
  );

  it('is refused, with the reason, where nobody listens', async () => {
    const [port] = await freePorts(1);
    await expect(checkListens(`127.0.0.1:${port}`)).rejects.toThrow(
      new RegExp(`^sweep: nobody listens at 127\\.0\\.0\\.1:${port} \\(connect ECONNREFUSED .*\\); .*--port ${port}`),
    );
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    await expect(checkListens(`127.0.0.1:${(server.address() as AddressInfo).port}`)).resolves.toBeUndefined();
    server.close();
  });
});
