import { beforeAll, describe, expect, it } from 'vitest';
import {
  explodingSchedule,
  gaussian,
  key,
  logitNormalLevels,
  logNormalLevels,
  ready,
  tf,
  uniformLevels,
  type LevelSource,
} from 'naive-diffusion';
import { expectNoLeak } from '../support.js';

beforeAll(() => ready());

const n = 20_000;

/** Mean and deviation of what `of` makes of many levels. */
async function spread(levels: LevelSource, of: (t: tf.Tensor1D) => tf.Tensor): Promise<[number, number]> {
  let result: [number, number] = [NaN, NaN];
  await expectNoLeak(() =>
    tf.tidy(() => {
      const t = levels(key(7), n);
      expect(t.shape).toEqual([n]);
      const values = t.dataSync();
      expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      const { mean, variance } = tf.moments(of(t));
      result = [mean.dataSync()[0], Math.sqrt(variance.dataSync()[0])];
    }),
  );
  return result;
}

describe('levels to train on', () => {
  it('are uniform, of normal logit, or of normal ln σ, as their names say', async () => {
    const five = (deviation: number) => (5 * deviation) / Math.sqrt(n);
    const [mean, deviation] = await spread(uniformLevels, (t) => t);
    expect(Math.abs(mean - 0.5)).toBeLessThan(five(0.29));
    expect(Math.abs(deviation - Math.sqrt(1 / 12))).toBeLessThan(five(0.29));

    const logit = await spread(logitNormalLevels({ mean: 0.3, deviation: 0.8 }), (t) =>
      tf.log(tf.div(t, tf.sub(1, t))),
    );
    expect(Math.abs(logit[0] - 0.3)).toBeLessThan(five(0.8));
    expect(Math.abs(logit[1] - 0.8)).toBeLessThan(five(0.8));

    const degradation = gaussian({ schedule: explodingSchedule() });
    const sigma = await spread(logNormalLevels(degradation), (t) => tf.log(degradation.schedule.sigma(t)));
    expect(Math.abs(sigma[0] + 1.2)).toBeLessThan(five(1.2));
    expect(Math.abs(sigma[1] - 1.2)).toBeLessThan(five(1.2));
  });

  it('refuse what is no distribution of theirs', () => {
    expect(() => logitNormalLevels({ deviation: 0 })).toThrow('logitNormalLevels: deviation must be above 0, got 0');
    expect(() => logitNormalLevels({ mean: NaN })).toThrow('logitNormalLevels: mean must be a finite number, got NaN');
    expect(() => logNormalLevels(gaussian())).toThrow(
      "logNormalLevels: the schedule of gaussian must be explodingSchedule(), got 'cosine'",
    );
  });
});
