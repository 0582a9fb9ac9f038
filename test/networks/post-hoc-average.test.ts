import { describe, expect, it } from 'vitest';
import {
  assignWeights,
  postHocAverage,
  postHocShares,
  PowerAverage,
  powerOf,
  ready,
  tf,
  unet,
  type AverageSnapshot,
} from 'naive-diffusion';
import fixture from '../fixtures/diffusion/averages.json';
import { expectNoLeak } from '../support.js';

await ready();

/** A snapshot whose only weight is one number. */
const snapshotOf = (width: number, step: number, value: number): AverageSnapshot => ({
  width,
  step,
  weights: { only: { shape: [1], data: Float32Array.of(value) } },
});

describe('powerOf', () => {
  it.each(fixture.gammas)("is ema-pytorch's γ of the width $width", ({ width, gamma }) => {
    expect(Math.abs(powerOf(width) / gamma - 1)).toBeLessThan(1e-8);
  });

  it('is the power whose distribution of steps has that width: its deviation, by summing', () => {
    for (const width of [0.05, 0.1, 0.25]) {
      const power = powerOf(width);
      let [total, mean, square] = [0, 0, 0];
      for (let i = 0; i < 1e5; i++) {
        const t = (i + 0.5) / 1e5;
        const weight = t ** power;
        total += weight;
        mean += weight * t;
        square += weight * t * t;
      }
      expect(Math.sqrt(square / total - (mean / total) ** 2) / width).toBeCloseTo(1, 5);
    }
    expect(powerOf(Math.sqrt(1 / 12))).toBeCloseTo(0, 6);
  });

  it('refuses widths that there are not', () => {
    for (const width of [0, -1, 0.3, NaN, Infinity])
      expect(() => powerOf(width)).toThrow(`powerOf: width must lie between 0.001 and √(1/12), 0.2887, got ${width}`);
  });
});

describe('PowerAverage', () => {
  it("follows the paper's averages step by step, and takes snapshots of them", async () => {
    const weight = tf.variable(tf.tensor1d([0, 0]));
    const averages = fixture.widths.map((width) => new PowerAverage({ weight }, { width }));
    for (const [i, value] of fixture.values.entries()) {
      tf.tidy(() => {
        weight.assign(tf.tensor1d([value, -value]));
      });
      for (const [which, average] of averages.entries()) {
        average.update();
        const { width, step, weights } = await average.snapshot();
        expect([width, step]).toEqual([fixture.widths[which], i + 1]);
        const wanted = fixture.averages.values[2 * i + which];
        expect(Math.abs(weights.weight.data[0] - wanted)).toBeLessThan(2e-6);
        expect(Math.abs(weights.weight.data[1] + wanted)).toBeLessThan(2e-6);
      }
    }
    averages.forEach((average) => {
      average.dispose();
    });
    weight.dispose();
  });

  it('leaves no tensors, and what comes of it fits the network', async () => {
    const network = unet({ size: 8, channels: 1, widths: [4], dense: 0 });
    await expectNoLeak(async () => {
      const average = new PowerAverage(network.parameters, { width: 0.1 });
      const snapshots: AverageSnapshot[] = [];
      for (let i = 0; i < 4; i++) {
        average.update();
        snapshots.push(await average.snapshot());
      }
      expect(average.step).toBe(4);
      average.dispose();
      const before = network.weights.map((w) => [...w.dataSync()]);
      assignWeights(network.parameters, postHocAverage(snapshots.slice(2), { width: 0.15 }), 'the average');
      // The weights stood still, and shares of 1 in all give them back, nearly: two snapshots give no more than that.
      const shares = postHocShares(snapshots.slice(2), { width: 0.15, step: 4 });
      const sum = shares.reduce((a, b) => a + b, 0);
      network.weights.forEach((w, i) => {
        w.dataSync().forEach((value, j) => {
          expect(Math.abs(value - sum * before[i][j])).toBeLessThan(1e-5);
        });
      });
    });
    network.dispose();
  });

  it('refuses what it cannot average', async () => {
    const weight = tf.variable(tf.scalar(1));
    expect(() => new PowerAverage({}, { width: 0.1 })).toThrow('PowerAverage: weights must be variables by name');
    expect(() => new PowerAverage({ weight: 3 } as never, { width: 0.1 })).toThrow('PowerAverage: weights must be');
    expect(() => new PowerAverage({ weight }, { width: 1 })).toThrow('PowerAverage: width must lie between');
    await expect(new PowerAverage({ weight }, { width: 0.1 }).snapshot()).rejects.toThrow('has not been updated yet');
    weight.dispose();
  });
});

