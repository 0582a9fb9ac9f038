// @ts-check
// How long this processor's vectors are.
import { readFileSync } from 'node:fs';

/** What lib/native/vectors.h asks of a processor for vectors of 8 numbers, and for vectors of 16 besides. */
const needed = { 8: ['avx2', 'fma'], 16: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'] };

/**
 * Numbers in the longest vector of a processor that our operations are made for.
 * @param {string} [cpuinfo] what Linux says of the processor
 * @returns {4 | 8 | 16 | undefined} undefined where it does not say
 */
export function longestVector(cpuinfo = readCpuinfo()) {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1].trim().split(/\s+/);
  if (!flags) return undefined;
  const has = (/** @type {string[]} */ names) => names.every((name) => flags.includes(name));
  if (!has(needed[8])) return 4;
  return has(needed[16]) ? 16 : 8;
}

function readCpuinfo() {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return ''; // not Linux
  }
}
