import { expect, it } from 'vitest';
import { cosineTransform } from '../../lib/src/backend/cosine-transform.ts';

it.each([1, 2, 5, 32])(
  'the cosine transform of %i numbers is orthonormal, and its first row their mean times √n',
  (n) => {
    const rows = Array.from({ length: n }, (_, k) => cosineTransform(n).subarray(k * n, (k + 1) * n));
    for (const [j, a] of rows.entries())
      for (const [k, b] of rows.entries())
        expect(a.reduce((sum, x, i) => sum + x * b[i], 0)).toBeCloseTo(j === k ? 1 : 0, 5);
    for (const x of rows[0]) expect(x).toBeCloseTo(1 / Math.sqrt(n), 6);
  },
);