describe('post-hoc averages', () => {
  const { snapshots, rebuilt } = fixture;

  it.each(rebuilt)("are ema-pytorch's: width $width at step $step", ({ width, step, weights, value, average }) => {
    const shares = postHocShares(snapshots, { width, step });
    const earlier = shares.filter((_, i) => snapshots[i].step <= step);
    expect(earlier).toHaveLength(weights.length);
    earlier.forEach((share, i) => {
      expect(Math.abs(share - weights[i])).toBeLessThan(1e-6);
    });
    shares.forEach((share, i) => {
      if (snapshots[i].step > step) expect(share).toBe(0);
    });
    const whole = snapshots.map((one) => snapshotOf(one.width, one.step, one.value));
    const made = postHocAverage(whole, { width, step }).only.data[0];
    expect(Math.abs(made - value)).toBeLessThan(1e-5);
    // And near the average that was kept all along.
    expect(Math.abs(made - average)).toBeLessThan(0.03);
  });

  it('of a line are what the power function says: the mean step, (γ + 1)/(γ + 2) of all', () => {
    const steps = 4000;
    const kept = [0.05, 0.1].flatMap((width) => {
      const power = powerOf(width);
      // The average of t itself up to each snapshot, in closed form.
      return Array.from({ length: 16 }, (_, i) => {
        const step = (steps / 16) * (i + 1);
        return snapshotOf(width, step, ((power + 1) / (power + 2)) * step);
      });
    });
    for (const width of [0.05, 0.07, 0.1, 0.15, 0.2]) {
      const power = powerOf(width);
      const wanted = ((power + 1) / (power + 2)) * steps;
      const made = postHocAverage(kept, { width }).only.data[0];
      expect(Math.abs(made / wanted - 1)).toBeLessThan(2e-3);
      const half = postHocAverage(kept, { width, step: steps / 2 }).only.data[0];
      expect(Math.abs(half / (wanted / 2) - 1)).toBeLessThan(1e-2);
    }
  });

  it('of a width that was kept is what was kept', () => {
    const shares = postHocShares(snapshots, { width: 0.2, step: 64 });
    shares.forEach((share, i) => {
      const isKept = snapshots[i].width === 0.2 && snapshots[i].step === 64;
      expect(share).toBeCloseTo(isKept ? 1 : 0, 6);
    });
  });

  it('refuse what cannot be averaged', () => {
    const one = snapshotOf(0.1, 10, 1);
    const two = { ...snapshotOf(0.1, 20, 1), weights: { other: { shape: [1], data: Float32Array.of(1) } } };
    expect(() => postHocShares([], { width: 0.1, step: 1 })).toThrow('postHocShares: there must be at least one');
    expect(() => postHocShares([one, one], { width: 0.1, step: 10 })).toThrow('got two of width 0.1 at step 10');
    expect(() => postHocShares([one], { width: 0.1, step: 9 })).toThrow('step must be at least that of one');
    expect(() => postHocShares([one], { width: NaN, step: 10 })).toThrow('postHocShares: width must lie between');
    expect(() => postHocShares([one], { width: 0.1, step: 0.5 })).toThrow('postHocShares: step must be a whole number');
    expect(() => postHocShares([{ width: 2, step: 1 }], { width: 0.1, step: 10 })).toThrow('width must lie between');
    expect(() => postHocAverage([one, two], { width: 0.1 })).toThrow(
      'postHocAverage: all snapshots must hold the weights only [1], got one with other [1]',
    );
    expect(() => postHocAverage('snapshots' as never, { width: 0.1 })).toThrow('there must be at least one average');
  });
});
