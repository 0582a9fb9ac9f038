import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as library from 'naive-diffusion';
import { ready, tf, type Images } from 'naive-diffusion';
import { expectRefusals, type Subject } from '../refusals.js';

beforeAll(() => ready());

const images = (channels = 3, height = 5, width = 7) => tf.fill([2, height, width, channels], 0.5) as Images;
const size = { width: 300, height: 200 };
const axes = { xRange: [1, 2], yRange: [1, 2] };

const subjects: Record<string, Subject> = {
  lineChart: {
    call: library.lineChart,
    arguments: () => ({
      options: {
        x: [1, 2],
        series: { a: [1, 2], b: { x: Float32Array.of(3, 4, 5), y: Float64Array.of(5, 6, 7) }, c: [1, null] },
        ...axes,
        ...size,
      },
    }),
  },
  barChart: {
    call: library.barChart,
    arguments: () => ({
      options: { labels: [1, 2], series: { a: [1, 2], b: Float32Array.of(1, 2) }, ...axes, ...size },
    }),
  },
  histogram: {
    call: library.histogram,
    arguments: () => ({
      options: { values: { a: [1, 2], b: Float32Array.of(1, 2) }, bins: 3, range: [0, 3], ...axes, ...size },
    }),
  },
  heatmap: {
    call: library.heatmap,
    arguments: () => ({
      options: { values: [[1, 2], Float32Array.of(3, 4)], x: [1, 2], y: [3, 4], range: [0, 5], ...axes, ...size },
    }),
  },
  blockDiagram: {
    call: library.blockDiagram,
    arguments: () => ({
      options: { blocks: [{ name: 'a', side: 4, channels: 3, planes: 1 }], ...size },
    }),
  },
  plot: {
    call: library.plot,
    arguments: () => ({
      figure: { data: [{ x: [1, 2], y: Float32Array.of(1, 2) }], layout: { margin: { t: 3 } } },
      options: size,
    }),
  },
  grid: {
    call: library.grid,
    arguments: () => ({
      images: images(),
      o: { columns: 2, labels: [1, 2], rowLabels: [1], columnLabels: [1, 2], limit: 2, scale: 2, padding: 1 },
    }),
  },
  player: {
    call: library.player,
    arguments: () => ({ sounds: tf.fill([2, 1, 9, 1], 0.5), o: { rate: 4000, labels: [1, 2], columns: 2 } }),
  },
  spectrogram: {
    call: library.spectrogram,
    arguments: () => ({
      sounds: tf.fill([2, 1, 90, 1], 0.5),
      o: { columns: 2, labels: [1, 2], rowLabels: [1], columnLabels: [1, 2], limit: 2, window: 8, range: 50, scale: 1 },
    }),
  },
  strip: {
    call: library.strip,
    arguments: () => ({
      frames: images(),
      o: { columns: 2, labels: [1, 0.5], images: 1, scale: 2, padding: 1, rowLabels: [1] },
    }),
  },
  animate: {
    call: library.animate,
    arguments: () => ({
      frames: images(),
      o: { columns: 2, labels: [1, 0], images: 1, scale: 2, padding: 1, delay: 20, hold: 30 },
    }),
  },
  scrubber: {
    call: library.scrubber,
    arguments: () => ({
      frames: images(),
      o: { columns: 2, labels: [1, 0.5], images: 1, start: 1, delay: 20, ...size },
    }),
  },
  slider: {
    call: library.slider,
    arguments: () => ({
      values: [0, 1],
      f: () => images(),
      o: { columns: 2, labels: [1, 0.5], start: 1, frames: 2, ...size },
    }),
  },
  live: { call: library.live, arguments: () => ({ options: { steps: 5, samplesEvery: 2, interval: 10 } }) },
  show: { call: library.show, arguments: () => ({ images: tf.fill([2, 8, 9, 3], 0.5) }) },
  watch: {
    call: library.watch,
    arguments: () => ({ trainer: trainer([3, 2]), options: { steps: 2, samplesEvery: 2, interval: 1 } }),
  },
};

