import { describe, expect, it } from 'vitest';
import { longestVector } from '../../scripts/setup/native/vectors.mjs';

const cpuinfo = (flags: string) => `processor\t: 0\nmodel name\t: any\nflags\t\t: fpu sse2 ${flags} ht\nbugs\t\t:\n`;

describe('the longest vector of a processor', () => {
  it.each([
    [16, 'avx2 fma avx512f avx512dq avx512bw avx512vl'],
    [8, 'avx2 fma'],
    [8, 'fma avx2 avx512f avx512cd'], // the first processors with vectors of 16, which lack what is used besides
    [4, 'avx fma avx512f avx512dq avx512bw avx512vl'],
    [4, 'avx2'],
    [4, ''],
  ])('has %i numbers where Linux says %j', (length, flags) => {
    expect(longestVector(cpuinfo(flags))).toBe(length);
  });

  it('is not known where nothing is said of it, as on ARM and on macOS', () => {
    expect(longestVector('processor\t: 0\nFeatures\t: fp asimd\n')).toBeUndefined();
    expect(longestVector('')).toBeUndefined();
  });
});
