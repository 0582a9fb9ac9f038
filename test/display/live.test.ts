import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { Interrupted, live, ready, tf, watch, type Images } from 'naive-diffusion';
import { thin } from '../../lib/src/display/loss-chart.js';
import { duration, roundedDuration, Throttle } from '../../lib/src/display/throttle.js';
import { expectNoLeak } from '../support.js';
import { decode, inFakeKernel, ink } from './support.js';

beforeAll(() => ready());
afterEach(() => vi.restoreAllMocks());

/** A clock that the test moves. */
function clock() {
  const time = { ms: 0 };
  return { time, now: () => time.ms };
}

test('a throttle lets pass once in its interval', () => {
  const { time, now } = clock();
  const throttle = new Throttle(500, now);
  const passed: number[] = [];
  for (; time.ms <= 2000; time.ms += 90) if (throttle.due()) passed.push(time.ms);
  expect(passed).toEqual([0, 540, 1080, 1620]);
});

test('a report is one output, replaced about twice a second, however fast the steps are', async () => {
  const { time, now } = clock();
  const sent = await inFakeKernel(() => {
    const report = live({ steps: 1000, title: 'counting', now });
    for (let step = 1; step <= 1000; step++) {
      time.ms += 10;
      report.update({ step, loss: 1 / step });
    }
    report.done();
  });
  expect(sent).toHaveLength(21); // ten seconds, twice a second, and the end
  expect(sent.map(({ update }) => update)).toEqual([false, ...Array.from({ length: 20 }, () => true)]);
  expect(new Set(sent.map(({ transient }) => transient.display_id)).size).toBe(1);
  expect(sent[10].data['text/plain']).toBe('counting: 501 of 1,000 · loss 0.00205 · 100 steps/s · 5 s left');
  expect(sent[20].data['text/plain']).toBe('counting: 1,000 steps · loss 0.00103 · 10 s');
  const canvas = await decode(Buffer.from(sent[20].data['image/png'] as string, 'base64'));
  expect(canvas.width).toBe(700);
  expect(ink(canvas, 60, 70, 600, 180)).toBeGreaterThan(100); // the curve
});

test('two reports are two outputs', async () => {
  const sent = await inFakeKernel(() => {
    for (let i = 0; i < 2; i++) live({ steps: 1 }).update({ step: 1, loss: 1 });
  });
  expect(new Set(sent.map(({ transient }) => transient.display_id)).size).toBe(2);
});

test('new samples are drawn at once and stay until there are newer ones', async () => {
  const { now } = clock();
  const samples = tf.zeros([4, 32, 32, 1]) as Images;
  const sent = await inFakeKernel(() => {
    const report = live({ steps: 3, now });
    report.update({ step: 1, loss: 1 });
    report.update({ step: 2, loss: 1 });
    report.update({ step: 3, loss: 1, samples });
    report.done();
  });
  samples.dispose();
  expect(sent).toHaveLength(3);
  for (const { data } of sent.slice(1)) {
    const canvas = await decode(Buffer.from(data['image/png'] as string, 'base64'));
    expect(ink(canvas, 500, 70, 190, 180)).toBeGreaterThan(20_000);
  }
});

test('a loss or samples that are no numbers end the report by name', async () => {
  const samples = tf.fill([1, 4, 4, 1], NaN) as Images;
  const report = live({ steps: 3 });
  report.update({ step: 1, loss: 1 });
  expect(() => report.update({ step: 2, loss: NaN })).toThrow(
    'LiveReport.update: loss must be a finite number, got NaN',
  );
  expect(() => report.update({ step: 2, loss: 1, samples })).toThrow(
    'LiveReport.update: samples must hold finite numbers, got NaN in image 0',
  );
  expect(report.losses).toEqual([1]);
  samples.dispose();
});

test('a long curve is thinned to means, so that drawing stays quick', () => {
  const points = Array.from({ length: 10_000 }, (_, i) => ({ step: i + 1, loss: i }));
  const few = thin(points, 100);
  expect(few).toHaveLength(100);
  expect(few[0]).toEqual({ x: 100, y: 49.5 });
  expect(few[99].x).toBe(10_000);
});

test('durations are said as a person says them, and rounded where they stay in a notebook', () => {
  expect([4.4, 75, 120, 3600, 3660].map(duration)).toEqual(['4 s', '1 min 15 s', '2 min', '1 h', '1 h 1 min']);
  expect([3, 14, 16, 118, 301, 329].map(roundedDuration)).toEqual([
    'a few seconds',
    '10 s',
    '20 s',
    '2 min',
    '5 min',
    '5 min',
  ]);
});

test('outside a kernel it prints a line every ten seconds and one at the end', () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => {
    lines.push(String(line));
  });
  const { time, now } = clock();
  const report = live({ steps: 30, title: 'work', now });
  for (let step = 1; step <= 30; step++) {
    report.update({ step, loss: 0.5 });
    time.ms += 1000;
  }
  report.done();
  report.done(); // again: nothing
  expect(lines).toEqual([
    'work: 1 of 30 · loss 0.500',
    'work: 11 of 30 · loss 0.500 · 1.0 steps/s · 19 s left',
    'work: 21 of 30 · loss 0.500 · 1.0 steps/s · 9 s left',
    'work: 30 steps · loss 0.500 · 30 s',
  ]);
  expect(() => report.update({ step: 31, loss: 1 })).toThrow('the report is done');
});

async function* trainer(steps: number, fail?: Error) {
  let closed = false;
  try {
    for (let step = 1; step <= steps; step++) {
      if (fail && step === 4) throw fail;
      yield { step, loss: 1 / step, t: 0 };
    }
    closed = true;
  } finally {
    ended.push(closed);
  }
}
const ended: boolean[] = [];

test('watch returns the losses, asks for samples when it is time, and disposes of them', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  let asked = 0;
  await expectNoLeak(async () => {
    const losses = await watch(trainer(10), {
      steps: 10,
      samplesEvery: 4,
      samples: () => {
        asked++;
        return tf.zeros([1, 8, 8, 1]) as Images;
      },
    });
    expect(losses).toEqual(Array.from({ length: 10 }, (_, i) => 1 / (i + 1)));
  });
  expect(asked).toBe(3);
});

test('when the trainer is stopped or fails, the last state says so and the error goes on', async () => {
  for (const [error, word] of [
    [new Interrupted(), 'stopped'],
    [new Error('no'), 'failed'],
  ] as const) {
    const sent = await inFakeKernel(() => expect(watch(trainer(10, error), { steps: 10 })).rejects.toBe(error));
    expect(sent[sent.length - 1].data['text/plain']).toMatch(new RegExp(`^training: ${word} · 3 steps`));
  }
});

test('when samples fail, the trainer is closed', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  ended.length = 0;
  await expect(
    watch(trainer(10), {
      steps: 10,
      samplesEvery: 1,
      samples: () => {
        throw new Error('no samples');
      },
    }),
  ).rejects.toThrow('no samples');
  expect(ended).toEqual([false]);
});

test('wrong options are named', () => {
  expect(() => live({ steps: 0 })).toThrow('live: steps must be a whole number of at least 1, got 0');
  expect(() => live({ steps: 5, samplesEvery: 0.5 })).toThrow('live: samplesEvery must be');
});