async function* trainer(losses: number[]) {
  for (const [i, loss] of losses.entries()) yield { step: i + 1, loss };
}

/** Those that check under the name of another function that they call. */
const under: Record<string, string> = { show: 'grid', watch: 'live' };

describe('every chart and picture', () => {
  it.each(Object.entries(subjects))(
    '%s refuses NaN and Infinity by name wherever it takes a number',
    async (name, subject) => {
      const log = console.log;
      console.log = () => {}; // what would be shown
      try {
        expect(await expectRefusals(under[name] ?? name, subject)).toBeGreaterThan(0);
      } finally {
        console.log = log;
      }
    },
  );

  it('is in the list above', async () => {
    const folder = new URL('../../lib/src/display/', import.meta.url);
    const modules = await Promise.all(
      readdirSync(folder).map((file) => import(new URL(file, folder).href) as Promise<object>),
    );
    const own = new Set(modules.flatMap((module) => Object.values(module)));
    const isClass = (value: unknown) => /^class\b/.test(Function.prototype.toString.call(value));
    const found = Object.entries(library)
      .filter(([, value]) => typeof value === 'function' && own.has(value) && !isClass(value))
      .map(([name]) => name);
    expect(found.filter((name) => name !== 'inKernel').sort()).toEqual(Object.keys(subjects).sort());
  });

  it.each([
    'blockDiagram',
    'lineChart',
    'barChart',
    'histogram',
    'heatmap',
    'plot',
    'grid',
    'strip',
    'scrubber',
    'live',
  ] as const)('%s says what is wrong with nothing at all', (name) => {
    const call = library[name] as (value: unknown) => unknown;
    for (const bad of [
      undefined,
      null,
      'x',
      7,
      {},
      [],
      { series: null, labels: ['a'], values: null },
      { series: { a: 'b' }, labels: [] },
    ])
      expect(() => call(bad), `${name}(${JSON.stringify(bad)})`).toThrow(new RegExp(`^${name}: `));
  });

  it('has no place on a logarithmic axis for what is not above 0', () => {
    for (const bad of [0, -1]) {
      expect(() => library.lineChart({ series: { a: [1, bad] }, logY: true })).toThrow(
        `lineChart: series.a must be above 0 on a logarithmic axis, got ${bad} at position 1`,
      );
      expect(() => library.lineChart({ x: [bad], series: { a: [1] }, logX: true })).toThrow(
        'lineChart: x must be above 0',
      );
      expect(() => library.histogram({ values: [1, 2], yRange: [bad, 1], logY: true })).toThrow(
        'histogram: yRange must be',
      );
    }
  });
});

describe('every picture', () => {
  const draw: Record<string, (batch: Images) => unknown> = {
    grid: (batch) => library.grid(batch),
    strip: (batch) => library.strip([batch, batch]),
    animate: (batch) => library.animate([batch, batch]),
    scrubber: (batch) => library.scrubber([batch, batch]),
    'LiveReport.update': (batch) => library.live({ steps: 1 }).update({ step: 1, loss: 1, samples: batch }),
  };

  it.each(Object.entries(draw))(
    '%s takes images of any size with 1, 3 or 4 channels, and names others',
    async (name, act) => {
      const log = console.log;
      console.log = () => {};
      for (let channels = 1; channels <= 8; channels++) {
        for (const [height, width] of [
          [1, 1],
          [5, 17],
          [33, 2],
        ]) {
          const batch = images(channels, height, width);
          const before = tf.memory().numTensors;
          const drawn = (async () => act(batch))();
          if ([1, 3, 4].includes(channels)) await drawn;
          else
            await expect(drawn).rejects.toThrow(
              new RegExp(`^${name}: .* must have 1, 3 or 4 channels to be shown, got ${channels}`),
            );
          expect(tf.memory().numTensors).toBe(before);
          batch.dispose();
        }
      }
      console.log = log;
    },
  );
});
