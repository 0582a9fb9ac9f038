import { beforeAll, describe, expect, it } from 'vitest';
import { Random, ready, tf } from 'naive-diffusion';
import { compare, drawOperation } from '../../scripts/fuzz/drawn-operation.ts';
import { findFused } from '../../lib/src/backend/fused.js';
import { expectNoLeak } from '../support.js';
import { on, withoutFused } from './backends.js';

beforeAll(() => ready());

/** Compares operations of random shapes; returns how many are equal, and how many are refused. */
function compareMany(cases: number, seed: number) {
  const verdicts = { equal: 0, refused: 0 };
  for (let i = seed; i < seed + cases; i++) {
    const verdict = tf.tidy(() => compare(drawOperation(new Random(i)), i) as never) as keyof typeof verdicts;
    verdicts[verdict]++;
  }
  return verdicts;
}

// `npx tsx scripts/fuzz/operations.ts` does the same for longer.
describe("operations of any shape have the values and gradients of TensorFlow's own, or are refused by name", () => {
  it('in C++', async () => {
    expect(findFused()).toBe(true);
    await expectNoLeak(() => {
      const { equal, refused } = compareMany(600, 1);
      expect(equal).toBeGreaterThan(300);
      expect(refused).toBeGreaterThan(20);
    });
  });

  it('in TensorFlow.js', () => {
    withoutFused(() => {
      expect(compareMany(300, 20_001).equal).toBeGreaterThan(150);
    });
  });

  it('in WebAssembly', async () => {
    expect((await on('wasm', () => compareMany(200, 30_001))).equal).toBeGreaterThan(100);
  });
});
