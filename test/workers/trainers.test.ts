import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freePorts, start } from './support.js';
import type { Outcome } from './trainings.js';

interface Printed {
  outcomes: Record<string, Outcome>;
  traffic?: { sums: number; bytes: number; seconds: number };
}

/** What `trainings.ts` prints, of each of so many processes; of one without any, if there are none. */
async function train(count: number): Promise<Printed[]> {
  const ports = await freePorts(count);
  const programs = Array.from({ length: Math.max(1, count) }, (_, task) =>
    start([path.join(import.meta.dirname, 'trainings.ts'), String(task), ...ports.map(String)]),
  );
  const ends = await Promise.all(programs.map(({ end }) => end));
  return ends.map(({ code, stdout, stderr }) => {
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Printed;
  });
}

const names = [
  'train',
  'trainDenoiser',
  'stableTarget',
  'trainNaive',
  'trainCategorical',
  'trainClassifier',
  'trainHybrid',
  'trainConsistency',
  'trainAutoencoder',
];
const counts = [1, 2, 3, 4];

describe('processes on one loopback', { timeout: 600_000 }, () => {
  let alone: Printed;
  const together = new Map<number, Printed[]>();
  beforeAll(async () => {
    [alone] = await train(0);
    for (const count of counts) together.set(count, await train(count));
  }, 600_000);

  it('train with every trainer', () => {
    expect(Object.keys(alone.outcomes)).toEqual(names);
  });

  it.each(counts.flatMap((count) => names.map((name) => [count, name] as const)))(
    '%i of them: %s has the losses and weights of one with the whole batch, whatever the shares',
    (count, name) => {
      const { losses, weights } = alone.outcomes[name];
      for (const { outcomes } of together.get(count)!) {
        expect(outcomes[name].losses).toHaveLength(losses.length);
        const off = outcomes[name].losses.map((loss, i) => Math.abs(loss / losses[i] - 1));
        expect(Math.max(...off)).toBeLessThan(1e-5);
        expect(outcomes[name].weights).toHaveLength(weights.length);
        const far = outcomes[name].weights.map((weight, i) => Math.abs(weight - weights[i]));
        expect(Math.max(...far)).toBeLessThan(1e-5);
      }
    },
  );

  it.each(counts)('%i of them have the same weights, bit for bit, and leave no tensor behind', (count) => {
    const [{ outcomes: first }, ...others] = together.get(count)!;
    for (const { outcomes } of others) expect(outcomes).toEqual(first);
    expect(Object.values(first).map(({ left }) => left)).toEqual(names.map(() => 0));
  });

  it.each(counts)('%i of them say what each has sent: its part of every vector there was to add up', (count) => {
    const numbers = Object.values(alone.outcomes).map(({ weights }) => weights.length + 2);
    // Four steps each, and one number when all came together.
    const vectors = 4 * numbers.reduce((sum, n) => sum + n, 0) + (count > 1 ? 1 : 0);
    for (const { traffic } of together.get(count)!) {
      expect(traffic!.sums).toBe(4 * names.length + (count > 1 ? 1 : 0));
      expect(traffic!.bytes).toBeCloseTo((4 * vectors * 2 * (count - 1)) / count, 3);
      expect(traffic!.seconds).toBeGreaterThanOrEqual(0);
    }
  });
});
