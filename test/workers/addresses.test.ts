import dns from 'node:dns/promises';
import { describe, expect, it, vi } from 'vitest';
import { checkApart, readAddresses } from '../../lib/src/workers/addresses.js';

const check = (...workers: string[]) => checkApart('join', readAddresses('join', workers));

describe('the addresses of workers', () => {
  it.each([
    ['localhost:4000', '127.0.0.1:4000'],
    ['4000', 'localhost:4000'],
    ['[::1]:4000', '[0::1]:4000'],
    ['[::ffff:127.0.0.1]:4000', '127.0.0.1:4000'],
    ['[::ffff:7f00:1]:4000', '4000'],
  ])('that are the same are refused, however they are written: %s and %s', async (one, other) => {
    const refused = check('10.0.0.1:4000', one, '10.0.0.2:4001', other);
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow(
      /^join: workers must have an address each, got .*:4000 and .*:4000, which are/,
    );
  });

  it.each([
    ['another port', ['localhost:4000', '127.0.0.1:4001']],
    ['another host', ['127.0.0.1:4000', '127.0.0.2:4000', '[::1]:4000']],
    ['one alone', ['localhost:4000']],
  ])('with %s are taken', async (_, workers) => {
    await expect(check(...workers)).resolves.toBeUndefined();
  });

  it('are looked up only where a port is there twice, and those that are not found are taken', async () => {
    const lookup = vi.spyOn(dns, 'lookup').mockRejectedValue(new Error('ENOTFOUND'));
    try {
      await check('one.invalid:4000', 'other.invalid:4001');
      expect(lookup).not.toHaveBeenCalled();
      await check('one.invalid:4000', 'other.invalid:4000');
      expect(lookup).toHaveBeenCalledTimes(2);
    } finally {
      lookup.mockRestore();
    }
  });
});
