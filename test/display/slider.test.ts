import { beforeAll, describe, expect, it } from 'vitest';
import { ready, Slider, slider, tf, type Images } from '../../lib/src/index.js';

beforeAll(() => ready());
const white = (t: number): Images => tf.fill([1, 8, 8, 1], t);

describe('slider', () => {
  it('keeps so many frames, evenly spread, and the one that is shown first', async () => {
    const asked: number[] = [];
    const values = Array.from({ length: 101 }, (_, i) => i / 100);
    const made = await slider(values, (t) => (asked.push(t), white(t)), { frames: 5, start: 30 });
    expect(made).toBeInstanceOf(Slider);
    expect(asked).toEqual([0, 0.25, 0.3, 0.5, 0.75, 1]);
    expect(made.saved.json.frames).toHaveLength(6);
    expect(made.describe()).toBe('slider over 101 values');
  });

  it('waits for images that come later, and disposes of all', async () => {
    const before = tf.memory().numTensors;
    await slider(['a', 'b'], async () => white(1));
    await expect(slider([0, 1], (t) => tf.fill([1, 8 + t, 8, 1], t))).rejects.toThrow('frames must all have the same');
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [() => slider([], white), 'slider: values must hold at least one, got none'],
    [() => slider([1], 1 as never), 'slider: f must be a function, got number'],
    [() => slider([1, 0], white, { labels: ['a'] }), 'slider: labels must have 2 entries, one for each value, got 1'],
    [() => slider([1], white, { start: 1 }), 'slider: start must be below the 1 values, got 1'],
    [() => slider([1], white, { frames: 0 }), 'slider: frames must be'],
  ])('refuses what it cannot show (%#)', async (make, message) => {
    await expect(make()).rejects.toThrow(message);
  });
});
